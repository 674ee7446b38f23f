// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "pipeline/core/output.hpp"
#include "pipeline/render/raster.hpp"

/// A made-up head and images of it, for tests of what is drawn.
namespace iqt::render::phantom {

inline Geometry transverse(std::array<int, 3> size, double spacing_mm = 1.0) {
    Geometry geometry;
    geometry.size = size;
    geometry.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    return geometry;
}

/// Skull, brain with folds, and ventricles; 0..1000 source units, gain 2.
inline StoredPixels head(const Geometry& geometry) {
    StoredPixels pixels;
    pixels.grid = Grid<std::uint16_t>(geometry);
    pixels.gain = 2;
    pixels.window = {900, 1800};
    const auto [ni, nj, nk] = geometry.size;
    for (int k = 0; k < nk; ++k)
        for (int j = 0; j < nj; ++j)
            for (int i = 0; i < ni; ++i) {
                const double x = (i + 0.5) / ni * 2 - 1, y = (j + 0.5) / nj * 2 - 1;
                const double z = ((k + 0.5) / nk * 2 - 1) * 0.7;
                const double r = std::sqrt(x * x * 1.35 + y * y + z * z) / 0.92;
                double value = 8 * (2 + std::sin(i * 7.1 + j * 3.7));
                if (r < 1) value = 1500;
                if (r < 0.93) value = 120;
                if (r < 0.86)
                    value = 1000 + 250 * std::sin(22 * x + 6 * std::sin(9 * y)) *
                                       std::cos(17 * y + 4 * z) * (r > 0.5 ? 1 : 0.25);
                if (std::abs(std::abs(x) - 0.14) < 0.07 && std::abs(y) < 0.3) value = 260;
                pixels.grid.at(i, j, k) =
                    static_cast<std::uint16_t>(std::clamp(value, 0.0, 4095.0));
            }
    return pixels;
}

/// Not assessed outside the head, and one region of each class, small and large.
inline Mask findings(const Geometry& geometry) {
    Mask mask(geometry);
    const auto [ni, nj, nk] = geometry.size;
    const auto inside = [](double x, double y, double cx, double cy, double radius) {
        return std::hypot(x - cx, y - cy) < radius;
    };
    for (int k = 0; k < nk; ++k)
        for (int j = 0; j < nj; ++j)
            for (int i = 0; i < ni; ++i) {
                const double x = (i + 0.5) / ni * 2 - 1, y = (j + 0.5) / nj * 2 - 1;
                const double wobble = 0.02 * std::sin(14 * std::atan2(y, x) + k);
                unsigned bits = 0;
                if (std::sqrt(x * x * 1.35 + y * y) / 0.92 > 1.02) bits |= kNotAssessed;
                if (inside(x, y, 0.4, -0.3, 0.2 + wobble)) bits |= kUncertain;
                if (inside(x, y, 0.52, -0.18, 0.13)) bits |= kInconsistent;
                if (inside(x, y, -0.45, 0.25, 0.16 + wobble)) bits |= kUnfamiliar;
                if (inside(x, y, -0.35, -0.5, 0.05)) bits |= kInconsistent;
                mask.at(i, j, k) = static_cast<std::uint8_t>(bits);
            }
    mask.at(ni / 2, nj / 4, nk / 2) |= kUncertain;  // one voxel on its own
    mask.at(std::min(ni / 2 + 4, ni - 1), nj / 4, nk / 2) |= kInconsistent;
    return mask;
}

}  // namespace iqt::render::phantom
