// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/column.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace iqt::render {

namespace {
constexpr int kBannerPadding_px = 6;
constexpr int kBannerLinesMax = 4;
}  // namespace

void Column::text(std::string_view text, const Font& font, Color ink, int lines_max) {
    for (const std::string& line : wrap(text, font, width_px_, lines_max))
        image(draw_line(line, font, ink, kPaper));
}

void Column::banner(std::string_view text, Font largest, int smallest_px, Color ink, Color box,
                    int height_min_px) {
    const int room_px = width_px_ - 2 * kBannerPadding_px;
    const Font font = fit(text, largest, smallest_px, room_px);
    const std::vector<std::string> lines = wrap(text, font, room_px, kBannerLinesMax);
    const int lines_px = static_cast<int>(lines.size()) * line_height_px(font);
    RgbImage strip =
        blank(width_px_, std::max(height_min_px, lines_px + 2 * kBannerPadding_px), box);
    int top_px = (strip.height - lines_px) / 2;
    for (const std::string& line : lines) {
        const RgbImage drawn = draw_line(line, font, ink, box);
        blit(drawn, strip, (width_px_ - drawn.width) / 2, top_px);
        top_px += line_height_px(font);
    }
    image(std::move(strip));
}

void Column::image(RgbImage image, int left_px) {
    const int height_px = image.height;
    placed_.push_back({std::move(image), left_px, height_px_});
    height_px_ += height_px;
}

void Column::row(std::vector<RgbImage> images, const std::vector<int>& lefts_px) {
    int highest_px = 0;
    for (std::size_t n = 0; n < images.size(); ++n) {
        highest_px = std::max(highest_px, images[n].height);
        placed_.push_back({std::move(images[n]), lefts_px[n], height_px_});
    }
    height_px_ += highest_px;
}

void Column::draw(RgbImage& onto, int left_px, int top_px) const {
    for (const Placed& block : placed_)
        blit(block.image, onto, left_px + block.left_px, top_px + block.top_px);
}

}  // namespace iqt::render
