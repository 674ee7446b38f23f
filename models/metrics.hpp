// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "pipeline/core/volume.hpp"

namespace iqt::models {

/// How close an image is to the truth, over the voxels that count.
struct Metrics {
    double psnr_db = 0;  ///< infinite for equal images
    double ssim = 0;
    double rmse = 0;           ///< in the volumes' units
    double peak = 0;           ///< the truth's 99.5 percentile
    std::uint64_t voxels = 0;  ///< that counted; 0: nothing to compare, all figures 0
};

/// Compares on one grid (asserted). Voxels count where the truth is above 5 % of its 99.5
/// percentile, which is also the peak, and where `known` (if given; same grid) is not zero.
/// SSIM: uniform 7x7x7 window, K1 = 0.01, K2 = 0.03, sample covariances, data range = peak,
/// averaged over the same voxels. Source: Wang et al. 2004, in three dimensions.
Metrics compare(const Volume& truth, const Volume& image, const Mask* known = nullptr);

/// Voxels that compare() counts.
Mask counted_voxels(const Volume& truth, const Mask* known = nullptr);

/// PSNR over a mask of one's own; the peak is still the truth's 99.5 percentile.
double psnr_over(const Volume& truth, const Volume& image, const Mask& where);

/// Multi-scale SSIM (Wang et al. 2003) in three dimensions: five scales (fewer where an axis would
/// fall below one window), each half of the one before by averaging 2 x 2 x 2 voxels; contrast and
/// structure averaged over the counted voxels of each scale, luminance of the coarsest.
double multi_scale_ssim(const Volume& truth, const Volume& image, const Mask& counted);

/// High-frequency error norm (Ravishankar & Bresler 2011): norm of the difference of both volumes'
/// Laplacians of Gaussians (sigma 1.5 voxels) over the norm of the truth's, over the mask.
double high_frequency_error(const Volume& truth, const Volume& image, const Mask& counted);

/// Marks the voxels of `grid` that a high-quality volume says something about: those whose eight
/// neighbours in it are not exactly 0. Zeros are where a face or everything but the brain was cut
/// away.
Mask known_voxels(const Volume& high_quality, const Geometry& grid);

}  // namespace iqt::models
