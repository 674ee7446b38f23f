// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "pipeline/core/volume.hpp"

namespace iqt::models::train {

/// Share of the in-plane power of a series in rings of spatial frequency: ring n holds the
/// frequencies from edges[n] (left out) to edges[n + 1] (included), in shares of the highest one
/// that the pixels can hold along an axis (Nyquist; the corners beyond it are left out). Shares of
/// what lies between the first and the last edge; they add up to 1, or are 0 where there is no
/// power. Each slice less its mean, through a Hann window; powers summed over the slices (along k).
std::vector<double> power_shares(const Volume& slices, const std::vector<double>& edges);

}  // namespace iqt::models::train
