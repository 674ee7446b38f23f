// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/core/result.hpp"
#include "pipeline/core/volume.hpp"

/// NIfTI-1/2 files (libnifti's room). World space of a file is RAS; volumes here are LPS.
namespace iqt::models::nifti {

/// Reads a 3-D .nii or .nii.gz with scl_slope applied; sform before qform.
/// Errors: NotFound, InvalidInput (no 3-D image, shear, a truncated file), OutOfResources.
Result<Volume> read(const std::filesystem::path& file);

/// Writes float32; `description` goes to the header (80 bytes). Errors: Io, OutOfResources.
Status write(const std::filesystem::path& file, const Volume& volume,
             const std::string& description);

/// Writes volumes of one geometry as one 4-D file, in order.
Status write_4d(const std::filesystem::path& file, const std::vector<const Volume*>& volumes,
                const std::string& description);

/// Writes a mask as uint8.
Status write(const std::filesystem::path& file, const Mask& mask, const std::string& description);

}  // namespace iqt::models::nifti
