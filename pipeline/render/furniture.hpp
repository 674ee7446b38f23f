// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "pipeline/core/output.hpp"
#include "pipeline/render/warning_page.hpp"

namespace iqt::render {

/// Lays out the pages of one series and draws all that no slice changes. `bits_in_use` are the
/// WarningBits that occur anywhere in the mask: a class that was found is never said to be
/// unchecked.
WarningFurniture make_furniture(const Geometry& geometry, double gain, std::uint8_t bits_in_use,
                                const WarningPageStyle& style);

}  // namespace iqt::render
