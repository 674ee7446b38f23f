// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "models/train/lesions.hpp"
#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/volume.hpp"

/// Lesions put into or taken out of an enhanced volume, and which warnings mark them.
namespace iqt::models::train {

/// Share of a lesion's voxels that has to be marked for it to count as caught.
inline constexpr double kCaughtShare = 0.3;
/// Contrast left, as a share of the truth's, below which a lesion counts as lost.
inline constexpr double kLostShare = 0.5;

/// Shares of voxels that each class of warning marks; `any`: at least one of them.
struct Marked {
    double uncertain = 0, unfamiliar = 0, inconsistent = 0, any = 0;
};

/// Over the voxels of a mask that are not 0; all 0 without any.
Marked marked_in(const Mask& warnings, const Mask& where);
/// Over the voxels whose centres lie in a lesion (the nearest one where it is smaller than that).
Marked marked_in(const Mask& warnings, const Lesion& lesion);

/// The image with `step` added inside each lesion, fading over 1 mm about its edge; not below 0
/// where the image was not.
Volume with_balls_added(const Volume& image, const std::vector<Lesion>& lesions, double step);

/// The image of a sick head with each lesion, out to 2 mm beyond its edge and fading over 1 mm,
/// replaced by what the image of the healthy head shows there.
Volume with_lesions_erased(const Volume& sick, const Volume& healthy,
                           const std::vector<Lesion>& lesions);

/// The mask without what lies within `margin_mm` of a lesion's edge.
Mask away_from(const Mask& where, const std::vector<Lesion>& lesions, double margin_mm);

}  // namespace iqt::models::train
