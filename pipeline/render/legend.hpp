// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/output.hpp"
#include "pipeline/render/text.hpp"

namespace iqt::render {

/// One warning class in a legend.
struct LegendEntry {
    WarningBit bit = kNotAssessed;
    bool checked = false;  ///< false: nothing was looked for; shown dim and without its mark
    std::string text;
};

/// A sample of the class as it looks on a warning page, and the text beside it, wrapped.
RgbImage legend_cell(const LegendEntry& entry, const Font& font, int width_px);

/// Width at which the text of a cell stays on one line.
int legend_width_px(const LegendEntry& entry, const Font& font);

/// Three significant digits, never in powers of ten below a million.
std::string number_text(double value);

}  // namespace iqt::render
