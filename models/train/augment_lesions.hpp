// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <random>
#include <vector>

#include "models/train/lesions.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

/// Lesions put into a piece of a high-quality head (1.0: bright tissue) before it is simulated: a
/// network that never saw one takes it for noise. Each function raises `weights`, what an error in
/// a voxel costs (1 outside lesions), to 1 + 6 (5 mm / diameter)^1.5, at most 12, where it painted.
/// All are functions of the random numbers alone.
namespace iqt::models::train {

/// Up to six ellipsoids of 2.5 to 20 mm anywhere in the head, brighter or darker than what they lie
/// in, with sharp or soft edges. Returns the weights.
Volume add_lesions(Volume& volume, std::mt19937_64& random);

/// `count` more of 2.5 to 6 mm. What an estimator keeps of a faint spot is how likely it takes a
/// lesion to be there, so that a network that is to keep small ones has to see many.
void add_small_lesions(Volume& volume, Volume& weights, int count, std::mt19937_64& random);

/// Some of the MS-like lesions planned at the ventricles, each 0.8 to 1.25 times as large as
/// planned: darker (T1) or brighter (T2, FLAIR) than the tissue beyond their far tip, either where
/// the contrast is unknown. Planned lesions are in the frame of the volume's geometry.
void add_periventricular(Volume& volume, Volume& weights, const std::vector<Lesion>& planned,
                         std::optional<Contrast> contrast, std::mt19937_64& random);

}  // namespace iqt::models::train
