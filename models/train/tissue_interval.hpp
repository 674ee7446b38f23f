// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/tissue.hpp"
#include "models/train/error_field.hpp"

/// The uncertainty of an image carried on to volumes measured in it (Tanno et al. 2021: a derived
/// quantity): white matter, grey matter and fluid.
namespace iqt::models::train {

using TissueVolumes = std::array<double, 3>;  ///< white, grey, fluid, in ml

/// Volumes of the truth as an image and its SDs foretell them: mean and 90 % interval.
struct TissueForecast {
    /// How errors of different voxels hang together: "independent" is the narrowest interval there
    /// is, "as one" (all voxels err by the same number of SDs) is what no real error exceeds, "as
    /// measured" has the correlation between neighbours that the caller found.
    std::string errors;
    TissueVolumes mean_ml{}, low_ml{}, high_ml{};
};

struct TissueIntervals {
    TissueVolumes truth_ml{}, image_ml{};
    std::vector<TissueForecast> forecasts;  ///< independent, as measured, as one
};

/// Draws truths = image + SD x field and segments each with one mixture (likeliest class), so the
/// means also take off the bias that a smooth image has. `draws` fields of each kind (at least 20;
/// for "as one" as many quantiles of the normal distribution), functions of the seed; the interval
/// runs from their 5 to their 95 percentile. All on one grid (asserted).
TissueIntervals tissue_intervals(const Volume& truth, const Volume& image, const Volume& sd,
                                 const Mask& brain, const Tissues& tissues,
                                 const NeighbourCorrelation& correlation, int draws,
                                 std::uint64_t seed);

/// Whether the truth's volume of a tissue (0, 1, 2) lies within a forecast's interval.
bool holds_truth(const TissueIntervals& intervals, const TissueForecast& forecast,
                 std::size_t tissue);

}  // namespace iqt::models::train
