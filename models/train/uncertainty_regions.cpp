// SPDX-License-Identifier: Apache-2.0
#include "models/train/uncertainty_regions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "models/train/regions.hpp"
#include "pipeline/core/assert.hpp"
#include "pipeline/grid/noise.hpp"

namespace iqt::models::train {
namespace {

constexpr std::array<double, 14> kFlaggedShares{0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12,
                                                0.16,  0.2,  0.25, 0.3,  0.35, 0.4,  0.5};

double voxel_ml(const Geometry& g) {
    return g.spacing_mm[0] * g.spacing_mm[1] * g.spacing_mm[2] / 1000;
}

/// The error regions and what surrounds risky voxels, found once for all thresholds.
struct Errors {
    std::vector<int> label;          ///< number of the region, from 1; larger numbers: too small
    std::vector<std::size_t> sizes;  ///< in voxels, of the regions that count
    Mask near;                       ///< risky, or with a risky face neighbour
};

/// Whether a voxel is 1 in the mask or next to one that is, by faces.
Mask with_neighbours(const Mask& mask) {
    Mask out = mask;
    const auto& size = mask.geometry.size;
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                if (mask.at(i, j, k) == 0) continue;
                if (i > 0) out.at(i - 1, j, k) = 1;
                if (j > 0) out.at(i, j - 1, k) = 1;
                if (k > 0) out.at(i, j, k - 1) = 1;
                if (i + 1 < size[0]) out.at(i + 1, j, k) = 1;
                if (j + 1 < size[1]) out.at(i, j + 1, k) = 1;
                if (k + 1 < size[2]) out.at(i, j, k + 1) = 1;
            }
    return out;
}

Errors find_errors(const Volume& error, const Mask& where, double risky_error,
                   const RegionRule& rule) {
    Mask risky(error.geometry);
    for (std::size_t v = 0; v < risky.voxels.size(); ++v)
        risky.voxels[v] =
            where.voxels[v] != 0 && std::abs(static_cast<double>(error.voxels[v])) > risky_error
                ? 1
                : 0;
    Errors out;
    out.sizes = connected_regions(risky, &out.label);
    const double ml = voxel_ml(error.geometry);
    std::erase_if(out.sizes, [&](std::size_t n) {
        return static_cast<double>(n) * ml < rule.error_region_ml - 1e-9;
    });
    out.near = with_neighbours(risky);
    return out;
}

RegionPoint point_at(const Errors& errors, const Volume& sd, const Mask& where, double threshold,
                     const RegionRule& rule) {
    RegionPoint out;
    out.sd_threshold = threshold;
    Mask flagged(sd.geometry);
    std::vector<std::size_t> covered(errors.sizes.size(), 0);
    double searched = 0, marked = 0;
    for (std::size_t v = 0; v < flagged.voxels.size(); ++v) {
        if (where.voxels[v] == 0) continue;
        searched += 1;
        if (!(static_cast<double>(sd.voxels[v]) > threshold)) continue;
        flagged.voxels[v] = 1;
        marked += 1;
        const auto region = static_cast<std::size_t>(errors.label[v]);
        if (region > 0 && region <= covered.size()) ++covered[region - 1];
    }
    out.flagged_share = searched > 0 ? marked / searched : 0;
    for (std::size_t n = 0; n < covered.size(); ++n)
        if (static_cast<double>(covered[n]) >=
            rule.found_share * static_cast<double>(errors.sizes[n]))
            ++out.found;
    std::vector<int> label;
    const auto sizes = connected_regions(flagged, &label);
    std::vector<std::size_t> justified(sizes.size() + 1, 0);
    for (std::size_t v = 0; v < label.size(); ++v)
        if (errors.near.voxels[v] != 0) ++justified[static_cast<std::size_t>(label[v])];
    const double ml = voxel_ml(sd.geometry);
    for (std::size_t n = 0; n < sizes.size(); ++n) {
        const auto size = static_cast<double>(sizes[n]);
        if (size * ml > rule.false_region_ml + 1e-9 &&
            static_cast<double>(justified[n + 1]) < rule.true_share * size)
            ++out.false_regions;
    }
    return out;
}

}  // namespace

RegionPoint RegionCurve::best(const RegionRule& rule) const {
    RegionPoint best;
    for (const RegionPoint& p : points)
        if (static_cast<double>(p.false_regions) <= rule.false_regions_most && p.found > best.found)
            best = p;
    return best;
}

RegionCurve region_curve(const Volume& error, const Volume& sd, const Mask& where,
                         double risky_error, double frozen_threshold, const RegionRule& rule) {
    IQT_ASSERT(error.voxels.size() == sd.voxels.size());
    IQT_ASSERT(error.voxels.size() == where.voxels.size());
    const Errors errors = find_errors(error, where, risky_error, rule);
    RegionCurve out;
    out.regions = errors.sizes.size();
    if (out.regions > 0) {
        const auto all = static_cast<double>(
            std::accumulate(errors.sizes.begin(), errors.sizes.end(), std::size_t{0}));
        out.largest_share = static_cast<double>(errors.sizes[0]) / all;
        out.largest_ml = static_cast<double>(errors.sizes[0]) * voxel_ml(error.geometry);
    }
    std::vector<float> values;
    for (std::size_t v = 0; v < where.voxels.size(); ++v)
        if (where.voxels[v] != 0) values.push_back(sd.voxels[v]);
    for (const double share : kFlaggedShares)
        out.points.push_back(point_at(errors, sd, where, grid::quantile(values, 1 - share), rule));
    out.at_threshold = point_at(errors, sd, where, frozen_threshold, rule);
    return out;
}

}  // namespace iqt::models::train
