// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/volume.hpp"

namespace iqt::grid {

/// Standard deviation of the noise of the complex channels, in the volume's units, estimated from
/// the series itself: median absolute deviation of the in-plane diagonal Haar band inside the
/// foreground, divided by 0.6745; smooth anatomy contributes little to that band.
/// Source: Donoho & Johnstone 1994 (MAD of the finest diagonal band). 0 for a constant volume.
double estimate_noise_sd(const Volume& source);

/// Value below which the given share (0..1) of voxels lies; linear between order statistics.
double percentile(const Volume& volume, double share);

/// 99.5 percentile over the foreground (Otsu's threshold): the scale that models normalise by.
double foreground_scale(const Volume& volume);

/// Threshold that separates background from foreground best (Otsu 1979, 256 bins).
double otsu_threshold(const Volume& volume);

}  // namespace iqt::grid
