// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "pipeline/core/volume.hpp"

namespace iqt::qa {

/// A head seen from its side: mean thickness left to right, on cells of the patient's y-z plane.
/// Row 0 is the most superior, column 0 the most anterior.
struct Projection {
    static constexpr double kCellMm = 8;
    int columns = 0, rows = 0;
    std::vector<float> thickness_mm;  ///< [row][column]
    std::vector<bool> seen;           ///< whether the field of view holds the cell
};

/// The sagittal projection of a mask, in the patient's directions, whatever plane it has.
Projection project(const Mask& head);

struct Size {
    double volume_ml = 0;
    std::array<double, 3> extent_mm{0, 0, 0};  ///< along patient x, y, z
    bool is_whole = false;  ///< cross-sections at all six ends of the field of view are small
};
Size measure_size(const Mask& head);

struct Likeness {
    double upright = 0;   ///< best correlation with a reference as the positions say
    double mirrored = 0;  ///< best with the series turned upside down, back to front, or both
};
/// Compares with the references (shape_reference.hpp): a head and a brain without its head, each at
/// four sizes and wherever it fits best. Left and right cannot be told apart.
Likeness compare_shape(const Projection& projection);

}  // namespace iqt::qa
