// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "pipeline/qa/stack.hpp"

namespace iqt::qa {

/// How many times finer the pixels along in-plane axis `axis` (0: i, 1: j) are than what was
/// acquired: 1 / share of the spatial frequencies that hold power, from the step in the mean power
/// spectrum of lines through the head. 1 where there is no such step.
double zero_fill_factor(const Stack& stack, int axis);

/// Amplitude of an N/2 ghost along the stronger of both in-plane axes, over the median of the head:
/// from the mean square of the air that half a field of view separates from the head, against air
/// that it does not. Nothing where too little air is left for either.
std::optional<double> ghost_share(const Stack& stack);

}  // namespace iqt::qa
