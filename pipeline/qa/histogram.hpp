// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "pipeline/core/series.hpp"
#include "pipeline/qa/stack.hpp"

namespace iqt::qa {

/// Shares of the head's voxels whose intensities are compared.
inline constexpr std::array<double, 9> kShares{0.05,  0.15, 0.25, 0.375, 0.5,
                                               0.625, 0.75, 0.85, 0.95};
using Quantiles = std::array<double, kShares.size()>;

/// Intensities of the head's voxels below which those shares lie, over the 99.5 percentile.
Quantiles head_quantiles(const Stack& stack);

/// Distance in the mean over the shares (the Wasserstein-1 distance, coarsely) to the nearest
/// reference of the declared contrast.
double histogram_distance(const Quantiles& quantiles, Contrast contrast);

}  // namespace iqt::qa
