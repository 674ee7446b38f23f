// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/volume.hpp"

/// Numerics on grids that several rooms share: interpolation, the forward model, noise.
namespace iqt::grid {

enum class Kernel {
    Nearest,
    Linear,
    Cubic,  ///< Keys 1981, a = -0.5
};

/// Interpolates on a grid with the same axes whose edges coincide with the source's (refine), one
/// axis after the other; samples beyond the edge repeat the edge voxel.
/// Asserts equal axes. Values are in the source's units; cubic may overshoot them.
Volume resample(const Volume& source, const Geometry& target, Kernel kernel);

/// Interpolates at the target's voxel centres wherever they lie, axes may differ; 0 outside.
Volume resample_free(const Volume& source, const Geometry& target, Kernel kernel);

}  // namespace iqt::grid
