// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <random>
#include <vector>

#include "pipeline/core/volume.hpp"

namespace iqt::models::train {

/// A random smooth change of a head's shape, so that one label map stands for several people:
/// size, turn and shear as a whole, and a displacement that varies over about 32 mm.
/// Source of the ranges: Billot et al. 2023 (SynthSeg), narrowed to adult heads.
class HeadWarp {
  public:
    /// Draws the change for volumes of this geometry; a function of the random numbers alone.
    HeadWarp(const Geometry& geometry, std::mt19937_64& random);

    /// The index (fractional) in the original volume of what the changed one shows at an index.
    Vec3 original(int i, int j, int k) const;

  private:
    Vec3 displacement_mm(const Vec3& index) const;

    Geometry geometry_;
    std::array<Vec3, 3> matrix_{};  ///< rows; from changed to original, in mm about the centre
    std::array<int, 3> nodes_{};
    double node_mm_ = 0;
    std::vector<Vec3> field_;  ///< displacements at the nodes in mm
};

}  // namespace iqt::models::train
