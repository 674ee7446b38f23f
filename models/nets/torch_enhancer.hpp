// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "models/package.hpp"

namespace iqt::models::nets {

/// Loads the weights of a learned package and makes an Enhancer of them; shows no Torch.
/// Errors: NotSupported (architecture, device), Corrupt, OutOfResources.
Result<std::unique_ptr<Enhancer>> make_torch_enhancer(const Package& package,
                                                      const DeviceOptions& options);

}  // namespace iqt::models::nets
