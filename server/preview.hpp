// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "pipeline/core/result.hpp"

namespace iqt::server {

/// Folders with the DICOM objects of one series each.
struct PreviewFolders {
    std::filesystem::path source, enhanced, warning;
};

/// Writes PNGs that show input, enhanced and warning side by side with one window: three slices of
/// the stack, and one cut along each in-plane axis (where thick slices show most). Returns the
/// files. Errors: NotFound, InvalidInput, Io.
Result<std::vector<std::filesystem::path>> write_previews(const PreviewFolders& folders,
                                                          const std::filesystem::path& output);

}  // namespace iqt::server
