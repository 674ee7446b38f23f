// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::render {

/// Orientation letters for the four sides of an image; empty ones are not drawn.
struct EdgeLetters {
    std::string left, right, top, bottom;
    friend bool operator==(const EdgeLetters&, const EdgeLetters&) = default;
};

/// Letters of an image that shows these directions (LPS) to the right and downwards.
EdgeLetters edge_letters(const Vec3& right_lps, const Vec3& down_lps);

/// Letters of the image that draw_slice makes.
EdgeLetters slice_letters(const Geometry& geometry, int axis);

struct PanelPart {
    RgbImage image;
    std::string caption;
    EdgeLetters letters = {};
};

/// Grey image of one plane of a volume through a window (centre and width in the volume's units).
/// `axis` is the axis that is cut at `index`; pixels are square with `pixel_mm` a side, drawn head
/// up / patient's right on the left where the axes allow it, linear between voxels. At most
/// 4096 pixels a side: a finer `pixel_mm` than that takes is coarsened.
RgbImage draw_slice(const Volume& volume, int axis, int index, const Window& window,
                    double pixel_mm);

/// The same plane with the classes of a mask of equal size marked as on the warning pages.
RgbImage draw_slice(const Volume& volume, const Mask& mask, int axis, int index,
                    const Window& window, double pixel_mm);

/// Parts beside each other, tops aligned, captions above, letters around, one line (kIntendedUse)
/// below.
RgbImage draw_panel(const std::vector<PanelPart>& parts, const std::string& title);

/// PNG bytes of an image. Errors: Internal.
Result<std::string> to_png(const RgbImage& image);

}  // namespace iqt::render
