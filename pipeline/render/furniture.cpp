// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/furniture.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "pipeline/render/column.hpp"
#include "pipeline/render/legend.hpp"
#include "pipeline/render/panel.hpp"
#include "pipeline/render/raster.hpp"
#include "pipeline/render/text.hpp"

namespace iqt::render {
namespace {

constexpr int kStripMin_px = 480, kStripMax_px = 1200;  // width of the text above and below
constexpr int kMargin_px = 12;
constexpr int kAnatomyMin_px = 320;  // magnified until its shorter side is this long
constexpr int kScaleMax = 3;
constexpr double kBannerShare = 0.05;  // of the page's height, at least
constexpr std::size_t kBannersMax = 8;
constexpr Font kTitle{20, Weight::Bold}, kNumber{17, Weight::Bold}, kLetters{18, Weight::Bold};
constexpr Font kBody{13, Weight::Normal}, kStrong{16, Weight::Bold};

/// "residual > 5 noise SDs (1 SD = 23.4 source units), or 4 SDs over 5 mm".
std::string residual_text(const WarningPageStyle& style) {
    std::string text = "residual > " + number_text(style.residual_threshold) + " noise SDs";
    if (style.noise_sd > 0) text += " (1 SD = " + number_text(style.noise_sd) + " source units)";
    if (style.patch_residual_threshold > 0)
        text += ", or " + number_text(style.patch_residual_threshold) + " SDs over 5 mm";
    return text;
}

/// "distance to the training data > 1.84 (about 1 there)".
std::string unfamiliar_text(const WarningPageStyle& style) {
    if (!(style.unfamiliar_threshold > 0)) return "unlike the training data";
    return "distance to the training data > " + number_text(style.unfamiliar_threshold) +
           " (about 1 there)";
}

std::vector<LegendEntry> legend_of(std::uint8_t bits_in_use, const WarningPageStyle& style) {
    const bool uncertain = style.total_sd_threshold > 0 || (bits_in_use & kUncertain) != 0;
    const bool unfamiliar = style.unfamiliar_threshold > 0 || (bits_in_use & kUnfamiliar) != 0;
    const bool inconsistent = style.residual_threshold > 0 || (bits_in_use & kInconsistent) != 0;
    const std::string sd = number_text(style.total_sd_threshold);
    return {
        {kUncertain, uncertain,
         uncertain ? "Uncertain: total SD > " + sd + " source units"
                   : "Uncertain: not estimated by this model"},
        {kUnfamiliar, unfamiliar,
         "Unfamiliar: " + (unfamiliar ? unfamiliar_text(style) : "not checked by this model")},
        {kInconsistent, inconsistent,
         "Inconsistent: " + (inconsistent ? residual_text(style) : "not checked")},
        {kNotAssessed, true, "Not assessed: no statement is made here"},
    };
}

void add_legend(Column& column, std::uint8_t bits_in_use, const WarningPageStyle& style) {
    const std::vector<LegendEntry> entries = legend_of(bits_in_use, style);
    int widest_px = 0;
    for (const LegendEntry& entry : entries)
        widest_px = std::max(widest_px, legend_width_px(entry, kBody) + kMargin_px);
    if (2 * widest_px <= column.width()) {
        const int half_px = column.width() / 2;
        for (std::size_t n = 0; n < entries.size(); n += 2)
            column.row({legend_cell(entries[n], kBody, half_px),
                        legend_cell(entries[n + 1], kBody, half_px)},
                       {0, half_px});
    } else {
        for (const LegendEntry& entry : entries)
            column.image(legend_cell(entry, kBody, column.width()));
    }
}

/// What stands below the anatomy, apart from the banner of intended use.
Column explanation(int width_px, double gain, std::uint8_t bits_in_use,
                   const WarningPageStyle& style) {
    Column column(width_px);
    const std::size_t shown = std::min(style.banners.size(), kBannersMax);
    for (std::size_t n = 0; n < shown; ++n) {
        column.space(4);
        column.banner(style.banners[n], {16, Weight::Bold}, 13, {0, 0, 0}, kCaution, 0);
    }
    if (shown < style.banners.size()) {
        column.space(4);
        column.banner("... and " + std::to_string(style.banners.size() - shown) +
                          " further warnings: see the job",
                      {16, Weight::Bold}, 13, {0, 0, 0}, kCaution, 0);
    }
    column.space(8);
    column.text(kUnmarked, kStrong, kCaution, 2);
    column.space(4);
    add_legend(column, bits_in_use, style);
    column.space(4);
    std::string window = "Window: centre " + number_text(style.window.center) + ", width " +
                         number_text(style.window.width);
    window += gain == 1 ? " (pixel value = source unit)"
                        : " (pixel value = " + number_text(gain) + " x source unit)";
    column.text(window, kBody, kDimInk, 2);
    return column;
}

Column heading(int width_px, const WarningPageStyle& style) {
    Column column(width_px);
    column.image(draw_line("IQT warning map", kTitle, kInk, kPaper));
    if (!style.model_line.empty()) column.text("Model: " + style.model_line, kBody, kDimInk, 2);
    if (!style.series_line.empty()) column.text("Series: " + style.series_line, kBody, kDimInk, 2);
    return column;
}

Column intended_use(int width_px, int other_height_px) {
    Column column(width_px);
    const double height_px = other_height_px * kBannerShare / (1 - kBannerShare);
    column.banner(kIntendedUse, {24, Weight::Bold}, 14, {255, 255, 255}, kAlarm,
                  static_cast<int>(std::ceil(height_px)) + 1);
    return column;
}

int magnification(const Geometry& geometry) {
    const int shorter = std::max(1, std::min(geometry.size[0], geometry.size[1]));
    return std::clamp((kAnatomyMin_px + shorter - 1) / shorter, 1, kScaleMax);
}

void draw_letters(RgbImage& page, const Rect& anatomy, const EdgeLetters& letters) {
    const int height_px = line_height_px(kLetters);
    const auto draw = [&](const std::string& text, double share_x, double share_y) {
        if (text.empty()) return;
        const RgbImage image = draw_line(text, kLetters, kInk, kPaper);
        // -1: before the anatomy; 0: centred on it; 1: behind it.
        const int x = share_x < 0   ? anatomy.left - 6 - image.width
                      : share_x > 0 ? anatomy.left + anatomy.width + 6
                                    : anatomy.left + (anatomy.width - image.width) / 2;
        const int y = share_y < 0   ? anatomy.top - 3 - height_px
                      : share_y > 0 ? anatomy.top + anatomy.height + 3
                                    : anatomy.top + (anatomy.height - height_px) / 2;
        blit(image, page, x, y);
    };
    draw(letters.left, -1, 0);
    draw(letters.right, 1, 0);
    draw(letters.top, 0, -1);
    draw(letters.bottom, 0, 1);
}

/// "Slice n / N", right-aligned on the heading's first line.
void prepare_number(WarningFurniture& furniture, int right_px, int top_px, int slices) {
    const RgbImage after = draw_line(" / " + std::to_string(slices), kNumber, kInk, kPaper);
    furniture.number_word = draw_line("Slice ", kNumber, kInk, kPaper);
    for (std::size_t digit = 0; digit < furniture.digits.size(); ++digit)
        furniture.digits[digit] = draw_line(std::to_string(digit), kNumber, kInk, kPaper);
    furniture.number_right_px = right_px - after.width;
    furniture.number_top_px = top_px;
    blit(after, furniture.background, furniture.number_right_px, top_px);
}

}  // namespace

WarningFurniture make_furniture(const Geometry& geometry, double gain, std::uint8_t bits_in_use,
                                const WarningPageStyle& style) {
    WarningFurniture furniture;
    const int scale = furniture.scale = magnification(geometry);
    const Vec3& down = geometry.axes[1];
    const EdgeLetters letters = edge_letters(geometry.axes[0], down);
    const int side_px = 12 + std::max(text_width_px(letters.left, kLetters),
                                      text_width_px(letters.right, kLetters));
    const int band_px = line_height_px(kLetters) + 6;
    Rect anatomy{0, 0, geometry.size[0] * scale, geometry.size[1] * scale};
    const int width_px = std::max(anatomy.width + 2 * side_px, kStripMin_px + 2 * kMargin_px);
    const int strip_px = std::min(width_px - 2 * kMargin_px, kStripMax_px);
    const int strip_left_px = (width_px - strip_px) / 2;

    const Column head = heading(strip_px, style);
    const Column foot = explanation(strip_px, gain, bits_in_use, style);
    const int rest_px =
        2 * kMargin_px + head.height() + 2 * band_px + anatomy.height + foot.height();
    const Column banner = intended_use(strip_px, rest_px);

    furniture.background = blank(width_px, rest_px + banner.height(), kPaper);
    anatomy.left = (width_px - anatomy.width) / 2;
    anatomy.top = kMargin_px + head.height() + band_px;
    const int banner_top_px = anatomy.top + anatomy.height + band_px;
    head.draw(furniture.background, strip_left_px, kMargin_px);
    banner.draw(furniture.background, strip_left_px, banner_top_px);
    foot.draw(furniture.background, strip_left_px, banner_top_px + banner.height());
    draw_letters(furniture.background, anatomy, letters);
    prepare_number(furniture, strip_left_px + strip_px, kMargin_px + 2, geometry.size[2]);
    furniture.left_px = anatomy.left;
    furniture.top_px = anatomy.top;
    return furniture;
}

}  // namespace iqt::render
