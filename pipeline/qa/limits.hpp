// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace iqt::qa {

/// Beyond `banner` a series is enhanced with a banner on every warning image, beyond `decline` not
/// at all. Chosen between what simulated 64 mT heads of the training subjects and real 0.055 T
/// slices give and what wrong inputs give (`iqt-train input-qa`; ARCHITECTURE D-014).
struct Limit {
    double banner = 0, decline = 0;
};

inline constexpr double kSnrMin = 4.5;              ///< banner below
inline constexpr double kSnrMax = 60;               ///< banner above
inline constexpr Limit kSnrPerMm3{8, 20};           ///< above: 64 mT gives 0.5 to 4
inline constexpr double kAcquiredInPlaneMmMax = 3;  ///< banner above
inline constexpr Limit kGhost{0.15, 0.3};
inline constexpr Limit kMotionMm{2.0, 6.0};
inline constexpr Limit kOrderRatio{1.25, 1.8};
/// Of sagittal slices, which resemble those of the other half of the head.
inline constexpr Limit kOrderRatioSagittal{1.8, 2.2};
inline constexpr double kHistogramDistanceMax = 0.15;  ///< banner above
/// Of an object that is seen whole.
inline constexpr Limit kHeadMlMin{800, 400};
/// Shape is judged only where the object's smallest extent is at least this; a thinner slab of a
/// head looks like a slab of anything, so that it can only get a banner.
inline constexpr double kJudgedExtentMmMin = 75;
inline constexpr Limit kLikenessMin{0.87, 0.84};
inline constexpr Limit kMirrorGain{0.025, 0.04};
/// Whatever the extent: a slab that holds too little of the brain has no such figure.
inline constexpr Limit kAnatomyGain{0.03, 0.06};
/// Of the reference: where less is seen, its gain gives a banner at most.
inline constexpr double kAnatomySeenMin = 0.85;

}  // namespace iqt::qa
