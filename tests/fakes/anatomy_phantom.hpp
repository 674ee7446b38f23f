// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "pipeline/core/volume.hpp"

namespace iqt::fakes {

/// A 1 mm high-quality "head" in RAS order (axes -x, -y, +z in LPS), white matter at 1000: folded
/// grey and white matter, dark fluid between and in the middle, bright scalp, empty air. No noise.
inline Volume anatomy_phantom(std::array<int, 3> size = {150, 170, 150}) {
    Geometry g;
    g.size = size;
    g.axes = {Vec3{-1, 0, 0}, Vec3{0, -1, 0}, Vec3{0, 0, 1}};
    g.origin_lps_mm = {(size[0] - 1) / 2.0 + 3, (size[1] - 1) / 2.0 - 2, -60};
    Volume volume(g);
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                const double x = (i - (size[0] - 1) / 2.0) / 70;
                const double y = (j - (size[1] - 1) / 2.0) / 80;
                const double z = (k - (size[2] - 1) / 2.0) / 70;
                const double r = std::sqrt(x * x + y * y + z * z);
                double value = 0;
                if (r < 0.8) {
                    const double fold = std::sin(19 * x + 5 * z) * std::sin(17 * y - 4 * x) *
                                        std::sin(15 * z + 3 * y);
                    const double depth = 0.62 + 0.12 * fold;
                    value = r < 0.2 ? 250 : r < depth ? 1000 : r < depth + 0.05 ? 700 : 250;
                } else if (r < 0.86) {
                    value = 60;
                } else if (r < 0.93) {
                    value = 1400;
                }
                volume.at(i, j, k) = static_cast<float>(value);
            }
    return volume;
}

/// Folder of shared MRI volumes, where this machine has one.
inline std::optional<std::filesystem::path> shared_data() {
    std::error_code ignored;
    if (const char* set = std::getenv("IQT_SHARED_DATA"); set != nullptr)
        if (std::filesystem::is_directory(set, ignored)) return set;
    const std::filesystem::path beside = IQT_SOURCE_DIR "/../shared/data";
    if (std::filesystem::is_directory(beside, ignored)) return beside;
    return std::nullopt;
}

}  // namespace iqt::fakes
