// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/render/column.hpp"
#include "pipeline/render/raster.hpp"
#include "pipeline/render/text.hpp"
#include "pipeline/render/warning_page.hpp"

namespace iqt::render {
namespace {

constexpr int kWidth_px = 1024, kHeightMin_px = 768, kPageMargin_px = 56, kFootMin_px = 64;
constexpr int kParagraphLinesMax = 40, kTextHeightMax_px = 4000;
constexpr Font kPageTitle{32, Weight::Bold}, kPageBody{21, Weight::Normal};

}  // namespace

RgbImage draw_notice(const std::string& title, const std::vector<std::string>& paragraphs) {
    Column text(kWidth_px - 2 * kPageMargin_px);
    text.text(title, kPageTitle, kInk, 4);
    text.space(12);
    text.image(blank(text.width(), 2, kDimInk));
    std::size_t shown = 0;
    while (shown < paragraphs.size() && text.height() < kTextHeightMax_px) {
        text.space(20);
        text.text(paragraphs[shown++], kPageBody, kInk, kParagraphLinesMax);
    }
    if (shown < paragraphs.size()) {
        text.space(20);
        text.text("... and " + std::to_string(paragraphs.size() - shown) +
                      " further paragraphs, which the job in the node holds",
                  kPageBody, kDimInk, 2);
    }
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

}  // namespace iqt::render
