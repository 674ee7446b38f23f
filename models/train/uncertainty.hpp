// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/volume.hpp"

/// How well a map of standard deviations tells where an image is wrong, voxel by voxel.
namespace iqt::models::train {

/// What a map said and what was true, voxel beside voxel, in the volumes' units.
struct VoxelSamples {
    std::vector<float> sd, error;  ///< error: image less truth
};

/// Levels of the reliability curve, (n + 0.5) / 20, and shares removed of the sparsification curve,
/// n / 50.
inline constexpr std::size_t kReliabilityLevels = 20, kSparsificationSteps = 50;
/// Share of the voxels that `recall_at_quarter` flags.
inline constexpr double kFlaggedShare = 0.25;

/// Everything that is counted over one set of voxels; risky: |error| above the caller's limit.
struct VoxelScores {
    std::size_t n = 0;
    double risky_share = 0;
    double spearman = 0;           ///< of SD and |error|
    double auc = 0;                ///< of risky voxels; 0.5 where all or none are risky
    double recall_at_quarter = 0;  ///< of risky voxels among the 25 % of highest SD
    /// At the threshold: share of risky voxels flagged, of others flagged, of all flagged.
    double recall = 0, false_positive_rate = 0, flagged_share = 0;
    /// Area between the sparsification curve and that of the |error| itself, and the same of a
    /// random order, in units of the RMSE over all (Ilg et al. 2018).
    double ause = 0, ause_random = 0;
    double mean_z2 = 0;  ///< of (error / SD)^2
    std::array<double, kIntervalLevels.size()> coverage{};
    double calibration_error = 0;  ///< mean |level - coverage| of the reliability curve
    /// RMSE of what is left when a share n / 50 of highest SD (of highest |error|) is removed, over
    /// the RMSE of all.
    std::array<double, kSparsificationSteps> by_sd{}, by_error{};
    std::array<double, kReliabilityLevels> reliability{};
};

/// A map's scores, and those of a perfect map with the same SDs.
struct VoxelComparison {
    VoxelScores map, perfect;
};

/// Samples of the voxels of a mask. All on one grid (asserted).
VoxelSamples sample_voxels(const Volume& truth, const Volume& image, const Volume& sd,
                           const Mask& where);

/// Scores of samples; equal SDs share their rank, so that a constant map knows nothing. A voxel is
/// flagged where its SD exceeds `sd_threshold`. SDs of 0 count as 1e-6 of `risky_error`.
VoxelScores score_voxels(const VoxelSamples& samples, double risky_error, double sd_threshold,
                         const IntervalFactors& factors = kNormalFactors);

/// Mean of (error / SD)^2; 0 without samples.
double mean_z2(const VoxelSamples& samples);

/// What a perfect map would look like: SDs times sqrt(variance_factor), and errors drawn from them
/// (normal, independent, a function of the seed and the voxel's number).
VoxelSamples redrawn(const VoxelSamples& samples, double variance_factor, std::uint64_t seed);

/// Scores the samples, and beside them redrawn ones whose mean z^2 is one (in normal intervals).
VoxelComparison compare_with_perfect(const VoxelSamples& samples, double risky_error,
                                     double sd_threshold, std::uint64_t seed,
                                     const IntervalFactors& factors = kNormalFactors);

}  // namespace iqt::models::train
