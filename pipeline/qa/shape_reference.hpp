// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace iqt::qa {

/// Sagittal projections (shape.hpp: cells of 8 mm, superior above, anterior left), thickness as a
/// digit: 0 none, 9 the thickest. Means over whole-head label maps of adults, tops aligned; printed
/// by `iqt-train input-qa --reference-shapes` (models/README.md). The head ends where some of the
/// maps end; below that nothing is compared.
const std::vector<std::string_view>& head_reference();
/// The same of the brain, cerebellum and brain stem alone.
const std::vector<std::string_view>& brain_reference();

}  // namespace iqt::qa
