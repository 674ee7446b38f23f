// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/volume.hpp"

/// What a learned model has to beat.
namespace iqt::models::train {

/// Cubic B-spline through the samples (Unser 1999), on a grid whose edges coincide with the
/// source's; edges repeat. The prefilter is cut where its weights fall below 1e-9.
Volume resample_bspline(const Volume& source, const Geometry& target);

/// Non-local means (Buades et al. 2005) on the native grid, slices along k: 3 x 3 x 3 patches,
/// searched 5 pixels and 1 slice around. `strength` is the decay in units of `noise_sd`. The
/// second moments are averaged, less 2 noise_sd^2 (Rician bias; Wiest-Daessle et al. 2008).
Volume non_local_means(const Volume& source, double noise_sd, double strength);

/// The image through the monotone intensity curve that brings it closest to `truth` in the squared
/// sense over the voxels that `counted` marks (pool adjacent violators on 256 bins). It knows the
/// truth: an upper bound for any change of contrast without new detail.
Volume best_monotone_map(const Volume& image, const Volume& truth, const Mask& counted);

}  // namespace iqt::models::train
