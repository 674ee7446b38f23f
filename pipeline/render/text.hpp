// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/render/raster.hpp"

/// Text as pixels. Sizes come from the installed font (DejaVu Sans where there is one): equal input
/// gives equal pixels on one machine, not across machines. Bytes that are not UTF-8 are shown as
/// '?', control characters as spaces. Safe from any thread.
namespace iqt::render {

enum class Weight { Normal, Bold };

struct Font {
    int size_px = 13;
    Weight weight = Weight::Normal;
};

/// Width of the image that draw_line makes.
int text_width_px(std::string_view text, const Font& font);

/// Height of the image that draw_line makes; distance between the tops of two lines.
int line_height_px(const Font& font);

/// One line of text, cropped to it.
RgbImage draw_line(std::string_view text, const Font& font, Color ink, Color paper);

/// Breaks text at spaces (a word that is too long, within it) so that each line fits the width. At
/// most `lines_max` lines; the last one then ends in "...". Never empty: no text is one empty line.
std::vector<std::string> wrap(std::string_view text, const Font& font, int width_px, int lines_max);

/// The largest font between `largest` and `smallest_px` in which the text fits the width; at
/// `smallest_px` it may still be too wide.
Font fit(std::string_view text, Font largest, int smallest_px, int width_px);

/// Text that is valid UTF-8 without control characters.
std::string printable(std::string_view text);

}  // namespace iqt::render
