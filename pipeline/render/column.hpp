// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/render/raster.hpp"
#include "pipeline/render/text.hpp"

namespace iqt::render {

inline constexpr Color kPaper{0, 0, 0};
inline constexpr Color kInk{236, 236, 236};
inline constexpr Color kDimInk{168, 168, 168};
inline constexpr Color kAlarm{176, 0, 32};      // white on it: contrast 7 to 1
inline constexpr Color kCaution{240, 228, 66};  // black on it: contrast 15 to 1

/// Text and images stacked below each other on a strip of fixed width.
class Column {
  public:
    explicit Column(int width_px) : width_px_(width_px) {}

    void space(int height_px) { height_px_ += height_px; }
    /// Wrapped text, left-aligned.
    void text(std::string_view text, const Font& font, Color ink, int lines_max);
    /// Wrapped text in the middle of a box as wide as the strip. The text shrinks to `smallest_px`
    /// before it wraps; the box is at least `height_min_px` high.
    void banner(std::string_view text, Font largest, int smallest_px, Color ink, Color box,
                int height_min_px);
    void image(RgbImage image, int left_px = 0);
    /// Images beside each other, at these left edges.
    void row(std::vector<RgbImage> images, const std::vector<int>& lefts_px);

    int width() const { return width_px_; }
    int height() const { return height_px_; }
    /// Copies the strip onto an image.
    void draw(RgbImage& onto, int left_px, int top_px) const;

  private:
    struct Placed {
        RgbImage image;
        int left_px, top_px;
    };
    int width_px_, height_px_ = 0;
    std::vector<Placed> placed_;
};

}  // namespace iqt::render
