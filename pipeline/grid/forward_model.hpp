// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "pipeline/core/volume.hpp"

namespace iqt::grid {

/// How an acquisition sees an object: point spread as FWHM per axis, in units of the native
/// spacing of that axis. Source: iqt-node ARCHITECTURE, "simulator"; Lin et al. 2023 for the slice.
struct PointSpread {
    std::array<double, 3> fwhm_voxels{1.0, 1.0, 1.0};
};

/// Separable Gaussian blur with the given FWHM per axis in mm; edges repeat. FWHM 0: untouched.
Volume blur(const Volume& volume, const std::array<double, 3>& fwhm_mm);

/// The forward model D: blurs `fine` by `spread` of the `native` grid and averages nothing else:
/// samples at the native voxel centres (linear between fine voxels). Axes must be equal.
/// Used by the simulator (high-quality -> 64 mT-like) and by the data-consistency residual.
Volume acquire(const Volume& fine, const Geometry& native, const PointSpread& spread);

}  // namespace iqt::grid
