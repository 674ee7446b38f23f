// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/ports.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::models {

/// A model's answer to the golden volume (self_test.hpp), kept in its manifest as "self_test".
struct GoldenAnswer {
    std::vector<double> mean, total_sd;  ///< shares of the peak; no SDs without uncertainty
};

/// A model package on disk: a folder with model.json and, for learned models, weights.safetensors.
struct Package {
    ModelInfo info;
    std::filesystem::path folder;
    std::optional<GoldenAnswer> golden;
    std::string manifest_json;  ///< the whole of model.json, for `models` and the model card
};

/// Reads and verifies one package: schema, digest of the weights, ranges.
/// Errors: InvalidInput, Corrupt (a digest differs), NotSupported (unknown architecture).
Result<Package> load_package(const std::filesystem::path& folder);

/// All packages below a folder, sorted by id; broken ones as errors.
struct PackageList {
    std::vector<Package> packages;
    std::vector<Error> broken;
};
PackageList list_packages(const std::filesystem::path& folder);

/// The package in a folder that holds a model.json, else the newest one of this id below
/// `packages_folder`. Errors: NotFound (names the ids that there are), and those of load_package.
Result<Package> find_package(const std::string& id_or_folder,
                             const std::filesystem::path& packages_folder);

/// Where packages are: $IQT_MODELS_DIR, else ../share/iqt-node/models beside the program, else
/// the source tree it was built from.
std::filesystem::path default_packages_folder();

struct DeviceOptions {
    std::string device = "auto";     ///< "auto" | "cpu" | "cuda:N"
    std::string precision = "auto";  ///< "auto" | "float32" | "bfloat16" | "float16"
    int threads = 0;                 ///< 0: all cores of this process
    std::uint64_t memory_bytes_max = 4ULL << 30;
};

/// The cubic baseline as an Enhancer (no Torch).
std::unique_ptr<Enhancer> make_cubic_enhancer(const Package& package);

}  // namespace iqt::models
