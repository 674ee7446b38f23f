// SPDX-License-Identifier: Apache-2.0
#include "dicom/cielab.hpp"

#include <algorithm>
#include <cmath>

namespace iqt::dicom {
namespace {

/// Linear sRGB to XYZ of D50, chromatic adaptation (Bradford) included: IEC 61966-2-1, ICC.1.
constexpr std::array<std::array<double, 3>, 3> kToXyz{{{0.4360747, 0.3850649, 0.1430804},
                                                       {0.2225045, 0.7168786, 0.0606169},
                                                       {0.0139322, 0.0971045, 0.7141733}}};
constexpr std::array kWhite{0.96422, 1.0, 0.82521};

double linear(std::uint8_t value) {
    const double share = value / 255.0;
    return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

/// CIE 15: the cube root, and a straight line below (6/29)^3.
double compressed(double share) {
    constexpr double kKnee = 216.0 / 24389.0;
    return share > kKnee ? std::cbrt(share) : (share * 24389.0 / 27.0 + 16.0) / 116.0;
}

std::uint16_t scaled(double value, double low, double high) {
    const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return static_cast<std::uint16_t>(std::lround(share * 65535.0));
}

}  // namespace

std::array<std::uint16_t, 3> cielab_of(const std::array<std::uint8_t, 3>& srgb) {
    std::array<double, 3> f{};
    for (std::size_t n = 0; n < 3; ++n) {
        double sum = 0;
        for (std::size_t c = 0; c < 3; ++c) sum += kToXyz[n][c] * linear(srgb[c]);
        f[n] = compressed(sum / kWhite[n]);
    }
    return {scaled(116 * f[1] - 16, 0, 100), scaled(500 * (f[0] - f[1]), -128, 127),
            scaled(200 * (f[1] - f[2]), -128, 127)};
}

}  // namespace iqt::dicom
