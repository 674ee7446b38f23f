// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "pipeline/core/volume.hpp"

/// Whether a map of standard deviations finds the regions, not only the voxels, that are wrong.
namespace iqt::models::train {

/// The rule of the free-response curve (FROC).
struct RegionRule {
    double error_region_ml = 0.1;  ///< least volume of a connected region of risky voxels
    double found_share = 0.3;      ///< of its voxels, that have to be flagged for it to be found
    double false_region_ml = 0.5;  ///< flagged regions up to this volume are not counted
    /// A larger one is false where less than this share of its voxels is risky or has a risky
    /// neighbour (by faces).
    double true_share = 0.5;
    double false_regions_most = 2;  ///< a brain that readers put up with
};

struct RegionPoint {
    double sd_threshold = 0, flagged_share = 0;  ///< the latter of the searched voxels
    std::size_t found = 0;                       ///< error regions
    std::size_t false_regions = 0;
};

struct RegionCurve {
    std::size_t regions = 0;                   ///< error regions
    double largest_ml = 0, largest_share = 0;  ///< the largest, and its share of their volume
    std::vector<RegionPoint> points;           ///< by rising share of flagged voxels
    RegionPoint at_threshold;                  ///< the frozen one
    double found_share(const RegionPoint& p) const {
        return regions > 0 ? static_cast<double>(p.found) / static_cast<double>(regions) : 0;
    }
    /// The point with most regions found among those with few enough false ones; the least flagged
    /// of equals.
    RegionPoint best(const RegionRule& rule) const;
};

/// Sweeps the threshold so that 0.5 to 50 % of the voxels of `where` are flagged, and looks at
/// `frozen_threshold`. Regions hang together by faces. All on one grid (asserted).
RegionCurve region_curve(const Volume& error, const Volume& sd, const Mask& where,
                         double risky_error, double frozen_threshold, const RegionRule& rule);

}  // namespace iqt::models::train
