// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::render {

struct PanelPart {
    RgbImage image;
    std::string caption;
};

/// Grey image of one plane of a volume through a window. `axis` is the axis that is cut at
/// `index`; pixels are square with `pixel_mm` a side, drawn head up / patient's right on the left
/// where the axes allow it.
RgbImage draw_slice(const Volume& volume, int axis, int index, const Window& window,
                    double pixel_mm);

/// Parts beside each other, tops aligned, captions above, one line (kIntendedUse) below.
RgbImage draw_panel(const std::vector<PanelPart>& parts, const std::string& title);

/// PNG bytes of an image. Errors: Internal.
Result<std::string> to_png(const RgbImage& image);

}  // namespace iqt::render
