// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "pipeline/core/output.hpp"

/// Plain pixel work on RgbImage. Coordinates are pixels, x right, y down, from the top left corner.
namespace iqt::render {

struct Color {
    std::uint8_t red = 0, green = 0, blue = 0;
    friend bool operator==(const Color&, const Color&) = default;
};

struct Rect {
    int left = 0, top = 0, width = 0, height = 0;
};

inline std::size_t pixel_offset(const RgbImage& image, int x, int y) {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
            static_cast<std::size_t>(x)) *
           3;
}

inline void put(RgbImage& image, int x, int y, Color color) {
    std::uint8_t* const pixel = image.pixels.data() + pixel_offset(image, x, y);
    pixel[0] = color.red;
    pixel[1] = color.green;
    pixel[2] = color.blue;
}

inline Color color_at(const RgbImage& image, int x, int y) {
    const std::uint8_t* const pixel = image.pixels.data() + pixel_offset(image, x, y);
    return {pixel[0], pixel[1], pixel[2]};
}

/// An image of one colour; both sides at least 1.
RgbImage blank(int width, int height, Color color);

/// Fills the part of `area` that lies inside the image.
void fill(RgbImage& image, const Rect& area, Color color);

/// Copies an image onto another; what would lie outside is left out.
void blit(const RgbImage& from, RgbImage& onto, int left, int top);

}  // namespace iqt::render
