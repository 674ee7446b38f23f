// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/package.hpp"

/// model.json: what a package says of itself. models/README.md lists every key.
namespace iqt::models {

struct WeightsReference {
    std::string file;    ///< a plain name in the package's folder
    std::string sha256;  ///< 64 lower-case hex digits
};

struct Manifest {
    ModelInfo info;  ///< without its digest, which also covers the weights
    std::optional<WeightsReference> weights;
    std::optional<GoldenAnswer> golden;
};

/// One thing wrong with a manifest: JSON pointer and a sentence.
struct ManifestProblem {
    std::string pointer, what;
};

/// Every problem of a manifest at once, in the order of its keys; empty: it can be used.
/// Unknown keys are problems in the sections that decide what the node does.
struct ManifestReading {
    Manifest manifest;  ///< meaningful only without problems
    std::vector<ManifestProblem> problems;
};
ManifestReading read_manifest(std::string_view json);

/// Architectures this build knows the meaning of; a build without Torch runs "cubic" only.
bool is_known_architecture(std::string_view name);

/// True where the architecture has learned weights.
bool needs_weights(std::string_view architecture);

}  // namespace iqt::models
