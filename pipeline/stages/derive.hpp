// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/output.hpp"
#include "pipeline/core/series.hpp"

namespace iqt::stages {

/// One gain for the whole series: the smallest power of two >= 1 that puts the 99.9 percentile at
/// 1024 or more (and never the maximum above 65535).
double stored_gain(const Volume& volume);

/// Rounds and clips a volume to 16 bits with one gain; counts what was clipped. The window is the
/// source's where it has one, else from robust percentiles; given in stored values.
StoredPixels to_stored(const Volume& volume, double gain, const Window& window_source_units);

/// Window for display in source units: the source's own, else 0.5 and 99.5 percentile.
Window display_window(const SourceSeries& source);

/// Pixels and pages of all wanted outputs; `uncertainty` only where the model has any. Pure: equal
/// input, equal bytes.
DerivedImages derive(const SourceSeries& source, const Enhancement& enhancement,
                     const Assessment& assessment, const std::vector<OutputKind>& outputs,
                     int revision);

}  // namespace iqt::stages
