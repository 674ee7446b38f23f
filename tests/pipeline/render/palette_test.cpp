// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "pipeline/render/class_overlay.hpp"

/// The colours of the warning classes as readers with a form of colour blindness see them.
namespace iqt::render {
namespace {

using Triple = std::array<double, 3>;
using Matrix = std::array<Triple, 3>;

/// Full deficiency, on linear RGB. Source: Machado, Oliveira and Fernandes 2009, severity 1.0.
constexpr Matrix kProtanopia{{{0.152286, 1.052583, -0.204868},
                              {0.114503, 0.786281, 0.099216},
                              {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix kDeuteranopia{{{0.367322, 0.860646, -0.227968},
                                {0.280085, 0.672501, 0.047413},
                                {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix kFullSight{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
/// sRGB to CIE XYZ under D65 (IEC 61966-2-1).
constexpr Matrix kToXyz{{{0.4124564, 0.3575761, 0.1804375},
                         {0.2126729, 0.7151522, 0.0721750},
                         {0.0193339, 0.1191920, 0.9503041}}};
constexpr Triple kWhite{0.95047, 1, 1.08883};

Triple product(const Matrix& matrix, const Triple& v) {
    Triple out{};
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t c = 0; c < 3; ++c) out[row] += matrix[row][c] * v[c];
    return out;
}

double linear(std::uint8_t value) {
    const double share = value / 255.0;
    return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

/// CIELab of a colour as it is seen through a matrix.
Triple lab_seen(const Color& color, const Matrix& sight) {
    Triple rgb = product(sight, {linear(color.red), linear(color.green), linear(color.blue)});
    for (double& value : rgb) value = std::clamp(value, 0.0, 1.0);
    Triple f = product(kToXyz, rgb);
    for (std::size_t c = 0; c < 3; ++c) {
        const double share = f[c] / kWhite[c];
        f[c] = share > 216.0 / 24389 ? std::cbrt(share) : (24389.0 / 27 * share + 16) / 116;
    }
    return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

/// CIE 1976 difference; about 2.3 is just noticeable.
double difference(const Color& a, const Color& b, const Matrix& sight) {
    const Triple x = lab_seen(a, sight), y = lab_seen(b, sight);
    return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

constexpr std::array kOutlinedClasses{kUncertain, kUnfamiliar, kInconsistent};
constexpr std::array kSights{&kFullSight, &kProtanopia, &kDeuteranopia};

// Smallest at full sight 33, protanopia 25, deuteranopia 18: always orange and vermillion.
TEST(Palette, ClassesDifferForReadersWithoutRedOrGreenSight) {
    for (const Matrix* sight : kSights) {
        double least = 1e9;
        for (const WarningBit a : {kUncertain, kUnfamiliar, kInconsistent, kNotAssessed})
            for (const WarningBit b : kOutlinedClasses)
                if (a != b)
                    least = std::min(least, difference(class_color(a), class_color(b), *sight));
        std::printf("smallest difference between two classes: %.1f\n", least);
        EXPECT_GE(least, 18);
    }
}

// Smallest against mid grey 40, 37, 41 and against any grey 37, 31, 38: sky blue.
TEST(Palette, NoOutlinePassesForGreyAnatomy) {
    for (const Matrix* sight : kSights) {
        double mid = 1e9, any = 1e9;
        for (const WarningBit bit : kOutlinedClasses)
            for (int level = 0; level < 256; ++level) {
                const auto grey = static_cast<std::uint8_t>(level);
                const double apart = difference(class_color(bit), {grey, grey, grey}, *sight);
                any = std::min(any, apart);
                if (level == 128) mid = std::min(mid, apart);
            }
        std::printf("smallest difference to mid grey: %.1f, to any grey: %.1f\n", mid, any);
        EXPECT_GE(mid, 36);
        EXPECT_GE(any, 31);
    }
}

// Reddish purple is nearly grey without green sight (7): it tells vermillion's line from orange's
// (80 and more) and never stands alone.
TEST(Palette, InnerLineOfInconsistentIsFarFromUncertain) {
    for (const Matrix* sight : kSights)
        EXPECT_GE(difference(kInconsistentInner, class_color(kUncertain), *sight), 80);
}

}  // namespace
}  // namespace iqt::render
