// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/nets/familiarity.hpp"
#include "models/train/dataset.hpp"

namespace iqt::models::train {

/// Statistics of the trunk's features over blocks of the training subjects, `blocks_each` of every
/// subject, acquired with random settings but with their own intensities: what the network knows.
/// Deterministic by seed.
nets::Familiarity fit_familiarity(nets::IqtUr& network, const std::vector<Subject>& subjects,
                                  int blocks_each, std::uint64_t seed);

/// Where the threshold is put: the share of head voxels of calibration scans that lie beyond it.
inline constexpr double kUnfamiliarShare = 0.005;

struct FamiliarityScan {
    std::string name;
    std::vector<float> distance;  ///< at sampled head voxels
};

/// The distance that a share of kUnfamiliarShare of the voxels exceeds, scans weighing alike; not
/// below 1.2. Scans must not be empty.
double unfamiliar_threshold(const std::vector<FamiliarityScan>& scans);

}  // namespace iqt::models::train
