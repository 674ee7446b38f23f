// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace iqt {
namespace {

double decimal(int from, int to) {
    return *rc::gen::inRange(from, to) / 1000.0;
}

/// Orthonormal axes from three angles.
std::array<Vec3, 3> rotated_axes(double a, double b, double c) {
    const double ca = std::cos(a), sa = std::sin(a), cb = std::cos(b), sb = std::sin(b);
    const double cc = std::cos(c), sc = std::sin(c);
    const Vec3 i{ca * cb, sa * cb, -sb};
    const Vec3 j{ca * sb * sc - sa * cc, sa * sb * sc + ca * cc, cb * sc};
    return {i, j, cross(i, j)};
}

Geometry any_geometry() {
    Geometry geometry;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        geometry.size[axis] = *rc::gen::inRange(1, 500);
        geometry.spacing_mm[axis] = decimal(100, 10000);
        geometry.origin_lps_mm[axis] = decimal(-300000, 300000);
    }
    geometry.axes = rotated_axes(decimal(-3142, 3142), decimal(-3142, 3142), decimal(-3142, 3142));
    return geometry;
}

double distance_mm(const Vec3& a, const Vec3& b) {
    return norm({a[0] - b[0], a[1] - b[1], a[2] - b[2]});
}

RC_GTEST_PROP(Geometry, IndexIsTheInverseOfPoint, ()) {
    const Geometry geometry = any_geometry();
    const Vec3 voxel{decimal(-10000, 600000), decimal(-10000, 600000), decimal(-10000, 600000)};
    const Vec3 back = geometry.index(geometry.point_lps_mm(voxel[0], voxel[1], voxel[2]));
    RC_ASSERT(distance_mm(back, voxel) < 1e-6);
}

RC_GTEST_PROP(Refine, KeepsBothEdgesOfEveryAxis, ()) {
    const Geometry source = any_geometry();
    const Geometry fine = refine(source, decimal(200, 3000));
    RC_ASSERT(fine.axes == source.axes);
    const auto corner = [](const Geometry& g, int which) {
        const auto edge = [&](std::size_t axis) {
            return ((which >> axis) & 1) != 0 ? g.size[axis] - 0.5 : -0.5;
        };
        return g.point_lps_mm(edge(0), edge(1), edge(2));
    };
    for (int which = 0; which < 8; ++which)
        RC_ASSERT(distance_mm(corner(fine, which), corner(source, which)) < 1e-6);
}

RC_GTEST_PROP(Refine, CountsVoxelsByTheCeilingRule, ()) {
    const Geometry source = any_geometry();
    const int target_um = *rc::gen::inRange(200, 3000);
    const Geometry fine = refine(source, target_um / 1000.0);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        // In whole micrometres, where the ceiling is exact.
        const auto spacing_um = static_cast<int>(std::lround(source.spacing_mm[axis] * 1000));
        const int wanted_um = std::min(spacing_um, target_um);
        const int expected = (source.size[axis] * spacing_um + wanted_um - 1) / wanted_um;
        RC_ASSERT(fine.size[axis] == expected);
    }
}

RC_GTEST_PROP(Refine, MakesNoAxisCoarserNorMuchFinerThanAsked, ()) {
    const Geometry source = any_geometry();
    const double target_mm = decimal(200, 3000);
    const Geometry fine = refine(source, target_mm);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const double wanted_mm = std::min(source.spacing_mm[axis], target_mm);
        RC_ASSERT(fine.spacing_mm[axis] <= wanted_mm * (1 + 1e-5));
        RC_ASSERT(fine.size[axis] >= source.size[axis]);
        RC_ASSERT((fine.size[axis] - 1) * wanted_mm <
                  source.size[axis] * source.spacing_mm[axis] + 1e-6);
    }
}

TEST(Refine, ThirtySixSlicesOfFiveMillimetresBecome180) {
    Geometry source;
    source.size = {112, 136, 36};
    source.spacing_mm = {1.6, 1.6, 5};
    const Geometry fine = refine(source, 1);
    EXPECT_EQ(fine.size, (std::array{180, 218, 180}));
    EXPECT_DOUBLE_EQ(fine.spacing_mm[2], 1.0);
    EXPECT_NEAR(fine.spacing_mm[0], 112 * 1.6 / 180, 1e-12);
    EXPECT_NEAR(fine.origin_lps_mm[2], -2, 1e-12) << "the first centre moves, the edge does not";
}

TEST(Refine, LeavesAGridThatIsFineEnoughAlone) {
    Geometry source;
    source.size = {320, 320, 40};
    source.spacing_mm = {0.7, 0.7, 1.0};
    EXPECT_EQ(refine(source, 1), source);
}

TEST(Refine, AHairAboveAWholeNumberIsThatNumber) {
    Geometry source;
    source.size = {36, 36, 36};
    source.spacing_mm = {5.0000000001, 5, 4.9999999999};
    EXPECT_EQ(refine(source, 1).size, (std::array{180, 180, 180}));
}

TEST(Geometry, SliceAxisIsTheCoarsestAndTheLastOnATie) {
    Geometry geometry;
    const auto slice_axis = [&](const Vec3& spacing_mm) {
        geometry.spacing_mm = spacing_mm;
        return geometry.slice_axis();
    };
    EXPECT_EQ(slice_axis({1.6, 1.6, 5}), 2);
    EXPECT_EQ(slice_axis({5, 1.6, 1.6}), 0);
    EXPECT_EQ(slice_axis({1.6, 5, 1.6}), 1);
    EXPECT_EQ(slice_axis({1, 1, 1}), 2);
    EXPECT_EQ(slice_axis({5, 1, 5}), 2);
    EXPECT_EQ(slice_axis({5, 5, 1}), 1);
}

TEST(Geometry, CrossProductOfTheAxesIsRightHanded) {
    EXPECT_EQ(cross({1, 0, 0}, {0, 1, 0}), (Vec3{0, 0, 1}));
    EXPECT_DOUBLE_EQ(dot({1, 2, 3}, {4, -5, 6}), 12);
    EXPECT_DOUBLE_EQ(norm({2, 3, 6}), 7);
}

TEST(Geometry, VoxelCountDoesNotOverflowAnInt) {
    Geometry geometry;
    geometry.size = {2000, 2000, 2000};
    EXPECT_EQ(geometry.voxel_count(), 8'000'000'000U);
}

}  // namespace
}  // namespace iqt
