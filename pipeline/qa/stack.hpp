// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "pipeline/core/geometry.hpp"
#include "pipeline/core/volume.hpp"

namespace iqt::qa {

/// A series as the checks see it.
struct Stack {
    Volume full;           ///< slices along k
    Volume coarse;         ///< the same, averaged in plane to pixels of about 2 mm
    Mask head;             ///< of `coarse`: the largest bright object, holes filled slice by slice
    double noise_sd = 0;   ///< of `full`
    double threshold = 0;  ///< what separates the head from air, in the volume's units
    double head_median = 0;  ///< of the voxels of `coarse` above `threshold` in the head
};

/// The least and the greatest patient coordinates of a grid's outer edges.
std::array<Vec3, 2> outer_bounds_lps_mm(const Geometry& g);

/// Noise where the head is most even: the 5 % blocks of 6 x 6 voxels with the least second
/// differences, scaled to what white noise gives there. Never much above the noise, where
/// grid::estimate_noise_sd may still hold anatomy, so that it serves an upper bound of the
/// signal-to-noise ratio. `distance`: between the voxels compared, more than 1 where interpolated.
double even_noise_sd(const Stack& stack, int distance);

/// Brings slices along k (the axis of the largest spacing), measures the noise and finds the head.
Stack make_stack(const Volume& source);

}  // namespace iqt::qa
