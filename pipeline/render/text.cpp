// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include <cairo.h>

#include "pipeline/core/assert.hpp"

namespace iqt::render {
namespace {

constexpr int kSideBearing_px = 1;   // room for glyphs that reach over their advance
constexpr int kWidthMax_px = 30000;  // an image surface holds at most 32767

struct SurfaceDeleter {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct ContextDeleter {
    void operator()(cairo_t* context) const { cairo_destroy(context); }
};

/// A surface, its context and the font chosen on it.
class Pen {
  public:
    Pen(int width, int height, const Font& font)
        : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)),
          context_(cairo_create(surface_.get())) {
        IQT_ASSERT(cairo_status(context_.get()) == CAIRO_STATUS_SUCCESS);
        cairo_font_options_t* const options = cairo_font_options_create();
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_ON);
        cairo_set_font_options(context_.get(), options);
        cairo_font_options_destroy(options);
        cairo_select_font_face(
            context_.get(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
            font.weight == Weight::Bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
        cairo_set_font_size(context_.get(), font.size_px);
    }

    int width_px(const std::string& text) const {
        cairo_text_extents_t extents{};
        cairo_text_extents(context_.get(), text.c_str(), &extents);
        const double width = std::max(extents.x_advance, extents.x_bearing + extents.width);
        return std::min(kWidthMax_px, static_cast<int>(std::ceil(width))) + 2 * kSideBearing_px;
    }

    cairo_t* context() const { return context_.get(); }
    cairo_surface_t* surface() const { return surface_.get(); }

  private:
    std::unique_ptr<cairo_surface_t, SurfaceDeleter> surface_;
    std::unique_ptr<cairo_t, ContextDeleter> context_;
};

void set_color(cairo_t* context, Color color) {
    cairo_set_source_rgb(context, color.red / 255.0, color.green / 255.0, color.blue / 255.0);
}

/// Length of the valid UTF-8 sequence at the front of the text; 0 where there is none (RFC 3629 4).
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(text[n]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xc2   ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t n = 1; n < length; ++n)
        if ((byte(n) & 0xc0U) != 0x80U) return 0;
    const unsigned char second = byte(1);
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool surrogate = lead == 0xed && second >= 0xa0;
    const bool beyond = lead == 0xf4 && second >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

/// Longest front of valid text, whole characters, at least one, that fits the width.
std::size_t fitting_front(const Pen& pen, const std::string& text, int width_px) {
    std::size_t end = sequence_length(text);
    while (end < text.size()) {
        const std::size_t next = end + sequence_length(std::string_view(text).substr(end));
        if (pen.width_px(text.substr(0, next)) > width_px) break;
        end = next;
    }
    return end;
}

void shorten(const Pen& pen, std::string& line, int width_px) {
    while (!line.empty() && pen.width_px(line + "...") > width_px) {
        do {
            const bool inside_a_character =
                (static_cast<unsigned char>(line.back()) & 0xc0U) == 0x80U;
            line.pop_back();
            if (!inside_a_character) break;
        } while (!line.empty());
    }
    line += "...";
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t at = text.find_first_not_of(' '); at != std::string::npos;) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = text.find_first_not_of(' ', end);
    }
    return words;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0)
            out += '?';
        else if (length == 1 && (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f))
            out += ' ';
        else
            out += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

int text_width_px(std::string_view text, const Font& font) {
    return Pen(1, 1, font).width_px(printable(text));
}

// DejaVu's ascent is 0.93 and its descent 0.24 of the size.
int line_height_px(const Font& font) {
    return font.size_px * 5 / 4 + 2;
}

RgbImage draw_line(std::string_view text, const Font& font, Color ink, Color paper) {
    const std::string line = printable(text);
    const int width = Pen(1, 1, font).width_px(line);
    const int height = line_height_px(font);
    const Pen pen(width, height, font);
    set_color(pen.context(), paper);
    cairo_paint(pen.context());
    set_color(pen.context(), ink);
    cairo_move_to(pen.context(), kSideBearing_px, font.size_px);
    cairo_show_text(pen.context(), line.c_str());
    IQT_ASSERT(cairo_status(pen.context()) == CAIRO_STATUS_SUCCESS);
    cairo_surface_flush(pen.surface());

    RgbImage image = blank(width, height, paper);
    const unsigned char* const rows = cairo_image_surface_get_data(pen.surface());
    const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(pen.surface()));
    for (int y = 0; y < height; ++y) {
        const auto* row =
            reinterpret_cast<const std::uint32_t*>(rows + static_cast<std::size_t>(y) * stride);
        for (int x = 0; x < width; ++x)
            put(image, x, y,
                {static_cast<std::uint8_t>(row[x] >> 16U), static_cast<std::uint8_t>(row[x] >> 8U),
                 static_cast<std::uint8_t>(row[x])});
    }
    return image;
}

std::vector<std::string> wrap(std::string_view text, const Font& font, int width_px,
                              int lines_max) {
    const Pen pen(1, 1, font);
    std::vector<std::string> lines;
    std::string line;
    for (std::string word : words_of(printable(text))) {
        if (!line.empty() && pen.width_px(line + ' ' + word) <= width_px) {
            line += ' ' + word;
            continue;
        }
        if (!line.empty()) lines.push_back(std::move(line));
        while (static_cast<int>(lines.size()) <= lines_max && pen.width_px(word) > width_px) {
            const std::size_t front = fitting_front(pen, word, width_px);
            if (front >= word.size()) break;
            lines.push_back(word.substr(0, front));
            word.erase(0, front);
        }
        line = std::move(word);
        // One line beyond the limit is enough to know that the text has to be shortened.
        if (static_cast<int>(lines.size()) > lines_max) break;
    }
    lines.push_back(std::move(line));
    if (static_cast<int>(lines.size()) > lines_max) {
        lines.resize(static_cast<std::size_t>(std::max(1, lines_max)));
        shorten(pen, lines.back(), width_px);
    }
    return lines;
}

Font fit(std::string_view text, Font largest, int smallest_px, int width_px) {
    while (largest.size_px > smallest_px && text_width_px(text, largest) > width_px)
        --largest.size_px;
    return largest;
}

}  // namespace iqt::render
