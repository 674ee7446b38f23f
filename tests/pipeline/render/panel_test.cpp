// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/panel.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "pipeline/render/class_overlay.hpp"
#include "pipeline/render/column.hpp"
#include "pipeline/render/text_page.hpp"
#include "pipeline/render/warning_page.hpp"
#include "tests/pipeline/render/phantom.hpp"

namespace iqt::render {
namespace {

/// A volume whose value tells the patient's position: 100 per mm to the left, 10 back, 1 up.
Volume position_volume(const std::array<Vec3, 3>& axes) {
    Geometry geometry;
    geometry.size = {6, 5, 4};
    geometry.axes = axes;
    Volume volume(geometry);
    for (int k = 0; k < 4; ++k)
        for (int j = 0; j < 5; ++j)
            for (int i = 0; i < 6; ++i) {
                const Vec3 p = geometry.point_lps_mm(i, j, k);
                volume.at(i, j, k) = static_cast<float>(100 * p[0] + 10 * p[1] + p[2]);
            }
    return volume;
}

int grey(const RgbImage& image, int x, int y) {
    return color_at(image, x, y).red;
}

TEST(DrawSlice, PutsTheLeftOfThePatientOnTheRightHoweverItIsStored) {
    const std::array<Vec3, 3> forward{Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}};
    const std::array<Vec3, 3> backward{Vec3{-1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, -1}};
    for (const auto& axes : {forward, backward}) {
        const Volume volume = position_volume(axes);
        const double middle = axes == forward ? 250 : -250;
        const RgbImage transverse = draw_slice(volume, 2, 1, {middle, 1200}, 1.0);
        ASSERT_EQ(transverse.width, 6);
        ASSERT_EQ(transverse.height, 5);
        EXPECT_GT(grey(transverse, 5, 2), grey(transverse, 0, 2)) << "left is on the right";
        EXPECT_GT(grey(transverse, 2, 4), grey(transverse, 2, 0)) << "back is below";
        const RgbImage coronal = draw_slice(volume, 1, 2, {volume.at(3, 2, 1), 8}, 1.0);
        ASSERT_EQ(coronal.width, 6);
        ASSERT_EQ(coronal.height, 4);
        EXPECT_GT(grey(draw_slice(volume, 0, 3, {volume.at(3, 2, 1), 100}, 1.0), 2, 0),
                  grey(draw_slice(volume, 0, 3, {volume.at(3, 2, 1), 100}, 1.0), 2, 3))
            << "the head is above";
    }
}

TEST(DrawSlice, GivesVoxelsTheirExactGreyAtOnePixelAVoxel) {
    const Volume volume = position_volume({Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}});
    const Window window{270, 600};
    const RgbImage image = draw_slice(volume, 2, 3, window, 1.0);
    for (int j = 0; j < 5; ++j)
        for (int i = 0; i < 6; ++i) {
            const double shade = (volume.at(i, j, 3) - window.center) / window.width + 0.5;
            EXPECT_EQ(grey(image, i, j),
                      static_cast<int>(std::lround(std::clamp(shade, 0.0, 1.0) * 255)));
        }
}

TEST(DrawSlice, TwoGridsWithEqualEdgesGiveImagesOfEqualSize) {
    Geometry coarse;
    coarse.size = {112, 136, 36};
    coarse.spacing_mm = {1.6, 1.6, 5};
    const Volume input(coarse, 1), enhanced(refine(coarse, 1.0), 1);
    for (int axis = 0; axis < 3; ++axis) {
        const RgbImage a = draw_slice(input, axis, 0, {1, 2}, 0.5);
        const RgbImage b = draw_slice(enhanced, axis, 0, {1, 2}, 0.5);
        EXPECT_EQ(a.width, b.width);
        EXPECT_EQ(a.height, b.height);
    }
}

TEST(DrawSlice, ShowsValuesThatAreNoNumbersBlackAndBoundsTheSize) {
    Volume volume(phantom::transverse({2, 2, 2}), std::numeric_limits<float>::quiet_NaN());
    EXPECT_EQ(grey(draw_slice(volume, 2, 0, {0, 1}, 1.0), 0, 0), 0);
    const RgbImage image = draw_slice(volume, 2, 0, {0, 0}, 1e-9);
    EXPECT_EQ(image.width, 4096);
    EXPECT_EQ(image.height, 4096);
}

TEST(DrawSlice, MarksTheVoxelsThatTheMaskNames) {
    Volume volume(phantom::transverse({10, 8, 6}), 0.5F);
    volume.geometry.axes = {Vec3{-1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}};  // stored from the left
    Mask mask(volume.geometry);
    mask.at(1, 2, 3) = kUncertain;
    const RgbImage image = draw_slice(volume, mask, 2, 3, {0.5, 1}, 1.0);
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) {
            const bool marked = x == 8 && y == 2;
            EXPECT_EQ(color_at(image, x, y) == class_color(kUncertain), marked) << x << ", " << y;
        }
    EXPECT_EQ(draw_slice(volume, mask, 2, 4, {0.5, 1}, 1.0).pixels,
              draw_slice(volume, 2, 4, {0.5, 1}, 1.0).pixels);
}

TEST(DrawPanel, HoldsAllPartsUnalteredSideBySide) {
    const RgbImage red = blank(50, 40, {250, 1, 1}), green = blank(70, 90, {1, 250, 1});
    const RgbImage panel =
        draw_panel({{red, "Input"}, {green, "Enhanced", {"R", "L", "A", "P"}}}, "T2");
    int reds = 0, greens = 0, red_top = -1, green_top = -1;
    for (int y = 0; y < panel.height; ++y)
        for (int x = 0; x < panel.width; ++x) {
            const Color color = color_at(panel, x, y);
            if (color == Color{250, 1, 1}) {
                ++reds;
                if (red_top < 0) red_top = y;
            }
            if (color == Color{1, 250, 1}) {
                ++greens;
                if (green_top < 0) green_top = y;
            }
        }
    EXPECT_EQ(reds, 50 * 40);
    EXPECT_EQ(greens, 70 * 90);
    EXPECT_EQ(red_top, green_top);
}

TEST(DrawPanel, TakesPartsAndTextsOfAnySize) {
    const RgbImage tiny = blank(1, 1, {9, 9, 9});
    const RgbImage panel = draw_panel({{tiny, std::string(300, 'c')}}, std::string(900, 't'));
    EXPECT_GT(panel.width, 400);
    EXPECT_GT(panel.height, 100);
    EXPECT_GT(draw_panel({{blank(3000, 20, {9, 9, 9}), ""}}, "").width, 3000);
}

TEST(DrawSummary, ShowsEveryClassInItsColourAndWhetherItWasChecked) {
    Summary summary;
    summary.classes = {{kUncertain, {}, 3, true},
                       {kUnfamiliar, {}, 0, true},
                       {kInconsistent, {}, 0, true},
                       {kNotAssessed, {}, 900, true}};
    summary.assessed_ml = 1500;
    const auto count = [](const RgbImage& page, Color color) {
        int n = 0;
        for (int y = 0; y < page.height; ++y)
            for (int x = 0; x < page.width; ++x) n += color_at(page, x, y) == color ? 1 : 0;
        return n;
    };
    const RgbImage page = draw_summary(summary);
    for (const WarningBit bit : {kUncertain, kUnfamiliar, kInconsistent})
        EXPECT_GT(count(page, class_color(bit)), 20) << int{bit};
    summary.classes[1].checked = false;
    EXPECT_EQ(count(draw_summary(summary), class_color(kUnfamiliar)), 0);
    EXPECT_GT(count(page, kAlarm), page.width * 30) << "the banner of intended use";
}

TEST(DrawNotice, GrowsWithItsTextUpToALimit) {
    const RgbImage small = draw_notice("Declined", {"One reason."});
    const RgbImage large = draw_notice("Declined", std::vector<std::string>(40, "A reason. "));
    const RgbImage huge = draw_notice("Declined", std::vector<std::string>(5000, "A reason. "));
    EXPECT_EQ(small.width, large.width);
    EXPECT_LT(small.height, large.height);
    EXPECT_LT(huge.height, 6000);
    EXPECT_NE(small.pixels, draw_notice("Declined", {"Another reason."}).pixels);
    EXPECT_EQ(small.pixels, draw_notice("Declined", {"One reason."}).pixels);
}

TEST(Png, HasTheSignatureAndTheSize) {
    const Result<std::string> png = to_png(blank(300, 2, {1, 2, 3}));
    ASSERT_TRUE(png);
    EXPECT_EQ(png->substr(0, 8), "\x89PNG\r\n\x1a\n");
    EXPECT_EQ(png->substr(16, 8), std::string("\0\0\x01\x2c\0\0\0\x02", 8));
    EXPECT_EQ(*to_png(blank(300, 2, {1, 2, 3})), *png);
}

TEST(Png, OfAnImageThatIsTooLargeIsAnErrorThatNamesTheLimit) {
    const Result<std::string> png = to_png({40000, 1, std::vector<std::uint8_t>(120000)});
    ASSERT_FALSE(png);
    EXPECT_EQ(png.error().kind, ErrorKind::Internal);
    EXPECT_NE(to_string(png.error()).find("32767"), std::string::npos);
    EXPECT_FALSE(to_png({}));
}

}  // namespace
}  // namespace iqt::render
