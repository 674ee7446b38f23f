// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/class_overlay.hpp"

#include <array>

#include "pipeline/core/assert.hpp"

namespace iqt::render {
namespace {

constexpr std::array kOutlined{kUncertain, kUnfamiliar, kInconsistent};
constexpr std::uint8_t kOutlinedBits = kUncertain | kUnfamiliar | kInconsistent;
constexpr int kDash_px = 4;
constexpr int kHatchPeriod_px = 9;
constexpr int kHatchStep = 44;  // grey levels between the hatching and what is below it

std::uint8_t hatched(std::uint8_t value) {
    return static_cast<std::uint8_t>(value < 128 ? value + kHatchStep : value - kHatchStep);
}

/// Colour of a border pixel of one or more classes.
Color border_color(unsigned bits, int x, int y) {
    std::array<WarningBit, kOutlined.size()> present{};
    std::size_t count = 0;
    for (const WarningBit bit : kOutlined)
        if ((bits & bit) != 0) present[count++] = bit;
    const auto turn = static_cast<std::size_t>((x + y) / kDash_px);
    return class_color(present[turn % count]);
}

}  // namespace

Color class_color(WarningBit warning_class) {
    switch (warning_class) {
        case kUncertain:
            return {0xE6, 0x9F, 0x00};  // orange
        case kUnfamiliar:
            return {0x56, 0xB4, 0xE9};  // sky blue
        case kInconsistent:
            return {0xD5, 0x5E, 0x00};  // vermillion
        case kNotAssessed:
            break;
    }
    return {0xA0, 0xA0, 0xA0};
}

bool is_on_hatching(int x, int y) {
    return (x + y) % kHatchPeriod_px == 0;
}

void draw_classes(RgbImage& image, const Rect& area, const std::vector<std::uint8_t>& bits) {
    const auto width = static_cast<std::size_t>(area.width);
    IQT_ASSERT(bits.size() == width * static_cast<std::size_t>(area.height));
    for (int y = 0; y < area.height; ++y) {
        const std::uint8_t* const row = bits.data() + static_cast<std::size_t>(y) * width;
        const std::uint8_t* const above = y > 0 ? row - width : nullptr;
        const std::uint8_t* const below = y + 1 < area.height ? row + width : nullptr;
        for (int x = 0; x < area.width; ++x) {
            const unsigned here = row[x];
            if (here == 0) continue;
            const unsigned inner = here & (x > 0 ? row[x - 1] : 0U) &
                                   (x + 1 < area.width ? row[x + 1] : 0U) &
                                   (above ? above[x] : 0U) & (below ? below[x] : 0U);
            const unsigned border = here & ~inner & kOutlinedBits;
            const int px = area.left + x, py = area.top + y;
            if (border != 0) {
                put(image, px, py, border_color(border, x, y));
            } else if ((here & kNotAssessed) != 0 && is_on_hatching(x, y)) {
                const Color below_it = color_at(image, px, py);
                put(image, px, py,
                    {hatched(below_it.red), hatched(below_it.green), hatched(below_it.blue)});
            }
        }
    }
}

}  // namespace iqt::render
