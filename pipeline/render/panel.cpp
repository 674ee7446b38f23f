// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/panel.hpp"

#include <algorithm>

#include "pipeline/core/assert.hpp"
#include "pipeline/render/column.hpp"
#include "pipeline/render/raster.hpp"
#include "pipeline/render/text.hpp"

namespace iqt::render {
namespace {

constexpr int kPanelMargin_px = 16, kGap_px = 16, kCellMin_px = 160, kCellMinOfOne_px = 480;
constexpr Font kPanelTitle{20, Weight::Bold}, kCaption{15, Weight::Bold},
    kPanelLetters{15, Weight::Bold};

/// One part's caption, the room for the letters beside it, and its whole width.
struct Cell {
    Column caption;
    int side_px = 0, width_px = 0;
};

int side_px(const EdgeLetters& letters) {
    const int widest_px = std::max(text_width_px(letters.left, kPanelLetters),
                                   text_width_px(letters.right, kPanelLetters));
    return letters.left.empty() && letters.right.empty() ? 0 : widest_px + 8;
}

Cell make_cell(const PanelPart& part, int width_min_px) {
    const int side = side_px(part.letters);
    const int width = std::max(part.image.width + 2 * side, width_min_px);
    Cell cell{Column(width - side), side, width};
    cell.caption.text(part.caption, kCaption, kInk, 3);
    return cell;
}

void draw_part(RgbImage& page, const PanelPart& part, int left_px, int top_px) {
    blit(part.image, page, left_px, top_px);
    const auto letters = [&](const std::string& text, auto place) {
        if (text.empty()) return;
        const RgbImage image = draw_line(text, kPanelLetters, kInk, kPaper);
        const auto [x, y] = place(image);
        blit(image, page, x, y);
    };
    struct Point {
        int x, y;
    };
    const int right_px = left_px + part.image.width, bottom_px = top_px + part.image.height;
    const auto middle_x = [&](const RgbImage& image) {
        return left_px + (part.image.width - image.width) / 2;
    };
    const auto middle_y = [&](const RgbImage& image) {
        return top_px + (part.image.height - image.height) / 2;
    };
    letters(part.letters.left, [&](const RgbImage& i) {
        return Point{left_px - 4 - i.width, middle_y(i)};
    });
    letters(part.letters.right, [&](const RgbImage& i) {
        return Point{right_px + 4, middle_y(i)};
    });
    letters(part.letters.top, [&](const RgbImage& i) {
        return Point{middle_x(i), top_px - 1 - i.height};
    });
    letters(part.letters.bottom, [&](const RgbImage& i) {
        return Point{middle_x(i), bottom_px + 1};
    });
}

}  // namespace

RgbImage draw_panel(const std::vector<PanelPart>& parts, const std::string& title) {
    IQT_ASSERT(!parts.empty());
    const int cell_min_px = parts.size() == 1 ? kCellMinOfOne_px : kCellMin_px;
    std::vector<Cell> cells;
    int width_px = 2 * kPanelMargin_px - kGap_px, caption_px = 0, image_px = 0;
    for (const PanelPart& part : parts) {
        cells.push_back(make_cell(part, cell_min_px));
        width_px += cells.back().width_px + kGap_px;
        caption_px = std::max(caption_px, cells.back().caption.height());
        image_px = std::max(image_px, part.image.height);
    }
    const int strip_px = width_px - 2 * kPanelMargin_px;
    Column head(strip_px), foot(strip_px);
    if (!title.empty()) head.text(title, kPanelTitle, kInk, 3);
    head.space(8);
    foot.banner(kIntendedUse, {22, Weight::Bold}, 12, {255, 255, 255}, kAlarm, 0);

    const int letters_px = line_height_px(kPanelLetters) + 4;
    const int captions_top_px = kPanelMargin_px + head.height();
    const int images_top_px = captions_top_px + caption_px + letters_px;
    const int foot_top_px = images_top_px + image_px + letters_px + 4;
    RgbImage page = blank(width_px, foot_top_px + foot.height() + kPanelMargin_px, kPaper);
    head.draw(page, kPanelMargin_px, kPanelMargin_px);
    int left_px = kPanelMargin_px;
    for (std::size_t n = 0; n < parts.size(); ++n) {
        const int part_left_px = left_px + cells[n].side_px;
        cells[n].caption.draw(page, left_px + cells[n].side_px, captions_top_px);
        draw_part(page, parts[n], part_left_px, images_top_px);
        left_px += cells[n].width_px + kGap_px;
    }
    foot.draw(page, kPanelMargin_px, foot_top_px);
    return page;
}

}  // namespace iqt::render
