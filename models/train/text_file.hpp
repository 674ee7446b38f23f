// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "pipeline/core/result.hpp"

namespace iqt::models::train {

/// Writes bytes as a file, replacing one that is there. Errors: Io.
inline Status write_text(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (file) return {};
    return fail(ErrorKind::Io, "the file could not be written in full", path.string());
}

}  // namespace iqt::models::train
