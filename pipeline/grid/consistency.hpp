// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/volume.hpp"

namespace iqt::grid {

/// What the acquired slices contradict of an enhanced volume: the residual of the forward model on
/// the native grid, D(enhanced) - acquired, looked at in two ways. Absolute values. Noise lifts the
/// mean of a magnitude image to sqrt(D^2 + pi/2 SD^2) at most; acquired values from D up to there
/// contradict nothing, so that neither air with its noise nor air set to zero is marked.
struct Consistency {
    Volume voxel;  ///< of each voxel alone, in noise SDs
    /// Of its mean over some 5 x 5 mm within the slice, in robust standard deviations of that mean
    /// over the bright part of the scan: a change that is faint but wide stands out of the noise,
    /// whatever correlation zero-filling or the scanner's own filters gave it.
    Volume patch;
};

/// Both empty where there is no noise to measure by (noise_sd <= 0, in source units).
/// Source: matched filter for a disc in white noise (North 1963); MAD as the robust SD; Rician mean
/// (Gudbjartsson and Patz 1995), exact at D = 0 and too high by 0.09 SDs at most.
Consistency consistency_of(const Volume& source, const Volume& enhanced, double noise_sd);

}  // namespace iqt::grid
