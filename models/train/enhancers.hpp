// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "models/package.hpp"

namespace iqt::models::train {

/// The Enhancer of a package, whatever its architecture. Errors: NotSupported (a learned model in a
/// build without Torch) and those of the architecture's own maker.
Result<std::unique_ptr<Enhancer>> make_enhancer(const Package& package,
                                                const DeviceOptions& options);

}  // namespace iqt::models::train
