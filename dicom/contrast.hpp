// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/core/series.hpp"

/// Internal to dicom/: T1, T2, FLAIR or none of these. Pure; no DCMTK.
namespace iqt::dicom {

/// What a header says about the contrast of one frame; times in milliseconds.
struct ContrastHints {
    std::string acquisition_contrast;  ///< upper case; "" = not stated
    std::optional<double> repetition_time_ms, echo_time_ms, inversion_time_ms;
    bool echo_planar = false;
    bool balanced = false;  ///< unspoiled steady state: mixed weighting whatever the times
    /// Keyword and text of the attributes that people write names into, most specific first.
    std::vector<std::pair<std::string, std::string>> names;
};

struct ContrastFinding {
    std::optional<Contrast> contrast;
    std::string source;  ///< keyword of the attribute that decided; "" where none did
};

/// AcquisitionContrast decides where it is stated (a stated other contrast too); then the times;
/// then the first name that says exactly one contrast. Names of balanced sequences veto, since the
/// models know spin echoes and spoiled gradient echoes only.
ContrastFinding find_contrast(const ContrastHints& hints);

/// Lower-case runs of letters and digits, in order.
std::vector<std::string> words_of(std::string_view text);
/// Whether one of the words of a text is one of these (lower case).
bool has_word(std::string_view text, const std::vector<std::string_view>& words);

}  // namespace iqt::dicom
