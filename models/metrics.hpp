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

/// Root mean square error over a mask of one's own, in the volumes' units; 0 for an empty mask.
double rmse_over(const Volume& truth, const Volume& image, const Mask& where);

/// The score that ranked the ULF-EnC challenge 2025 (64 mT to 3 T), and its four parts.
struct UlfEncScore {
    double score = 0;  ///< 1.15 for equal images, as the parts below add up
    double ssim = 0;
    double psnr_db = 0;  ///< mean over the voxels of each voxel's own PSNR; 80 where it is equal
    double mae = 0;      ///< mean absolute error of the scaled volumes
    double nmse = 0;     ///< mean square error over the truth's mean square, at most 1
};

/// score = 0.7 SSIM + 0.1 PSNR / 32 + 0.1 (1 - MAE) + 0.1 (1 - NMSE), over a brain mask. Each
/// volume is scaled to 0..1 by its own least and largest voxel (of all, not of the mask) and then
/// set to 0 outside the mask, as the challenge does. Its PSNR is not the usual one: the mean over
/// the voxels of 10 log10(1 / (error^2 + 1e-8)), which is higher than that of the mean error. SSIM
/// as in compare(), data range 1. Source: khtohidulislam/ULF-EnC-Challenge,
/// final_evaluation_script.py at 9c4f784. Assumed: the challenge's masks, which came with its data,
/// are like ours, and its SSIM's reflected edges make no difference (a brain does not touch the
/// volume's edge).
UlfEncScore ulf_enc_score(const Volume& truth, const Volume& image, const Mask& brain);

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
