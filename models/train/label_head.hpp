// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

namespace iqt::models::train {

/// The head that synthesize makes of a label map, for callers without the network library. Values
/// are shares of the brightest tissue's. Errors: those of synthesize, and InvalidInput for a map
/// without labels.
Result<Volume> head_of_labels(const std::filesystem::path& labels, Contrast contrast,
                              std::uint64_t seed);

}  // namespace iqt::models::train
