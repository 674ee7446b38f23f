// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/plot.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace iqt::render {
namespace {

int count(const RgbImage& image, Color color) {
    int n = 0;
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) n += color_at(image, x, y) == color ? 1 : 0;
    return n;
}

PlotLine line(int color, std::vector<PlotPoint> points, std::string name = {}) {
    return {std::move(name), std::move(points), color, Stroke::Solid, Marks::None};
}

TEST(NiceTicks, AreRoundAndEncloseTheRange) {
    EXPECT_EQ(nice_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
    for (const auto& [low, high] :
         {std::pair{0.0013, 0.0297}, {-3.3, 17.0}, {20.0, 4180.0}, {1e9, 1.1e9}, {-5.0, -4.99}}) {
        const auto ticks = nice_ticks(low, high, 6);
        ASSERT_GE(ticks.size(), 2U);
        EXPECT_LE(ticks.size(), 18U);
        EXPECT_LE(ticks.front(), low + 1e-9 * std::abs(low));
        EXPECT_GE(ticks.back(), high - 1e-9 * std::abs(high));
    }
}

TEST(NiceTicks, OfOneValueStillMakeARange) {
    for (const double value : {0.0, 7.0, -1e-9, 1e12}) {
        const auto ticks = nice_ticks(value, value, 5);
        ASSERT_GE(ticks.size(), 2U) << value;
        EXPECT_LE(ticks.front(), value);
        EXPECT_GE(ticks.back(), value);
    }
}

TEST(TickLabel, HasTheDecimalsOfItsStep) {
    EXPECT_EQ(tick_label(0.3, 0.1), "0.3");
    EXPECT_EQ(tick_label(1, 0.2), "1.0");
    EXPECT_EQ(tick_label(2000, 500), "2000");
    EXPECT_EQ(tick_label(0.005, 0.005), "0.005");
    EXPECT_EQ(tick_label(-1e-17, 0.5), "0.0");
}

TEST(PlotColors, AreSixDifferentOnesAndThenStartAgain) {
    for (int a = 0; a < 6; ++a)
        for (int b = 0; b < a; ++b) EXPECT_NE(plot_color(a), plot_color(b));
    EXPECT_EQ(plot_color(6), plot_color(0));
    EXPECT_EQ(plot_stroke(4), plot_stroke(0));
}

TEST(DrawPlots, DrawsARisingLineFromTheLowerLeftToTheUpperRight) {
    const RgbImage image = draw_plots({{"", "x", "y", {line(0, {{0, 0}, {10, 10}})}}}, 640, 400);
    int first_y = -1, last_y = -1;
    for (int x = 0; x < image.width; ++x)
        for (int y = 0; y < image.height; ++y)
            if (color_at(image, x, y) == plot_color(0)) {
                if (first_y < 0) first_y = y;
                last_y = y;
            }
    EXPECT_GT(first_y, 250);
    EXPECT_LT(last_y, 100);
}

TEST(DrawPlots, AreStackedAndEqualInputGivesEqualPixels) {
    const Plot plot{"Loss", "steps", "loss", {line(1, {{0, 3}, {1, 2}, {2, 2}}, "a run")}};
    const RgbImage one = draw_plots({plot}, 640, 300), two = draw_plots({plot, plot}, 640, 300);
    EXPECT_EQ(one.width, 640);
    EXPECT_EQ(two.height - one.height, 300);
    EXPECT_EQ(one.pixels, draw_plots({plot}, 640, 300).pixels);
    EXPECT_EQ(count(two, plot_color(1)), 2 * count(one, plot_color(1)));
}

TEST(DrawPlots, ALegendNamesEveryLineThatHasAName) {
    Plot plot{"", "x", "y", {line(2, {{0, 0}, {1, 1}})}};
    const int without = count(draw_plots({plot}, 640, 300), plot_color(2));
    plot.lines[0].name = "named";
    EXPECT_NE(count(draw_plots({plot}, 640, 300), plot_color(2)), without);
    plot.lines.push_back(line(3, {}, "no points yet"));
    EXPECT_GT(count(draw_plots({plot}, 640, 300), plot_color(3)), 20);
}

TEST(DrawPlots, PointsThatAreNoNumbersInterruptTheLine) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto inked = [](const std::vector<PlotPoint>& points) {
        return count(draw_plots({{"", "", "", {line(0, points)}}}, 640, 300), plot_color(0));
    };
    const int whole = inked({{0, 0}, {1, 1}, {2, 0}, {3, 1}});
    const int broken = inked({{0, 0}, {1, 1}, {1.5, nan}, {2, 0}, {3, 1}});
    EXPECT_GT(broken, 0);
    EXPECT_LT(broken, 0.8 * whole);
}

TEST(DrawPlots, WithoutAPointStillGiveAnImage) {
    EXPECT_EQ(draw_plots({{"Empty", "x", "y", {}}}, 100, 50).width, 480);
    EXPECT_GT(count(draw_plots({{"Empty", "x", "y", {}}}, 500, 300), {255, 255, 255}), 1000);
}

}  // namespace
}  // namespace iqt::render
