// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/core/output.hpp"

namespace iqt::render {

/// One page of plain text: why a series was declined, held or given up.
RgbImage draw_notice(const std::string& title, const std::vector<std::string>& paragraphs);

/// What the summary page of one series says; never patient data.
struct Summary {
    std::string model_line;            ///< "iqt-ur 1.0.0 (0a1b2c)"
    std::string series_line;           ///< "T2, 36 slices -> 180"
    std::vector<std::string> banners;  ///< as on every warning image
    std::vector<std::string> input;    ///< the check of the input: verdict, findings, figures
    std::vector<WarningClass> classes;
    double assessed_ml = 0;
};

/// One page of figures about an enhanced series: what the input was like and how much of the
/// assessed volume each warning class marks. Equal input gives equal pixels on one machine.
RgbImage draw_summary(const Summary& summary);

}  // namespace iqt::render
