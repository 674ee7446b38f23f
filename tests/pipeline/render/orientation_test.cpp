// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/orientation.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "pipeline/render/panel.hpp"
#include "pipeline/render/warning_page.hpp"
#include "tests/pipeline/render/phantom.hpp"

namespace iqt::render {
namespace {

Geometry with_axes(const Vec3& i, const Vec3& j) {
    Geometry geometry;
    geometry.size = {4, 5, 6};
    geometry.axes = {i, j, cross(i, j)};
    return geometry;
}

TEST(OrientationLetters, NameTheSixDirections) {
    EXPECT_EQ(orientation_letters({1, 0, 0}), "L");
    EXPECT_EQ(orientation_letters({-1, 0, 0}), "R");
    EXPECT_EQ(orientation_letters({0, 1, 0}), "P");
    EXPECT_EQ(orientation_letters({0, -1, 0}), "A");
    EXPECT_EQ(orientation_letters({0, 0, 1}), "H");
    EXPECT_EQ(orientation_letters({0, 0, -1}), "F");
}

TEST(OrientationLetters, ListObliqueComponentsTheLargestFirst) {
    EXPECT_EQ(orientation_letters({0, 0.9, 0.436}), "PH");
    EXPECT_EQ(orientation_letters({0.3, -0.9, -0.316}), "AFL");
    EXPECT_EQ(orientation_letters({-0.6, 0, 0.8}), "HR");
    EXPECT_EQ(orientation_letters({0, 1, 0.05}), "P") << "tilts that nobody sees get no letter";
    EXPECT_EQ(orientation_letters({0, 3, 1}), "PH") << "the length does not matter";
    EXPECT_EQ(orientation_letters({0, 0, 0}), "");
}

TEST(EdgeLetters, OfStoredTransverseSagittalCoronalAndObliqueImages) {
    // Row and column directions as dicom data sets of these planes have them.
    EXPECT_EQ(edge_letters({1, 0, 0}, {0, 1, 0}), (EdgeLetters{"R", "L", "A", "P"}));
    EXPECT_EQ(edge_letters({0, 1, 0}, {0, 0, -1}), (EdgeLetters{"A", "P", "H", "F"}));
    EXPECT_EQ(edge_letters({1, 0, 0}, {0, 0, -1}), (EdgeLetters{"R", "L", "H", "F"}));
    const double c = std::cos(std::numbers::pi / 9), s = std::sin(std::numbers::pi / 9);
    EXPECT_EQ(edge_letters({1, 0, 0}, {0, c, -s}), (EdgeLetters{"R", "L", "AH", "PF"}));
}

TEST(RadiologicalLayout, IsTheSameForEveryWayToStoreTheSameHead) {
    // Slices across z, y and x, stored forward, backward and transposed.
    const Geometry forward = with_axes({1, 0, 0}, {0, 1, 0});
    const Geometry backward = with_axes({-1, 0, 0}, {0, -1, 0});
    const Geometry transposed = with_axes({0, 1, 0}, {1, 0, 0});
    for (const Geometry& geometry : {forward, backward, transposed}) {
        EXPECT_EQ(slice_letters(geometry, 2), (EdgeLetters{"R", "L", "A", "P"}));
        const int across_y = std::abs(geometry.axes[0][1]) > 0.5 ? 0 : 1;
        EXPECT_EQ(slice_letters(geometry, across_y), (EdgeLetters{"R", "L", "H", "F"}));
        EXPECT_EQ(slice_letters(geometry, 1 - across_y), (EdgeLetters{"A", "P", "H", "F"}));
    }
}

TEST(RadiologicalLayout, OfAnObliquePlaneIsThatOfTheNearestAnatomicalOne) {
    const double c = std::cos(0.4), s = std::sin(0.4);
    const Geometry tilted = with_axes({1, 0, 0}, {0, c, -s});
    EXPECT_EQ(slice_letters(tilted, 2), (EdgeLetters{"R", "L", "AH", "PF"}));
    EXPECT_EQ(slice_letters(tilted, 1), (EdgeLetters{"R", "L", "HP", "FA"}));
    EXPECT_EQ(slice_letters(tilted, 0), (EdgeLetters{"AH", "PF", "HP", "FA"}));
}

TEST(RadiologicalLayout, UsesBothOtherAxesOnce) {
    for (int axis = 0; axis < 3; ++axis) {
        const PlaneLayout layout = radiological_layout(with_axes({0, 0, 1}, {1, 0, 0}), axis);
        EXPECT_NE(layout.right_axis, layout.down_axis);
        EXPECT_NE(layout.right_axis, axis);
        EXPECT_NE(layout.down_axis, axis);
    }
}

TEST(WarningPage, LettersFollowTheStoredAxes) {
    // The same voxels declared transverse and coronal: only the letters may differ.
    StoredPixels transverse = phantom::head(phantom::transverse({120, 120, 1}));
    StoredPixels coronal = transverse;
    coronal.grid.geometry.axes = {Vec3{1, 0, 0}, Vec3{0, 0, -1}, Vec3{0, 1, 0}};
    const Mask mask(transverse.grid.geometry);
    WarningPageStyle style;
    style.window = transverse.window;
    const WarningPage a = draw_warning_page(transverse, mask, 0, style);
    const WarningPage b = draw_warning_page(coronal, mask, 0, style);
    ASSERT_EQ(a.image.pixels.size(), b.image.pixels.size());
    int above = 0, below = 0, elsewhere = 0;
    for (int y = 0; y < a.image.height; ++y)
        for (int x = 0; x < a.image.width; ++x) {
            if (color_at(a.image, x, y) == color_at(b.image, x, y)) continue;
            const int bottom = a.top_px + 120 * a.scale;
            if (y < a.top_px && y > a.top_px - 35)
                ++above;  // A against H
            else if (y >= bottom && y < bottom + 35)
                ++below;  // P against F
            else
                ++elsewhere;
        }
    EXPECT_GT(above, 5);
    EXPECT_GT(below, 5);
    EXPECT_EQ(elsewhere, 0);
}

}  // namespace
}  // namespace iqt::render
