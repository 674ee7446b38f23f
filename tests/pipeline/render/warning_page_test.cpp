// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/warning_page.hpp"

#include <algorithm>
#include <cmath>
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/render/class_overlay.hpp"
#include "tests/pipeline/render/phantom.hpp"

namespace iqt::render {
namespace {

WarningPageStyle style_of(const Window& window) {
    WarningPageStyle style;
    style.window = window;
    style.total_sd_threshold = 12.5;
    style.residual_threshold = 5;
    style.model_line = "iqt-ur 1.0.0 (0a1b2c)";
    style.series_line = "T2, 36 slices -> 180";
    return style;
}

/// The linear window function of PS3.3 C.11.2.1.2.1 written down once more.
std::uint8_t expected_grey(int value, const Window& window) {
    if (value <= window.center - 0.5 - (window.width - 1) / 2) return 0;
    if (value > window.center - 0.5 + (window.width - 1) / 2) return 255;
    const double grey = ((value - (window.center - 0.5)) / (window.width - 1) + 0.5) * 255;
    return static_cast<std::uint8_t>(std::lround(grey));
}

Rect anatomy_of(const WarningPage& page, const Geometry& geometry) {
    return {page.left_px, page.top_px, geometry.size[0] * page.scale,
            geometry.size[1] * page.scale};
}

/// Calls `check(x, y, i, j)` for each pixel of the anatomy; x and y from its corner.
template <class Check>
void for_each_pixel(const WarningPage& page, const Geometry& geometry, Check check) {
    const Rect area = anatomy_of(page, geometry);
    for (int y = 0; y < area.height; ++y)
        for (int x = 0; x < area.width; ++x) check(x, y, x / page.scale, y / page.scale);
}

/// Grey without any mark at a pixel of the anatomy.
Color bare(const StoredPixels& pixels, int i, int j, int k) {
    const std::uint8_t grey = expected_grey(pixels.grid.at(i, j, k), pixels.window);
    return {grey, grey, grey};
}

Color shown(const WarningPage& page, int x, int y) {
    return color_at(page.image, page.left_px + x, page.top_px + y);
}

/// Pixels of the given colour outside the anatomy.
int count_outside(const WarningPage& page, const Geometry& geometry, Color color) {
    const Rect area = anatomy_of(page, geometry);
    int count = 0;
    for (int y = 0; y < page.image.height; ++y)
        for (int x = 0; x < page.image.width; ++x) {
            const bool inside = x >= area.left && x < area.left + area.width && y >= area.top &&
                                y < area.top + area.height;
            if (!inside && color_at(page.image, x, y) == color) ++count;
        }
    return count;
}

TEST(WarningPage, ShowsUnmarkedVoxelsInTheirExactGrey) {
    for (const std::array<int, 3> size : {std::array{64, 50, 3}, {180, 218, 2}, {448, 330, 2}}) {
        const Geometry geometry = phantom::transverse(size);
        const StoredPixels pixels = phantom::head(geometry);
        const Mask mask = phantom::findings(geometry);
        const WarningPage page = draw_warning_page(pixels, mask, 1, style_of(pixels.window));
        int wrong = 0, compared = 0;
        for_each_pixel(page, geometry, [&](int x, int y, int i, int j) {
            if (mask.at(i, j, 1) != 0) return;
            ++compared;
            if (shown(page, x, y) != bare(pixels, i, j, 1)) ++wrong;
        });
        EXPECT_EQ(wrong, 0) << "of " << compared << " pixels, grid " << size[0];
        EXPECT_GT(compared, size[0] * size[1] / 2);
    }
}

TEST(WarningPage, WindowRunsFromBlackToWhiteAsTheStandardSays) {
    StoredPixels pixels;
    pixels.grid = Grid<std::uint16_t>(phantom::transverse({5, 1, 1}));
    pixels.grid.voxels = {0, 50, 100, 150, 65535};
    pixels.window = {100, 101};
    const WarningPage page =
        draw_warning_page(pixels, Mask(pixels.grid.geometry), 0, style_of(pixels.window));
    std::vector<int> greys;
    for (int i = 0; i < 5; ++i) greys.push_back(shown(page, i * page.scale, 0).red);
    EXPECT_EQ(greys, (std::vector<int>{0, 1, 129, 255, 255}));
}

TEST(WarningPage, OutlinesOnlyVoxelsOfTheirClassAndMarksSingleOnes) {
    const Geometry geometry = phantom::transverse({180, 200, 1});
    const StoredPixels pixels = phantom::head(geometry);
    for (const WarningBit bit : {kUncertain, kUnfamiliar, kInconsistent}) {
        Mask mask(geometry);
        for (int j = 60; j < 100; ++j)
            for (int i = 40; i < 90; ++i) mask.at(i, j, 0) = bit;
        mask.at(120, 120, 0) = bit;
        mask.at(0, 0, 0) = bit;
        const WarningPage page = draw_warning_page(pixels, mask, 0, style_of(pixels.window));
        ASSERT_GE(page.scale, 2);
        for_each_pixel(page, geometry, [&](int x, int y, int i, int j) {
            const bool in_rectangle = i >= 40 && i < 90 && j >= 60 && j < 100;
            const bool at_border = x < 40 * page.scale + 2 || x >= 90 * page.scale - 2 ||
                                   y < 60 * page.scale + 2 || y >= 100 * page.scale - 2;
            const bool single = (i == 120 && j == 120) || (i == 0 && j == 0);
            const bool marked = shown(page, x, y) != bare(pixels, i, j, 0);
            ASSERT_EQ(marked, single || (in_rectangle && at_border)) << "voxel " << i << ", " << j;
        });
        EXPECT_EQ(shown(page, 120 * page.scale, 120 * page.scale), class_color(bit));
        EXPECT_EQ(shown(page, 40 * page.scale, 80 * page.scale), class_color(bit));
    }
}

TEST(WarningPage, BorderOfSeveralClassesShowsThemAll) {
    const Geometry geometry = phantom::transverse({120, 120, 1});
    const StoredPixels pixels = phantom::head(geometry);
    Mask mask(geometry);
    for (int j = 30; j < 80; ++j)
        for (int i = 30; i < 80; ++i) mask.at(i, j, 0) = kUncertain | kUnfamiliar | kInconsistent;
    const WarningPage page = draw_warning_page(pixels, mask, 0, style_of(pixels.window));
    for (const WarningBit bit : {kUncertain, kUnfamiliar, kInconsistent}) {
        int found = 0;
        for_each_pixel(page, geometry, [&](int x, int y, int, int) {
            if (shown(page, x, y) == class_color(bit)) ++found;
        });
        EXPECT_GT(found, 100) << "class " << int{bit};
    }
}

TEST(WarningPage, HatchesVoxelsThatWereNotAssessedAndNoOthers) {
    const Geometry geometry = phantom::transverse({160, 160, 1});
    const StoredPixels pixels = phantom::head(geometry);
    Mask mask(geometry);
    for (int j = 0; j < 160; ++j)
        for (int i = 0; i < 80; ++i) mask.at(i, j, 0) = kNotAssessed;
    const WarningPage page = draw_warning_page(pixels, mask, 0, style_of(pixels.window));
    int hatched = 0, total = 0;
    for_each_pixel(page, geometry, [&](int x, int y, int i, int j) {
        const bool changed = shown(page, x, y) != bare(pixels, i, j, 0);
        ASSERT_EQ(changed, i < 80 && is_on_hatching(x, y)) << i << ", " << j;
        total += i < 80;
        hatched += changed;
    });
    EXPECT_GT(hatched, total / 20) << "the hatching must be seen";
    EXPECT_LT(hatched, total / 6) << "the anatomy must stay readable";
}

TEST(WarningPage, AllPagesOfASeriesHaveOneSizeAndPlace) {
    const Geometry geometry = phantom::transverse({112, 130, 120});
    const StoredPixels pixels = phantom::head(geometry);
    const Mask mask = phantom::findings(geometry);
    const WarningPainter painter(pixels, mask, style_of(pixels.window));
    const WarningPage first = painter.page(0);
    for (const int k : {8, 9, 98, 99, 119}) {
        const WarningPage page = painter.page(k);
        EXPECT_EQ(page.image.width, first.image.width);
        EXPECT_EQ(page.image.height, first.image.height);
        EXPECT_EQ(page.left_px, first.left_px);
        EXPECT_EQ(page.top_px, first.top_px);
        EXPECT_EQ(page.scale, first.scale);
        EXPECT_EQ(page.image.pixels.size(),
                  static_cast<std::size_t>(page.image.width * page.image.height) * 3);
    }
}

TEST(WarningPage, PagesDifferOutsideTheAnatomyOnlyInTheirNumber) {
    const Geometry geometry = phantom::transverse({100, 100, 12});
    const StoredPixels pixels = phantom::head(geometry);
    const Mask mask(geometry);
    const WarningPainter painter(pixels, mask, style_of(pixels.window));
    const WarningPage a = painter.page(2), b = painter.page(10);
    const Rect area = anatomy_of(a, geometry);
    int differences = 0;
    for (int y = 0; y < a.image.height; ++y)
        for (int x = 0; x < a.image.width; ++x) {
            if (x >= area.left && x < area.left + area.width && y >= area.top &&
                y < area.top + area.height)
                continue;
            if (color_at(a.image, x, y) == color_at(b.image, x, y)) continue;
            ++differences;
            EXPECT_LT(y, area.top);
            EXPECT_GT(x, a.image.width / 2);
        }
    EXPECT_GT(differences, 20) << "3 and 11 must not look alike";
}

TEST(WarningPage, EqualInputGivesEqualBytesFromAnyThread) {
    const Geometry geometry = phantom::transverse({96, 110, 6});
    const StoredPixels pixels = phantom::head(geometry);
    const Mask mask = phantom::findings(geometry);
    const WarningPageStyle style = style_of(pixels.window);
    const WarningPainter painter(pixels, mask, style);
    std::vector<std::future<WarningPage>> pages;
    for (int k = 0; k < 6; ++k)
        pages.push_back(std::async(std::launch::async, [&painter, k] { return painter.page(k); }));
    for (int k = 0; k < 6; ++k)
        EXPECT_EQ(pages[static_cast<std::size_t>(k)].get().image.pixels,
                  draw_warning_page(pixels, mask, k, style).image.pixels);
}

TEST(WarningPage, BannerOfIntendedUseTakesFivePercentOfTheHeight) {
    for (const std::array<int, 3> size :
         {std::array{3, 2, 1}, {160, 200, 1}, {448, 448, 1}, {64, 1500, 1}}) {
        const Geometry geometry = phantom::transverse(size);
        const StoredPixels pixels = phantom::head(geometry);
        const WarningPage page =
            draw_warning_page(pixels, Mask(geometry), 0, style_of(pixels.window));
        // The box is as wide as the text above it: its left edge lies 12 pixels in, or further in
        // on pages wider than the text may be.
        const int x = std::max(12, (page.image.width - 1200) / 2) + 1;
        int rows = 0;
        for (int y = 0; y < page.image.height; ++y)
            if (color_at(page.image, x, y) == Color{176, 0, 32}) ++rows;
        EXPECT_GE(rows * 20, page.image.height) << size[0] << " x " << size[1];
    }
}

TEST(WarningPage, GrowsForBannersAndNeverCoversTheAnatomyWithThem) {
    const Geometry geometry = phantom::transverse({90, 90, 2});
    const StoredPixels pixels = phantom::head(geometry);
    WarningPageStyle style = style_of(pixels.window);
    const WarningPage plain = draw_warning_page(pixels, Mask(geometry), 0, style);
    style.banners = {"OVERRIDE", std::string(600, 'W'), "bytes \xff\xfe that are not text"};
    style.model_line = std::string(500, 'm');
    style.series_line = "";
    const WarningPage page = draw_warning_page(pixels, Mask(geometry), 0, style);
    EXPECT_GT(page.image.height, plain.image.height + 60);
    EXPECT_EQ(page.image.width, plain.image.width);
    for_each_pixel(page, geometry, [&](int x, int y, int i, int j) {
        ASSERT_EQ(shown(page, x, y), bare(pixels, i, j, 0));
    });
    EXPECT_GT(count_outside(page, geometry, {240, 228, 66}), 2000) << "the caution's yellow";
}

TEST(WarningPage, LegendShowsEachClassThatWasCheckedOrFound) {
    const Geometry geometry = phantom::transverse({80, 80, 2});
    const StoredPixels pixels = phantom::head(geometry);
    WarningPageStyle style = style_of(pixels.window);
    const auto legend_has = [&](const Mask& mask, WarningBit bit) {
        const WarningPage page = draw_warning_page(pixels, mask, 0, style);
        return count_outside(page, geometry, class_color(bit)) > 20;
    };
    const Mask nothing(geometry);
    EXPECT_TRUE(legend_has(nothing, kUncertain));
    EXPECT_TRUE(legend_has(nothing, kInconsistent));
    EXPECT_FALSE(legend_has(nothing, kUnfamiliar));
    style.unfamiliar_threshold = 1.5;
    EXPECT_TRUE(legend_has(nothing, kUnfamiliar));
    style = {};
    style.window = pixels.window;
    EXPECT_FALSE(legend_has(nothing, kUncertain));
    Mask found(geometry);
    found.at(3, 3, 1) = kUncertain | kUnfamiliar | kInconsistent;  // on another slice
    for (const WarningBit bit : {kUncertain, kUnfamiliar, kInconsistent})
        EXPECT_TRUE(legend_has(found, bit)) << int{bit};
}

TEST(WarningPage, LegendTellsTheScaleOfEachThresholdOfTheSeries) {
    const Geometry geometry = phantom::transverse({80, 80, 1});
    const StoredPixels pixels = phantom::head(geometry);
    WarningPageStyle style = style_of(pixels.window);
    style.unfamiliar_threshold = 1.5;
    const auto drawn = [&] {
        return draw_warning_page(pixels, Mask(geometry), 0, style).image.pixels;
    };
    const auto unknown_noise = drawn();
    style.noise_sd = 23.4;
    const auto known_noise = drawn();
    EXPECT_NE(known_noise, unknown_noise);
    style.noise_sd = 12.1;
    const auto other_noise = drawn();
    EXPECT_NE(other_noise, known_noise);
    style.unfamiliar_threshold = 1.7;
    EXPECT_NE(drawn(), other_noise);
}

TEST(WarningPage, TakesGridsOfAnySize) {
    for (const std::array<int, 3> size :
         {std::array{1, 1, 1}, {1, 700, 1}, {2000, 1, 1}, {1025, 900, 1}, {33000, 2, 1}}) {
        const Geometry geometry = phantom::transverse(size);
        const StoredPixels pixels = phantom::head(geometry);
        const Mask mask = phantom::findings(geometry);
        const WarningPage page = draw_warning_page(pixels, mask, 0, style_of(pixels.window));
        const Rect area = anatomy_of(page, geometry);
        EXPECT_GT(area.left, 0);
        EXPECT_GT(area.top, 0);
        EXPECT_LT(area.left + area.width, page.image.width);
        EXPECT_LT(area.top + area.height, page.image.height);
        EXPECT_GE(page.scale, 1);
        EXPECT_LE(page.scale, 3);
    }
}

TEST(WarningPage, MagnifiesSmallGridsOnly) {
    const auto scale_of = [](int columns, int rows) {
        const Geometry geometry = phantom::transverse({columns, rows, 1});
        const StoredPixels pixels = phantom::head(geometry);
        return draw_warning_page(pixels, Mask(geometry), 0, style_of(pixels.window)).scale;
    };
    EXPECT_EQ(scale_of(64, 64), 3);
    EXPECT_EQ(scale_of(180, 218), 2);
    EXPECT_EQ(scale_of(320, 320), 1);
    EXPECT_EQ(scale_of(448, 448), 1);
}

}  // namespace
}  // namespace iqt::render
