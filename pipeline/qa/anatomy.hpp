// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "pipeline/qa/inside.hpp"

namespace iqt::qa {

/// Share of the variance inside the brain that the reference (anatomy_reference.hpp) explains.
struct AnatomyFit {
    double upright = 0;   ///< as the positions say
    double mirrored = 0;  ///< with the series turned upside down, back to front, or both
    double seen = 0;      ///< least share of the reference in the field of view in these two
};

/// Lays the reference over the series in each pose, wherever, however tilted and at whatever size
/// it explains most; brightness of fluid, grey, white and other matter are free in each placement,
/// so that any contrast is compared alike. Left and right cannot be told apart. Nothing where the
/// field of view holds too little of a brain, or no pose explains enough to be one.
/// Pure; about a second on one core for any series that is large enough for a brain.
std::optional<AnatomyFit> compare_anatomy(const Inside& inside);

}  // namespace iqt::qa
