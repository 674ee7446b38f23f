// SPDX-License-Identifier: Apache-2.0
#include "models/manifest.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include <nlohmann/json.hpp>

#include "pipeline/core/output.hpp"

namespace iqt::models {
namespace {

using SortedJson = nlohmann::json;

constexpr double kNoLimit = 1e300;

/// Walks a manifest and notes what is wrong instead of stopping at it.
class Checker {
  public:
    explicit Checker(std::vector<ManifestProblem>& problems) : problems_(problems) {}

    void note(const std::string& pointer, const std::string& what) {
        problems_.push_back({pointer, what});
    }

    /// The object at a key; an empty one, noted, where there is none.
    const SortedJson& section(const SortedJson& parent, const std::string& key) {
        const auto found = parent.find(key);
        if (found != parent.end() && found->is_object()) return *found;
        note("/" + key, "must be an object");
        return empty_;
    }

    void only_keys(const SortedJson& object, const std::string& pointer,
                   std::initializer_list<std::string_view> known) {
        for (const auto& [key, value] : object.items())
            if (std::find(known.begin(), known.end(), key) == known.end())
                note(pointer + "/" + key, "is not a known key");
    }

    std::string text(const SortedJson& object, const std::string& pointer, const std::string& key) {
        const auto found = object.find(key);
        if (found != object.end() && found->is_string() && !found->get<std::string>().empty())
            return found->get<std::string>();
        note(pointer + "/" + key, "must be a non-empty text");
        return {};
    }

    double number(const SortedJson& object, const std::string& pointer, const std::string& key,
                  Range allowed) {
        const auto found = object.find(key);
        if (found != object.end() && found->is_number()) {
            const double value = found->get<double>();
            if (std::isfinite(value) && allowed.contains(value)) return value;
            note(pointer + "/" + key, "is out of range");
            return allowed.min;
        }
        note(pointer + "/" + key, "must be a number");
        return allowed.min;
    }

    Range range(const SortedJson& object, const std::string& pointer, const std::string& key) {
        const auto found = object.find(key);
        if (found != object.end() && found->is_array() && found->size() == 2 &&
            (*found)[0].is_number() && (*found)[1].is_number()) {
            const Range range{(*found)[0].get<double>(), (*found)[1].get<double>()};
            if (range.min >= 0 && range.min <= range.max) return range;
        }
        note(pointer + "/" + key, "must be [least, most] of two numbers from 0 on");
        return {};
    }

    /// An optional list of non-empty texts; empty where there is none.
    std::vector<std::string> texts(const SortedJson& object, const std::string& pointer,
                                   const std::string& key) {
        const SortedJson list = object.value(key, SortedJson::array());
        const bool good =
            list.is_array() && std::all_of(list.begin(), list.end(), [](const SortedJson& value) {
                return value.is_string() && !value.get_ref<const std::string&>().empty();
            });
        if (!good) note(pointer + "/" + key, "must be a list of non-empty texts");
        return good ? list.get<std::vector<std::string>>() : std::vector<std::string>();
    }

    /// A list of data sets, each with its name, licence and attribution.
    void data_sets(const SortedJson& list, const std::string& pointer) {
        if (!list.is_array()) return note(pointer, "must be a list");
        for (std::size_t n = 0; n < list.size(); ++n) {
            const std::string entry = pointer + "/" + std::to_string(n);
            if (!list[n].is_object()) {
                note(entry, "must be an object");
                continue;
            }
            for (const char* key : {"name", "licence", "attribution"}) text(list[n], entry, key);
        }
    }

  private:
    std::vector<ManifestProblem>& problems_;
    const SortedJson empty_ = SortedJson::object();
};

void read_input(const SortedJson& input, Checker& check, ModelInfo& info) {
    const std::string at = "/input";
    check.only_keys(
        input, at,
        {"contrasts", "in_plane_spacing_mm", "slice_spacing_mm", "orientation", "field_strength_t",
         "age_y", "contrast_agent", "body_part", "software_versions"});
    const auto contrasts = input.find("contrasts");
    if (contrasts == input.end() || !contrasts->is_array() || contrasts->empty()) {
        check.note(at + "/contrasts", "must be a list of T1, T2, FLAIR");
    } else {
        for (const SortedJson& name : *contrasts) {
            const auto contrast =
                name.is_string() ? contrast_from(name.get<std::string>()) : std::nullopt;
            if (contrast)
                info.contrasts.push_back(*contrast);
            else
                check.note(at + "/contrasts", "holds something other than T1, T2, FLAIR");
        }
    }
    info.in_plane_spacing_mm = check.range(input, at, "in_plane_spacing_mm");
    info.slice_spacing_mm = check.range(input, at, "slice_spacing_mm");
    info.field_strength_t = check.range(input, at, "field_strength_t");
    info.age_y = check.range(input, at, "age_y");
    info.software_versions = check.texts(input, at, "software_versions");
    if (input.value("orientation", SortedJson("any")) != "any")
        check.note(at + "/orientation", "must be \"any\": this node turns slices itself");
}

IntervalFactors read_intervals(const SortedJson& calibration, const std::string& at,
                               Checker& check) {
    if (!calibration.contains("intervals")) return kNormalFactors;
    const SortedJson& stated = calibration["intervals"];
    if (!stated.is_object()) {
        check.note(at + "/intervals", "must be an object with 50, 80, 90, 95");
        return kNormalFactors;
    }
    IntervalFactors out{};
    for (std::size_t n = 0; n < out.size(); ++n)
        out[n] = check.number(stated, at + "/intervals",
                              std::to_string(std::lround(100 * kIntervalLevels[n])), {0, 1000});
    return out;
}

void read_by_contrast(const SortedJson& calibration, Checker& check, ModelInfo& info) {
    const SortedJson& all = calibration["by_contrast"];
    const std::string at = "/calibration/by_contrast";
    if (!all.is_object()) return check.note(at, "must be an object with T1, T2, FLAIR");
    for (const auto& [name, one] : all.items()) {
        const std::string entry = at + "/" + name;
        const auto contrast = contrast_from(name);
        if (!contrast || !one.is_object()) {
            check.note(entry, "must be T1, T2 or FLAIR, and an object");
            continue;
        }
        check.only_keys(one, entry,
                        {"variance_scale", "total_sd_threshold", "tpr", "fpr", "n", "risky_share",
                         "auc", "coverage", "intervals"});
        info.by_contrast[*contrast] = {check.number(one, entry, "variance_scale", {1e-6, 1e6}),
                                       check.number(one, entry, "total_sd_threshold", {1e-6, 10}),
                                       read_intervals(one, entry, check)};
    }
}

void read_calibration(const SortedJson& manifest, Checker& check, ModelInfo& info) {
    const std::string at = "/calibration";
    const SortedJson& calibration = check.section(manifest, "calibration");
    check.only_keys(calibration, at,
                    {"total_sd_threshold", "residual_threshold", "variance_scale", "tpr", "fpr",
                     "n", "rule", "subjects", "coverage", "notes", "unfamiliar_threshold",
                     "patch_residual_threshold", "by_contrast", "intervals", "rates"});
    info.residual_threshold = check.number(calibration, at, "residual_threshold", {1, 100});
    if (calibration.contains("patch_residual_threshold"))
        info.patch_residual_threshold =
            check.number(calibration, at, "patch_residual_threshold", {1, 100});
    if (!info.has_uncertainty) return;
    info.total_sd_threshold = check.number(calibration, at, "total_sd_threshold", {1e-6, 10});
    if (calibration.contains("unfamiliar_threshold"))
        info.unfamiliar_threshold =
            check.number(calibration, at, "unfamiliar_threshold", {0.1, 100});
    info.interval_factors = read_intervals(calibration, at, check);
    info.variance_scale = check.number(calibration, at, "variance_scale", {1e-6, 1e6});
    check.number(calibration, at, "tpr", {0, 1});
    check.number(calibration, at, "fpr", {0, 1});
    check.number(calibration, at, "n", {1, kNoLimit});
    if (calibration.contains("by_contrast")) read_by_contrast(calibration, check, info);
}

void read_training(const SortedJson& manifest, Checker& check, ModelInfo& info) {
    const std::string at = "/training";
    const SortedJson& training = check.section(manifest, "training");
    info.training_statement = check.text(training, at, "statement");
    const SortedJson data = training.value("data", SortedJson());
    check.data_sets(data, at + "/data");
    if (needs_weights(info.architecture) && data.is_array() && data.empty())
        check.note(at + "/data", "must name what the weights were trained on");
}

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::optional<WeightsReference> read_weights(const SortedJson& manifest, Checker& check,
                                             const std::string& architecture) {
    if (!manifest.contains("weights")) {
        if (needs_weights(architecture))
            check.note("/weights", "is missing: this architecture has learned weights");
        return std::nullopt;
    }
    const SortedJson& weights = check.section(manifest, "weights");
    check.only_keys(weights, "/weights", {"file", "sha256", "bytes"});
    WeightsReference reference{check.text(weights, "/weights", "file"),
                               check.text(weights, "/weights", "sha256")};
    if (reference.file.find_first_of("/\\") != std::string::npos || reference.file == "..")
        check.note("/weights/file", "must be the name of a file in the package's folder");
    if (!is_sha256(reference.sha256))
        check.note("/weights/sha256", "must be 64 lower-case hex digits");
    return reference;
}

std::optional<GoldenAnswer> read_self_test(const SortedJson& manifest, Checker& check) {
    if (!manifest.contains("self_test")) return std::nullopt;
    const SortedJson& stored = check.section(manifest, "self_test");
    check.only_keys(stored, "/self_test", {"mean", "total_sd"});
    const auto numbers = [&](const char* key) {
        const SortedJson list = stored.value(key, SortedJson::array());
        const bool all =
            list.is_array() && std::all_of(list.begin(), list.end(),
                                           [](const SortedJson& n) { return n.is_number(); });
        if (!all) check.note(std::string("/self_test/") + key, "must be a list of numbers");
        return all ? list.get<std::vector<double>>() : std::vector<double>();
    };
    return GoldenAnswer{numbers("mean"), numbers("total_sd")};
}

bool is_identifier(const std::string& id) {
    return !id.empty() && id.size() <= 64 &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos &&
           id.front() != '.';
}

void read_all(const SortedJson& json, Checker& check, Manifest& manifest) {
    check.only_keys(json, "",
                    {"schema", "id", "version", "architecture", "hyperparameters", "weights",
                     "input", "output", "sampling", "calibration", "decline", "training", "metrics",
                     "intended_use", "limits", "self_test", "evaluation_data"});
    check.number(json, "", "schema", {1, 1});
    ModelInfo& info = manifest.info;
    info.id = check.text(json, "", "id");
    if (!is_identifier(info.id))
        check.note("/id", "must be at most 64 of a-z, 0-9, '_', '-' and '.'");
    info.version = check.text(json, "", "version");
    info.architecture = check.text(json, "", "architecture");
    check.section(json, "hyperparameters");
    manifest.weights = read_weights(json, check, info.architecture);
    read_input(check.section(json, "input"), check, info);
    const SortedJson& output = check.section(json, "output");
    check.only_keys(output, "/output", {"spacing_mm", "has_uncertainty"});
    info.target_spacing_mm = check.number(output, "/output", "spacing_mm", {0.3, 3});
    const auto uncertain = output.find("has_uncertainty");
    if (uncertain != output.end() && uncertain->is_boolean())
        info.has_uncertainty = uncertain->get<bool>();
    else
        check.note("/output/has_uncertainty", "must be true or false");
    const SortedJson& sampling = check.section(json, "sampling");
    check.text(sampling, "/sampling", "method");
    read_calibration(json, check, info);
    check.section(json, "decline");
    manifest.golden = read_self_test(json, check);
    read_training(json, check, info);
    if (json.contains("evaluation_data"))
        check.data_sets(json["evaluation_data"], "/evaluation_data");
    if (!json.contains("metrics") || !json["metrics"].is_array())
        check.note("/metrics", "must be a list of what was measured, possibly empty");
    if (check.text(json, "", "intended_use").rfind(kIntendedUse, 0) != 0)
        check.note("/intended_use", "must begin with \"" + std::string(kIntendedUse) + "\"");
    if (!json.contains("limits") || !json["limits"].is_array() || json["limits"].empty())
        check.note("/limits", "must list what the model was not shown to do");
}

}  // namespace

bool is_known_architecture(std::string_view name) {
    return name == "cubic" || name == "iqt_ur";
}

bool needs_weights(std::string_view architecture) {
    return architecture != "cubic";
}

ManifestReading read_manifest(std::string_view json) {
    ManifestReading reading;
    const SortedJson parsed = SortedJson::parse(json, nullptr, false);
    if (!parsed.is_object()) {
        reading.problems.push_back({"", "the file is not a JSON object"});
        return reading;
    }
    Checker check(reading.problems);
    read_all(parsed, check, reading.manifest);
    return reading;
}

}  // namespace iqt::models
