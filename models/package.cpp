// SPDX-License-Identifier: Apache-2.0
#include "models/package.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <system_error>

#include "models/manifest.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::models {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kManifestBytesMax = 4U << 20U;
constexpr std::uintmax_t kWeightsBytesMax = 1U << 30U;

Result<std::string> read_file(const fs::path& file, std::uintmax_t bytes_max) {
    std::error_code failed;
    if (!fs::is_regular_file(file, failed))
        return fail(ErrorKind::InvalidInput, "the model package lacks this file", file.string(),
                    "install the model package again");
    const std::uintmax_t size = fs::file_size(file, failed);
    if (failed || size > bytes_max)
        return fail(ErrorKind::TooLarge, "the file is larger than a model package may hold",
                    file.string());
    std::string bytes(static_cast<std::size_t>(size), '\0');
    std::ifstream stream(file, std::ios::binary);
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(size)))
        return fail(ErrorKind::Io, "cannot read the file", file.string());
    return bytes;
}

std::string in_words(const std::vector<ManifestProblem>& problems) {
    std::string text = "model.json cannot be used:";
    for (const ManifestProblem& problem : problems)
        text += " [" + (problem.pointer.empty() ? "/" : problem.pointer) + " " + problem.what + "]";
    return text;
}

}  // namespace

Result<Package> load_package(const fs::path& folder) {
    auto json = read_file(folder / "model.json", kManifestBytesMax);
    if (!json) return fail(json.error());
    ManifestReading reading = read_manifest(*json);
    if (!reading.problems.empty())
        return fail(ErrorKind::InvalidInput, in_words(reading.problems),
                    (folder / "model.json").string(),
                    "correct the file or install the package again");
    Package package;
    package.info = std::move(reading.manifest.info);
    package.golden = std::move(reading.manifest.golden);
    package.folder = folder;
    if (!is_known_architecture(package.info.architecture))
        return fail(
            ErrorKind::NotSupported,
            "the architecture '" + package.info.architecture + "' is not known to this build",
            folder.string(), "install a newer iqt-node or another model");
    digest::Sha256 digest;
    digest.add_field(*json);
    if (const auto& reference = reading.manifest.weights) {
        const fs::path file = folder / reference->file;
        const auto weights = read_file(file, kWeightsBytesMax);
        if (!weights) return fail(weights.error());
        if (digest::sha256_hex(*weights) != reference->sha256)
            return fail(ErrorKind::Corrupt, "the weights differ from those that model.json names",
                        file.string(), "install the model package again");
        digest.add_field(*weights);
    }
    package.info.digest = digest.hex();
    package.manifest_json = std::move(*json);
    return package;
}

PackageList list_packages(const fs::path& folder) {
    PackageList list;
    std::error_code failed;
    fs::directory_iterator entries(folder, failed);
    if (failed) {
        list.broken.push_back({ErrorKind::NotFound, "the folder of model packages cannot be read",
                               folder.string(), "set IQT_MODELS_DIR to where the packages are"});
        return list;
    }
    std::vector<fs::path> folders;
    for (; entries != fs::directory_iterator(); entries.increment(failed)) {
        if (failed) break;
        if (entries->is_directory(failed)) folders.push_back(entries->path());
    }
    std::sort(folders.begin(), folders.end());
    for (const fs::path& path : folders) {
        auto package = load_package(path);
        if (package)
            list.packages.push_back(std::move(*package));
        else
            list.broken.push_back(package.error());
    }
    std::stable_sort(
        list.packages.begin(), list.packages.end(), [](const Package& a, const Package& b) {
            return a.info.id != b.info.id ? a.info.id < b.info.id : a.info.version < b.info.version;
        });
    return list;
}

Result<Package> find_package(const std::string& id_or_folder, const fs::path& packages_folder) {
    std::error_code failed;
    if (fs::is_regular_file(fs::path(id_or_folder) / "model.json", failed))
        return load_package(id_or_folder);
    PackageList list = list_packages(packages_folder);
    std::string known;
    for (auto package = list.packages.rbegin(); package != list.packages.rend(); ++package) {
        if (package->info.id == id_or_folder) return std::move(*package);
        known = package->info.id + (known.empty() ? "" : ", " + known);
    }
    for (const Error& error : list.broken)  // say why, where the wanted one is broken
        if (error.where.find("/" + id_or_folder) != std::string::npos) return fail(error);
    return fail(ErrorKind::NotFound, "there is no model package '" + id_or_folder + "'",
                packages_folder.string(), "there are: " + (known.empty() ? "none" : known));
}

fs::path default_packages_folder() {
    if (const char* set = std::getenv("IQT_MODELS_DIR"); set != nullptr && *set != '\0') return set;
    std::error_code failed;
    const fs::path program = fs::read_symlink("/proc/self/exe", failed);
    if (!failed) {
        const fs::path installed = program.parent_path().parent_path() / "share/iqt-node/models";
        if (fs::is_directory(installed, failed)) return installed;
    }
    return IQT_PACKAGES_SOURCE_DIR;
}

}  // namespace iqt::models
