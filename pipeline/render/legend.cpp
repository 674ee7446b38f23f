// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/legend.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "pipeline/render/class_overlay.hpp"
#include "pipeline/render/column.hpp"
#include "pipeline/render/raster.hpp"

namespace iqt::render {
namespace {

constexpr int kSwatchWidth_px = 26, kSwatchHeight_px = 15, kSwatchGap_px = 8;
constexpr int kTextLeft_px = kSwatchWidth_px + kSwatchGap_px;

/// A grey patch with the class in its middle.
RgbImage swatch(const LegendEntry& entry) {
    constexpr int kRim_px = 1;
    RgbImage patch = blank(kSwatchWidth_px, kSwatchHeight_px, {72, 72, 72});
    const Rect area{0, 0, patch.width, patch.height};
    std::vector<std::uint8_t> bits(patch.pixels.size() / 3, 0);
    for (int y = 0; y < area.height; ++y)
        for (int x = 0; x < area.width; ++x) {
            const bool inside = x >= kRim_px && x < area.width - kRim_px && y >= kRim_px &&
                                y < area.height - kRim_px;
            if (entry.checked && (inside || entry.bit == kNotAssessed))
                bits[pixel_offset(patch, x, y) / 3] = entry.bit;
        }
    draw_classes(patch, area, bits);
    return patch;
}

}  // namespace

RgbImage legend_cell(const LegendEntry& entry, const Font& font, int width_px) {
    Column words(width_px - kTextLeft_px);
    words.text(entry.text, font, entry.checked ? kInk : kDimInk, 3);
    RgbImage cell = blank(width_px, std::max(words.height(), kSwatchHeight_px + 4), kPaper);
    words.draw(cell, kTextLeft_px, 0);
    blit(swatch(entry), cell, 0, std::max(2, (line_height_px(font) - kSwatchHeight_px) / 2));
    return cell;
}

int legend_width_px(const LegendEntry& entry, const Font& font) {
    return text_width_px(entry.text, font) + kTextLeft_px;
}

std::string number_text(double value) {
    char text[32];
    const bool whole = std::abs(value) >= 100 && std::abs(value) < 1e6;
    std::snprintf(text, sizeof text, whole ? "%.0f" : "%.3g", value);
    return text;
}

}  // namespace iqt::render
