// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "pipeline/qa/stack.hpp"

namespace iqt::qa {

/// Dissimilarity (1 - correlation) summed along the order of the slices, over the weight of the
/// minimum spanning tree of all pairs. 1 where the order is the one in which neighbours are most
/// alike; shuffled or wrongly interleaved slices give more. Slices without enough head are left
/// out; nothing where fewer than six remain.
std::optional<double> order_ratio(const Stack& stack);

/// RMS, over both in-plane axes, of how far a slice lies off the middle of its two neighbours, in
/// mm, by sub-pixel correlation of neighbouring slices. A head at rest still gives its own shape's
/// changes. Nothing where fewer than six slices hold enough head.
std::optional<double> motion_mm(const Stack& stack);

}  // namespace iqt::qa
