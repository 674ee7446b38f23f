// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/text_page.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "pipeline/render/column.hpp"
#include "pipeline/render/legend.hpp"
#include "pipeline/render/raster.hpp"
#include "pipeline/render/text.hpp"

namespace iqt::render {
namespace {

constexpr int kWidth_px = 1024, kHeightMin_px = 768, kPageMargin_px = 56, kFootMin_px = 64;
constexpr int kParagraphLinesMax = 40, kTextHeightMax_px = 4000;
constexpr Font kPageTitle{32, Weight::Bold}, kPageHead{23, Weight::Bold};
constexpr Font kPageBody{21, Weight::Normal};

Column page_column(const std::string& title) {
    Column text(kWidth_px - 2 * kPageMargin_px);
    text.text(title, kPageTitle, kInk, 4);
    text.space(12);
    text.image(blank(text.width(), 2, kDimInk));
    return text;
}

/// Paragraphs as long as there is room; says how many were left out.
void add_paragraphs(Column& text, const std::vector<std::string>& paragraphs, int gap_px) {
    std::size_t shown = 0;
    while (shown < paragraphs.size() && text.height() < kTextHeightMax_px) {
        text.space(gap_px);
        text.text(paragraphs[shown++], kPageBody, kInk, kParagraphLinesMax);
    }
    if (shown == paragraphs.size()) return;
    text.space(gap_px);
    text.text("... and " + std::to_string(paragraphs.size() - shown) +
                  " further paragraphs, which the job in the node holds",
              kPageBody, kDimInk, 2);
}

/// The text on paper above the banner of intended use.
RgbImage finished_page(Column text) {
    text.space(28);
    const int above_px = std::max(kHeightMin_px - kFootMin_px, kPageMargin_px + text.height());
    Column foot(kWidth_px);
    foot.banner(kIntendedUse, {28, Weight::Bold}, 16, {255, 255, 255}, kAlarm,
                std::max(kFootMin_px, above_px / 18));
    RgbImage page = blank(kWidth_px, above_px + foot.height(), kPaper);
    text.draw(page, kPageMargin_px, kPageMargin_px);
    foot.draw(page, 0, above_px);
    return page;
}

std::string name_of(WarningBit bit) {
    switch (bit) {
        case kUncertain:
            return "Uncertain";
        case kUnfamiliar:
            return "Unfamiliar";
        case kInconsistent:
            return "Inconsistent with the source";
        case kNotAssessed:
            return "Not assessed";
    }
    return "Not assessed";
}

/// "Uncertain: 12.3 ml, 0.8 % of what was assessed".
LegendEntry entry_of(const WarningClass& one, double assessed_ml) {
    LegendEntry entry{one.bit, one.checked, name_of(one.bit) + ": "};
    if (!one.checked) {
        entry.text += "not checked by this model";
        return entry;
    }
    std::array<char, 96> figures{};
    if (one.bit == kNotAssessed)
        std::snprintf(figures.data(), figures.size(), "%.0f ml (air, edges of the slab)",
                      one.volume_ml);
    else
        std::snprintf(figures.data(), figures.size(), "%.1f ml, %.2f %% of what was assessed",
                      one.volume_ml, assessed_ml > 0 ? 100 * one.volume_ml / assessed_ml : 0.0);
    entry.text += figures.data();
    return entry;
}

void add_head(Column& text, const std::string& words) {
    text.space(30);
    text.text(words, kPageHead, kInk, 1);
}

}  // namespace

RgbImage draw_notice(const std::string& title, const std::vector<std::string>& paragraphs) {
    Column text = page_column(title);
    add_paragraphs(text, paragraphs, 20);
    return finished_page(std::move(text));
}

RgbImage draw_summary(const Summary& summary) {
    Column text = page_column("Summary of an enhanced series");
    text.space(14);
    text.text("Model: " + summary.model_line, kPageBody, kDimInk, 2);
    text.text("Series: " + summary.series_line, kPageBody, kDimInk, 2);
    for (const std::string& banner : summary.banners) {
        text.space(10);
        text.banner(banner, {21, Weight::Bold}, 15, {0, 0, 0}, kCaution, 0);
    }
    add_head(text, "Marked in the warning maps");
    for (const WarningClass& one : summary.classes) {
        text.space(10);
        text.image(legend_cell(entry_of(one, summary.assessed_ml), kPageBody, text.width()));
    }
    text.space(10);
    text.text(
        "Assessed: " + number_text(summary.assessed_ml) + " ml. " + std::string(kUnmarked) + ".",
        kPageBody, kCaution, 2);
    add_head(text, "Check of the input");
    add_paragraphs(text, summary.input, 10);
    return finished_page(std::move(text));
}

}  // namespace iqt::render
