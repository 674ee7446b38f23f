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

enum class Ring { Outer, Inner };

/// Colour of a border pixel of one or more classes.
Color border_color(unsigned bits, Ring ring, int x, int y) {
    std::array<WarningBit, kOutlined.size()> present{};
    std::size_t count = 0;
    for (const WarningBit bit : kOutlined)
        if ((bits & bit) != 0) present[count++] = bit;
    const WarningBit shown = present[static_cast<std::size_t>((x + y) / kDash_px) % count];
    return shown == kInconsistent && ring == Ring::Inner ? kInconsistentInner : class_color(shown);
}

/// Bits that a pixel shares with all of its four neighbours; beyond the area there are none.
std::vector<std::uint8_t> eroded(const std::vector<std::uint8_t>& bits, std::size_t width,
                                 std::size_t height) {
    std::vector<std::uint8_t> inner(bits.size(), 0);
    for (std::size_t y = 1; y + 1 < height; ++y)
        for (std::size_t n = y * width + 1; n + 1 < (y + 1) * width; ++n)
            inner[n] = static_cast<std::uint8_t>(bits[n] & bits[n - 1] & bits[n + 1] &
                                                 bits[n - width] & bits[n + width]);
    return inner;
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
    const auto height = static_cast<std::size_t>(area.height);
    IQT_ASSERT(bits.size() == width * height);
    const auto once = eroded(bits, width, height);
    const auto twice = eroded(once, width, height);
    std::size_t n = 0;
    for (int y = 0; y < area.height; ++y)
        for (int x = 0; x < area.width; ++x, ++n) {
            const unsigned here = bits[n];
            if (here == 0) continue;
            const unsigned outer = here & ~static_cast<unsigned>(once[n]) & kOutlinedBits;
            const unsigned border = here & ~static_cast<unsigned>(twice[n]) & kOutlinedBits;
            const int px = area.left + x, py = area.top + y;
            if (outer != 0) {
                put(image, px, py, border_color(outer, Ring::Outer, x, y));
            } else if (border != 0) {
                put(image, px, py, border_color(border, Ring::Inner, x, y));
            } else if ((here & kNotAssessed) != 0 && is_on_hatching(x, y)) {
                const Color below_it = color_at(image, px, py);
                put(image, px, py,
                    {hatched(below_it.red), hatched(below_it.green), hatched(below_it.blue)});
            }
        }
}

}  // namespace iqt::render
