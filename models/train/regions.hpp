// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "models/tissue.hpp"
#include "pipeline/core/volume.hpp"

/// Where something is in a volume: the brain, tissues, connected regions.
namespace iqt::models::train {

/// Voxels of the mask that hang together by their faces, largest region first: sizes in voxels.
/// `label` (if given) gets the number of each voxel's region, from 1.
std::vector<std::size_t> connected_regions(const Mask& mask, std::vector<int>* label = nullptr);

/// The brain, roughly: what is above half the darkest tissue's mean (T1: half of grey matter's),
/// eroded by 4 mm so that it comes off the scalp, its largest region, dilated again. In volumes
/// that hold nothing but the brain, close to all of it.
Mask brain_mask(const Volume& high_quality, Contrast contrast);

/// The mask with everything within so many mm removed (negative: added); by faces, voxel by voxel.
Mask eroded(const Mask& mask, double mm);

/// 1 white, 2 grey, 3 fluid inside the mask, by the likeliest class of a given mixture: one
/// mixture, fitted to the truth, judges every image of it alike.
Mask segment(const Volume& volume, const Mask& brain, const Tissues& tissues);

}  // namespace iqt::models::train
