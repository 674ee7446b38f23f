// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "models/train/dataset.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::models::train {

/// A head made of a FreeSurfer-like label map: one mean per tissue (drawn around what the contrast
/// shows), one for each further label, smooth texture inside, partial volume at borders.
/// `warped`: also of another shape (HeadWarp), else that of the map. Deterministic by seed. Source
/// of the idea: Billot et al. 2023 (SynthSeg). Errors: those of nifti::read.
Result<Subject> synthesize(const std::filesystem::path& labels, Contrast contrast,
                           std::uint64_t seed, bool warped = false);

/// Every label map of the folder but those of calibration (13, 14), as T1, T2 and FLAIR each, each
/// of a shape of its own.
/// Errors: NotFound, and those of synthesize.
Result<std::vector<Subject>> synthesize_all(const std::filesystem::path& folder,
                                            std::uint64_t seed);

}  // namespace iqt::models::train
