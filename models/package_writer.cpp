// SPDX-License-Identifier: Apache-2.0
#include "models/package_writer.hpp"

#include <fstream>
#include <iterator>
#include <system_error>

#include <nlohmann/json.hpp>

#include "models/manifest.hpp"
#include "models/safetensors.hpp"
#include "models/self_test.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::models {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kWeightsName = "weights.safetensors";

Result<std::string> read_bytes(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorKind::NotFound, "there is no such file", file.string());
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

Result<Json> read_object(const fs::path& file) {
    const auto text = read_bytes(file);
    if (!text) return fail(text.error());
    Json json = Json::parse(*text, nullptr, false);
    if (!json.is_object())
        return fail(ErrorKind::InvalidInput, "the file is not a JSON object", file.string());
    return json;
}

Status write_bytes(const fs::path& file, const std::string& bytes) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (stream) return {};
    return fail(ErrorKind::Io, "the file could not be written in full", file.string());
}

/// The card with the run's shape of the network, and without what was measured of other weights.
Result<Json> card_of_run(const PackageParts& parts) {
    auto card = read_object(parts.card);
    if (!card) return fail(card.error());
    if (!parts.settings.empty()) {
        const auto settings = read_object(parts.settings);
        if (!settings) return fail(settings.error());
        if (!settings->contains("network") || !(*settings)["network"].is_object())
            return fail(ErrorKind::InvalidInput, "the settings name no network",
                        parts.settings.string(), "name settings.json of the training run");
        for (const auto& [key, value] : (*settings)["network"].items())
            (*card)["hyperparameters"][key] = value;
    }
    if (parts.unmeasured) {
        (*card)["metrics"] = Json::array();
        (*card)["limits"] = {"Nothing was measured of these weights yet."};
        (*card)["version"] = card->value("version", std::string("0")) + "-unmeasured";
    }
    return card;
}

Result<Package> with_self_test(const Package& package, Json card, const PackageParts& parts) {
    const auto model = parts.open(package);
    if (!model) return fail(model.error());
    const auto answer = golden_answer(**model);
    if (!answer) return fail(answer.error());
    card["self_test"] = {{"mean", answer->mean}, {"total_sd", answer->total_sd}};
    auto ok = write_bytes(package.folder / "model.json", card.dump(2) + "\n");
    if (!ok) return fail(ok.error());
    return load_package(package.folder);
}

}  // namespace

Result<Package> write_package(const PackageParts& parts, const fs::path& folder) {
    auto card = card_of_run(parts);
    if (!card) return fail(card.error());
    const auto calibration = read_object(parts.calibration);
    if (!calibration) return fail(calibration.error());
    // Read as tensors first: a package must not carry a file that no node will load.
    if (const auto tensors = read_safetensors(parts.weights); !tensors)
        return fail(tensors.error());
    const auto weights = read_bytes(parts.weights);
    if (!weights) return fail(weights.error());
    (*card)["weights"] = {{"file", kWeightsName},
                          {"sha256", digest::sha256_hex(*weights)},
                          {"bytes", weights->size()}};
    (*card)["calibration"] = *calibration;
    const std::string manifest = card->dump(2) + "\n";
    if (const auto reading = read_manifest(manifest); !reading.problems.empty()) {
        std::string text = "the model card cannot be used:";
        for (const ManifestProblem& problem : reading.problems)
            text += " [" + problem.pointer + " " + problem.what + "]";
        return fail(ErrorKind::InvalidInput, text, parts.card.string());
    }
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return fail(ErrorKind::Io, "cannot make the folder", folder.string());
    // The manifest goes last: without it the folder is no package.
    if (auto ok = write_bytes(folder / kWeightsName, *weights); !ok) return fail(ok.error());
    if (auto ok = write_bytes(folder / "model.json", manifest); !ok) return fail(ok.error());
    auto package = load_package(folder);
    if (!package || !parts.open) return package;
    return with_self_test(*package, *card, parts);
}

}  // namespace iqt::models
