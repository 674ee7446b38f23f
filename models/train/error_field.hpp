// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "pipeline/core/volume.hpp"

/// Errors of neighbouring voxels belong together: how much, and random fields that do so alike.
namespace iqt::models::train {

/// Correlation of (error / SD) between neighbours along i, j and k.
using NeighbourCorrelation = std::array<double, 3>;

/// Measures it over pairs that both lie in the mask, about zero (a common bias is an error too);
/// 0 along an axis without pairs.
NeighbourCorrelation neighbour_correlation(const Volume& error, const Volume& sd,
                                           const Mask& where);

/// A field of standard normal values, a function of the seed: white noise, blurred with the
/// Gaussian that gives neighbours that correlation (about 0.99 at most; 0 or less: white), with SD
/// 1 over the grid. Correlation r pixels away is near that of neighbours to the power r^2.
Volume normal_field(const Geometry& geometry, const NeighbourCorrelation& correlation,
                    std::uint64_t seed);

}  // namespace iqt::models::train
