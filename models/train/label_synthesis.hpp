// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "models/train/dataset.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::models::train {

/// A head made of a FreeSurfer-like label map: one mean per tissue (drawn around what the contrast
/// shows), one for each further label, smooth texture inside, partial volume at borders.
/// Deterministic by seed. Source of the idea: Billot et al. 2023 (SynthSeg). Errors: those of
/// nifti::read.
Result<Subject> synthesize(const std::filesystem::path& labels, Contrast contrast,
                           std::uint64_t seed);

}  // namespace iqt::models::train
