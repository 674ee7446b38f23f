// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "pipeline/core/enhancement.hpp"

namespace iqt::models::train {

/// What the network said and what was true at sampled foreground voxels of one scan, in shares of
/// the scan's foreground scale.
struct CalibrationScan {
    std::string name;
    Contrast contrast = Contrast::T1;
    std::vector<float> error, intrinsic_variance, parameter_variance;
    std::vector<bool> in_brain;         ///< of the same voxels
    std::vector<float> residual;        ///< Consistency::voxel at native voxels of the head
    std::vector<float> patch_residual;  ///< Consistency::patch there
    std::vector<float> native_error;    ///< the error seen through the forward model there
};

/// Shares of the risky voxels and of the others that a class marks.
struct Rates {
    double tpr = 0, fpr = 0;
    std::size_t n = 0;  ///< voxels looked at
};
Rates rates_of(const std::vector<bool>& marked, const std::vector<bool>& risky);

/// What stage 3 freezes, and how good it was on the scans that it was fitted to.
struct Calibration {
    double variance_scale = 1;
    double total_sd_threshold = 0, residual_threshold = 0, patch_residual_threshold = 0;
    double risky_error = 0, risky_share = 0;  ///< |error| that the first threshold is to find
    double tpr = 0, fpr = 0, auc = 0, rank_correlation = 0;  ///< over the brain
    /// |error| / total SD that the shares kIntervalLevels of the voxels do not exceed.
    IntervalFactors interval_factors{};
    std::array<double, kIntervalLevels.size()> coverage{};  ///< of normal intervals
    /// Of the class inconsistent, at voxels of the scan; risky: where the error, as the scanner
    /// would see it, exceeds half of `risky_error`.
    Rates inconsistent;
    double parameter_share = 0;  ///< of the total variance, in the mean
};

/// The factor on the intrinsic variance for which the mean of error^2 / (s * intrinsic + parameter)
/// is one, scans weighing alike.
double fit_variance_scale(const std::vector<CalibrationScan>& scans);

/// Stage 3 (Tanno et al. 2021, section 4.5): variance scaling, then the threshold on the total SD
/// with the highest F1 for voxels of the brain whose |error| exceeds `risky_error` (skull and
/// scalp, whose errors are larger and which nobody reads, would set it otherwise); the residual
/// threshold is the 99.9 percentile of the residual, at least 4, that of patches the 99.5
/// percentile, at least 3.5. Variance and intervals are those of the whole head. Scans must not be
/// empty; without any voxel of a brain the head stands for it.
Calibration calibrate(const std::vector<CalibrationScan>& scans, double risky_error);

}  // namespace iqt::models::train
