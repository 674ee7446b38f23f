// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "pipeline/core/volume.hpp"

namespace iqt::models {

enum class Direction { Kept, Flipped };

/// The same voxels at the same patient positions in another index order: new axis a is old axis
/// order[a], reversed where flips[a] says so. `order` is a permutation of 0, 1, 2.
Volume reorient(const Volume& volume, const std::array<int, 3>& order,
                const std::array<Direction, 3>& flips);

/// What a scanner sees of a head that was turned about the volume's centre: by the angles (degrees)
/// about the patient's x, then y, then z axis (LPS). Sampled (cubic, no negative values; 0 outside)
/// on a grid of the same size whose axes are turned the other way, so patient positions stay.
Volume head_turned(const Volume& volume, const Vec3& angles_deg);

/// True where axes[2] points along axes[0] x axes[1].
bool is_right_handed(const Geometry& geometry);

}  // namespace iqt::models
