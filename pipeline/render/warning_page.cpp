// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/warning_page.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "pipeline/core/assert.hpp"
#include "pipeline/render/class_overlay.hpp"
#include "pipeline/render/furniture.hpp"
#include "pipeline/render/raster.hpp"

namespace iqt::render {
namespace {

constexpr int kStoredValues = 65536;

/// Grey of every stored value. Source: PS3.3 C.11.2.1.2.1, with 0..255 as output range.
std::vector<std::uint8_t> grey_table(const Window& window) {
    const double center = window.center - 0.5;
    const double width = std::max(window.width, 1.0) - 1;
    std::vector<std::uint8_t> table(kStoredValues);
    for (int value = 0; value < kStoredValues; ++value) {
        double grey = 255;
        if (value <= center - width / 2)
            grey = 0;
        else if (value <= center + width / 2)
            grey = ((value - center) / width + 0.5) * 255;
        table[static_cast<std::size_t>(value)] = static_cast<std::uint8_t>(std::lround(grey));
    }
    return table;
}

std::uint8_t bits_in_use(const Mask& mask) {
    unsigned bits = 0;
    for (const std::uint8_t voxel : mask.voxels) bits |= voxel;
    return static_cast<std::uint8_t>(bits);
}

}  // namespace

WarningPainter::WarningPainter(const StoredPixels& enhanced, const Mask& mask,
                               const WarningPageStyle& style)
    : enhanced_(enhanced),
      mask_(mask),
      grey_(grey_table(style.window)),
      furniture_(make_furniture(enhanced.grid.geometry, enhanced.gain, bits_in_use(mask), style)) {
    IQT_ASSERT(mask.geometry.size == enhanced.grid.geometry.size);
}

void WarningPainter::draw_number(int number, RgbImage& image) const {
    int right_px = furniture_.number_right_px;
    const std::string text = std::to_string(number);
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit) {
        const RgbImage& glyph = furniture_.digits[static_cast<std::size_t>(*digit - '0')];
        right_px -= glyph.width;
        blit(glyph, image, right_px, furniture_.number_top_px);
    }
    blit(furniture_.number_word, image, right_px - furniture_.number_word.width,
         furniture_.number_top_px);
}

WarningPage WarningPainter::page(int k) const {
    const auto& [columns, rows, slices] = enhanced_.grid.geometry.size;
    IQT_ASSERT(k >= 0 && k < slices);
    const int scale = furniture_.scale;
    WarningPage page{furniture_.background, furniture_.left_px, furniture_.top_px, scale};
    draw_number(k + 1, page.image);

    const Rect area{page.left_px, page.top_px, columns * scale, rows * scale};
    const auto width = static_cast<std::size_t>(area.width);
    std::vector<std::uint8_t> bits(width * static_cast<std::size_t>(area.height));
    const std::uint16_t* value = enhanced_.grid.voxels.data() + enhanced_.grid.offset(0, 0, k);
    const std::uint8_t* marks = mask_.voxels.data() + mask_.offset(0, 0, k);
    for (int j = 0; j < rows; ++j) {
        std::uint8_t* const pixels =
            page.image.pixels.data() + pixel_offset(page.image, area.left, area.top + j * scale);
        std::uint8_t* const row_bits = bits.data() + static_cast<std::size_t>(j * scale) * width;
        std::uint8_t* pixel = pixels;
        std::uint8_t* bit = row_bits;
        for (int i = 0; i < columns; ++i, ++value, ++marks) {
            pixel = std::fill_n(pixel, 3 * scale, grey_[*value]);
            bit = std::fill_n(bit, scale, *marks);
        }
        for (int n = 1; n < scale; ++n) {
            const auto line = static_cast<std::size_t>(n);
            std::memcpy(pixels + line * static_cast<std::size_t>(page.image.width) * 3, pixels,
                        width * 3);
            std::memcpy(row_bits + line * width, row_bits, width);
        }
    }
    draw_classes(page.image, area, bits);
    return page;
}

WarningPage draw_warning_page(const StoredPixels& enhanced, const Mask& mask, int k,
                              const WarningPageStyle& style) {
    return WarningPainter(enhanced, mask, style).page(k);
}

}  // namespace iqt::render
