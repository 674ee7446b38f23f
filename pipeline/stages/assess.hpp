// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/series.hpp"

namespace iqt::stages {

/// Says where an enhancement cannot be trusted: total SD above the model's frozen threshold;
/// features further from the training data than the frozen threshold;
/// residual of the enhanced volume, pushed through the forward model, against the acquired slices
/// in units of the noise measured in the series, voxel by voxel and (where the model says so) over
/// patches; not assessed outside the head and at the edges
/// of the slab. Pure.
Assessment assess(const Volume& source, const Enhancement& enhancement);

}  // namespace iqt::stages
