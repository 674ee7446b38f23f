// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "models/train/lowfield.hpp"
#include "pipeline/core/ports.hpp"

namespace iqt::models::train {

/// One PNG for a series: all its slices below each other, interpolated, enhanced, and (where there
/// is one) as at 3 T. The series is enhanced although it is outside the model's domain; the page
/// says so. `low_field` and `high_field` have their real voxel sizes. Errors: Io, and the models'.
Status draw_low_field_figure(const FieldPair& pair, const Volume& low_field,
                             const Volume& high_field, Enhancer& cubic, Enhancer& model,
                             const std::filesystem::path& folder);

}  // namespace iqt::models::train
