// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/simulate.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

/// High-quality volumes on disk and how the commands name them.
namespace iqt::models::train {

/// T1, T2 or FLAIR where the file name holds it as a word between '_', '-', '.' or spaces
/// ("philips_T1_1mm.nii.gz", "patient01_T2W.nii"); nothing where it holds none or several.
std::optional<Contrast> contrast_in_name(const std::filesystem::path& file);

/// The .nii and .nii.gz files given, and those directly in the folders given; sorted.
/// Errors: NotFound (a path that is not there, or nothing found at all).
Result<std::vector<std::filesystem::path>> find_volumes(
    const std::vector<std::filesystem::path>& paths);

/// "axial", "sagittal" or "coronal" slices: the axis of this volume to cut across.
std::optional<int> slice_axis_from(const std::string& plane, const Geometry& geometry);

}  // namespace iqt::models::train
