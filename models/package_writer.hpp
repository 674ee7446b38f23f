// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "models/package.hpp"

namespace iqt::models {

/// What a package is made of. `card` is a model.json without "weights" and "calibration".
struct PackageParts {
    std::filesystem::path weights;  ///< .safetensors
    std::filesystem::path card;
    std::filesystem::path calibration;  ///< the object that becomes "calibration"
    /// settings.json of the training run: the network's shape there replaces the card's
    /// hyperparameters. Empty: the card's hold.
    std::filesystem::path settings = {};
    /// The card's metrics and limits are of other weights: the package says that nothing is known.
    bool unmeasured = false;
    /// Opens the model once it is written, so that its answer to the golden volume goes into the
    /// manifest as "self_test". Empty: the package has none.
    std::function<Result<std::unique_ptr<Enhancer>>(const Package&)> open = {};
};

/// Writes model.json and weights.safetensors into `folder` (made if missing) and loads the package
/// back. Equal parts give equal bytes. Errors: NotFound, InvalidInput (all problems of the manifest
/// in one sentence; then nothing is left behind), Io.
Result<Package> write_package(const PackageParts& parts, const std::filesystem::path& folder);

}  // namespace iqt::models
