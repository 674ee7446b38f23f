// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/core/enhancement.hpp"
#include "pipeline/render/raster.hpp"

namespace iqt::render {

/// Colour of a warning class that is outlined (kUncertain, kUnfamiliar, kInconsistent). From the
/// palette of Okabe and Ito, which readers with any form of colour blindness can tell apart.
Color class_color(WarningBit warning_class);

/// The inner pixel of the outline of kInconsistent, reddish purple: vermillion alone is too near to
/// orange in a line of two pixels. No outline is ever grey: none passes for anatomy.
inline constexpr Color kInconsistentInner{0xCC, 0x79, 0xA7};

/// Whether the hatching of voxels that were not assessed runs through a pixel; (x, y) from the
/// corner of the anatomy.
bool is_on_hatching(int x, int y);

/// Marks the warning classes on an area of an image. `bits` holds the WarningBits of each pixel of
/// the area, row by row. A class is outlined along the inside of its border, two pixels wide, so
/// that no pixel without its bit is changed and a region of one voxel is still seen; where borders
/// of several classes coincide their colours alternate. Not assessed is hatched, lighter on dark
/// and darker on light pixels.
void draw_classes(RgbImage& image, const Rect& area, const std::vector<std::uint8_t>& bits);

}  // namespace iqt::render
