// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "pipeline/core/volume.hpp"

namespace iqt::integration {

/// What a test wants a Swoop-like series to say.
struct SourceText {
    std::string patient_name = "IQTTEST^SYNTHETIC";
    std::string plane = "AXI";
    std::string uid_seed = "1";  ///< equal seeds give equal UIDs
};

/// Takes the header of a real Hyperfine object, completes it as far as the node's own outputs
/// depend on it (empty Type 2 patient and study attributes, frame of reference, dimensions, dates
/// of each frame) and puts the slices of `low_field` (slices along k, reading order) in place of
/// its frames. Returns the SeriesInstanceUID.
std::string write_completed_hyperfine(const std::filesystem::path& header, const Volume& low_field,
                                      const SourceText& text, const std::filesystem::path& file);

}  // namespace iqt::integration
