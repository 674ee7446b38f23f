// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"

/// Drawing (Cairo's room): warning images, notices and previews.
namespace iqt::render {

struct WarningPageStyle {
    Window window;                     ///< of the pixels, in stored values
    double total_sd_threshold = 0;     ///< in source units, for the legend; 0 = model has no SD
    double residual_threshold = 0;     ///< in noise SDs, for the legend
    std::string model_line;            ///< "iqt-ur 1.0.0 (0a1b2c)"
    std::string series_line;           ///< "T2, 36 slices -> 180" - never patient data
    std::vector<std::string> banners;  ///< further warning lines
};

/// Draws enhanced slice k in grey through the window with the classes of the mask outlined over
/// it, legend with scale, kIntendedUse and kUnmarked, orientation letters and the window in the
/// padding around the anatomy, never over it. Not assessed is hatched. All pages of one series
/// have one size. Equal input gives equal pixels.
WarningPage draw_warning_page(const StoredPixels& enhanced, const Mask& mask, int k,
                              const WarningPageStyle& style);

/// One page of plain text: why a series was declined, held or given up.
RgbImage draw_notice(const std::string& title, const std::vector<std::string>& paragraphs);

/// Orientation letter(s) of a direction in LPS, e.g. "L", "PH" (PS3.3 C.7.6.1.1.1).
std::string orientation_letters(const Vec3& direction_lps);

}  // namespace iqt::render
