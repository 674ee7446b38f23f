// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/raster.hpp"

#include <algorithm>
#include <cstring>

#include "pipeline/core/assert.hpp"

namespace iqt::render {

RgbImage blank(int width, int height, Color color) {
    IQT_ASSERT(width > 0 && height > 0);
    RgbImage image{width, height, {}};
    image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    if (color.red == color.green && color.green == color.blue)
        std::fill(image.pixels.begin(), image.pixels.end(), color.red);
    else
        fill(image, {0, 0, width, height}, color);
    return image;
}

void fill(RgbImage& image, const Rect& area, Color color) {
    const int x_end = std::min(area.left + area.width, image.width);
    const int y_end = std::min(area.top + area.height, image.height);
    for (int y = std::max(area.top, 0); y < y_end; ++y)
        for (int x = std::max(area.left, 0); x < x_end; ++x) put(image, x, y, color);
}

void blit(const RgbImage& from, RgbImage& onto, int left, int top) {
    const int x_begin = std::max(0, -left);
    const int x_end = std::min(from.width, onto.width - left);
    const int y_end = std::min(from.height, onto.height - top);
    if (x_begin >= x_end) return;
    const std::size_t row_bytes = static_cast<std::size_t>(x_end - x_begin) * 3;
    for (int y = std::max(0, -top); y < y_end; ++y)
        std::memcpy(onto.pixels.data() + pixel_offset(onto, left + x_begin, top + y),
                    from.pixels.data() + pixel_offset(from, x_begin, y), row_bytes);
}

}  // namespace iqt::render
