// SPDX-License-Identifier: Apache-2.0
#include "models/train/lesions.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "models/random.hpp"
#include "models/train/regions.hpp"

namespace iqt::models::train {
namespace {

constexpr int kEdge = 110;

/// White ball, grey shell, fluid shell, a gap, a bright scalp; T1 brightness with a little noise.
Volume head() {
    Geometry g;
    g.size = {kEdge, kEdge, kEdge};
    g.spacing_mm = {1, 1, 1};
    Volume v(g);
    for (int k = 0; k < kEdge; ++k)
        for (int j = 0; j < kEdge; ++j)
            for (int i = 0; i < kEdge; ++i) {
                const double c = (kEdge - 1) / 2.0, r = std::hypot(i - c, j - c, k - c);
                const double mean = r < 32   ? 900
                                    : r < 40 ? 600
                                    : r < 44 ? 200
                                    : r < 47 ? 20
                                    : r < 51 ? 1000
                                             : 0;
                v.at(i, j, k) =
                    static_cast<float>(mean * (1 + 0.02 * random::normals(3, v.offset(i, j, k)).a));
            }
    return v;
}

double ball_ml(double radius_mm) {
    return 4.0 / 3 * 3.14159265 * std::pow(radius_mm, 3) / 1000;
}

TEST(Regions, CountsFacesNotCornersAndSortsBySize) {
    Mask mask([] {
        Geometry g;
        g.size = {6, 6, 6};
        return g;
    }());
    mask.at(0, 0, 0) = 1;
    mask.at(1, 1, 0) = mask.at(1, 2, 0) = mask.at(1, 2, 1) = 1;
    std::vector<int> label;
    EXPECT_EQ(connected_regions(mask, &label), (std::vector<std::size_t>{3, 1}));
    EXPECT_EQ(label[mask.offset(0, 0, 0)], 2);
    EXPECT_EQ(label[mask.offset(1, 2, 1)], 1);
}

/// The mask after one step, by the definition: a voxel with a face neighbour outside goes, or one
/// with a face neighbour inside comes.
Mask one_step(const Mask& mask, bool grow) {
    Mask out = mask;
    const Geometry& g = mask.geometry;
    const auto at = [&](int i, int j, int k) {
        const bool is_there =
            i >= 0 && j >= 0 && k >= 0 && i < g.size[0] && j < g.size[1] && k < g.size[2];
        return is_there && mask.at(i, j, k) != 0;
    };
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const int set = at(i - 1, j, k) + at(i + 1, j, k) + at(i, j - 1, k) +
                                at(i, j + 1, k) + at(i, j, k - 1) + at(i, j, k + 1);
                if (grow ? set > 0 : set < 6) out.at(i, j, k) = grow ? 1 : 0;
            }
    return out;
}

TEST(Regions, ErodesAndGrowsStepByStep) {
    Geometry g;
    g.size = {13, 9, 11};
    g.spacing_mm = {2, 1, 1.5};
    for (const double share : {0.02, 0.5, 0.97}) {
        Mask mask(g);
        for (std::size_t n = 0; n < mask.voxels.size(); ++n)
            mask.voxels[n] = random::uniform(random::mix(n)) < share ? 1 : 0;
        Mask less = mask, more = mask;
        EXPECT_EQ(eroded(mask, 0).voxels, mask.voxels);
        for (int steps = 1; steps <= 6; ++steps) {
            less = one_step(less, false);
            more = one_step(more, true);
            EXPECT_EQ(eroded(mask, steps).voxels, less.voxels) << share << ", " << steps;
            EXPECT_EQ(eroded(mask, -steps).voxels, more.voxels) << share << ", " << steps;
        }
    }
    EXPECT_EQ(eroded(Mask(g), -3).voxels, Mask(g).voxels) << "nothing grows from nothing";
}

TEST(Regions, BrainMaskHoldsTheBrainAndLeavesTheScalp) {
    const Volume v = head();
    const Mask brain = brain_mask(v, Contrast::T1);
    double inside = 0, scalp = 0, tissue = 0;
    for (int k = 0; k < kEdge; ++k)
        for (int j = 0; j < kEdge; ++j)
            for (int i = 0; i < kEdge; ++i) {
                const double c = (kEdge - 1) / 2.0, r = std::hypot(i - c, j - c, k - c);
                const bool marked = brain.at(i, j, k) != 0;
                tissue += r < 39 ? 1 : 0;
                inside += r < 39 && marked ? 1 : 0;
                scalp += r > 47 && marked ? 1 : 0;
            }
    EXPECT_GT(inside / tissue, 0.98);
    EXPECT_EQ(scalp, 0);
}

TEST(Lesions, AreWhiteMattersDeepAndChangeTheVolumeByTheirSizeAndContrast) {
    const Volume healthy = head();
    const auto lesions = plan_lesions(healthy, Contrast::T1, LesionKind::Plaque, {5, 12}, 2, 7);
    ASSERT_EQ(lesions.size(), 4U);
    const Volume sick = with_lesions(healthy, Contrast::T1, lesions);
    double missing = 0, wanted = 0;
    for (std::size_t n = 0; n < sick.voxels.size(); ++n)
        missing += static_cast<double>(healthy.voxels[n]) - static_cast<double>(sick.voxels[n]);
    for (const Lesion& l : lesions) wanted += ball_ml(l.diameter_mm / 2) * 1000 * 0.4 * 900;
    EXPECT_NEAR(missing / wanted, 1, 0.1);
    for (const Lesion& l : lesions) {
        EXPECT_LT(measure_contrast(sick, l).ratio(), -2) << l.diameter_mm;
        EXPECT_LT(std::abs(measure_contrast(healthy, l).ratio()), 1) << l.diameter_mm;
    }
}

/// The head with a ventricle in its middle: a cylinder of fluid along k.
Volume head_with_ventricle() {
    Volume v = head();
    for (int k = 40; k < 70; ++k)
        for (int j = 0; j < kEdge; ++j)
            for (int i = 0; i < kEdge; ++i)
                if (std::hypot(i - 54.5, j - 54.5) < 7)
                    v.at(i, j, k) = static_cast<float>(
                        200 * (1 + 0.02 * random::normals(4, v.offset(i, j, k)).a));
    return v;
}

TEST(Lesions, MsLikeOnesPointAwayFromTheVentricleAndTouchNoFluid) {
    const Volume healthy = head_with_ventricle();
    const auto lesions = plan_lesions(healthy, Contrast::T1, LesionKind::MsLike, {5, 12}, 3, 7);
    ASSERT_EQ(lesions.size(), 6U);
    for (const Lesion& l : lesions) {
        const Vec3 at = healthy.geometry.index(l.centre_lps_mm);
        ASSERT_NEAR(norm(l.long_axis), 1, 1e-9);
        // The tip is within 3 mm of the fluid (half a voxel of play), the axis looks outwards.
        const Vec3 tip{at[0] - l.long_axis[0] * l.diameter_mm / 2,
                       at[1] - l.long_axis[1] * l.diameter_mm / 2,
                       at[2] - l.long_axis[2] * l.diameter_mm / 2};
        const double side = std::hypot(tip[0] - 54.5, tip[1] - 54.5) - 7;
        const double end = std::max(39.5 - tip[2], tip[2] - 69.5);
        EXPECT_LT(std::max(side, end), 3.6) << l.diameter_mm;
        EXPECT_GT(std::max(side, end), -1.1) << l.diameter_mm;
        EXPECT_LT(edge_distance_mm(l, l.centre_lps_mm), -0.29 * l.diameter_mm);
    }
    const Volume sick = with_lesions(healthy, Contrast::T1, lesions);
    double missing = 0, wanted = 0;
    for (std::size_t n = 0; n < sick.voxels.size(); ++n)
        missing += static_cast<double>(healthy.voxels[n]) - static_cast<double>(sick.voxels[n]);
    for (const Lesion& l : lesions) wanted += 0.36 * ball_ml(l.diameter_mm / 2) * 1000 * 0.4 * 900;
    EXPECT_NEAR(missing / wanted, 1, 0.15);
    for (const Lesion& l : lesions) {
        EXPECT_LT(measure_contrast(sick, l).ratio(), -2) << l.diameter_mm;
        EXPECT_LT(std::abs(measure_contrast(healthy, l).contrast), 60) << "fluid in the shell";
    }
    EXPECT_TRUE(plan_lesions(head(), Contrast::T1, LesionKind::MsLike, {5}, 1, 7).empty());
}

TEST(Lesions, EllipsoidsAreLongAlongTheirAxis) {
    const Lesion l{LesionKind::MsLike, 10, {0, 0, 0}, {0, 1, 0}};
    EXPECT_NEAR(edge_distance_mm(l, {0, 7, 0}), 2, 1e-9);
    EXPECT_NEAR(edge_distance_mm(l, {0, -4, 0}), -1, 1e-9);
    EXPECT_NEAR(edge_distance_mm(l, {4, 0, 0}), 1, 1e-9);
    const Lesion ball{LesionKind::Plaque, 10, {0, 0, 0}, {}};
    EXPECT_NEAR(edge_distance_mm(ball, {4, 0, 0}), -1, 1e-9);
}

/// What the suite measured before there were ellipsoids must not move with them.
TEST(Lesions, BallsAreWhereAndWhatTheyWere) {
    const Volume healthy = head();
    const auto lesions = plan_lesions(healthy, Contrast::T1, LesionKind::Plaque, {5, 12}, 2, 7);
    ASSERT_EQ(lesions.size(), 4U);
    const Vec3 first = healthy.geometry.index(lesions[0].centre_lps_mm);
    const Vec3 last = healthy.geometry.index(lesions[3].centre_lps_mm);
    EXPECT_EQ(first, (Vec3{54, 55, 78}));
    EXPECT_EQ(last, (Vec3{77, 40, 51}));
    const Volume sick = with_lesions(healthy, Contrast::T1, lesions);
    EXPECT_NEAR(measure_contrast(sick, lesions[0]).contrast, -336.45, 0.01);
}

TEST(Lesions, NoiseByDifferenceLeavesTheAnatomyOut) {
    const Volume truth = head();
    Volume a = truth, b = truth;
    for (std::size_t n = 0; n < truth.voxels.size(); ++n) {
        const auto pair = random::normals(11, n);
        a.voxels[n] += static_cast<float>(60 * pair.a);
        b.voxels[n] += static_cast<float>(60 * pair.b);
    }
    // Half of the shell lies beyond the tissue: its spread is anatomy, the difference's is not.
    const Lesion at_the_edge{LesionKind::Plaque, 12, truth.geometry.point_lps_mm(54, 54, 90)};
    EXPECT_GT(measure_contrast(a, at_the_edge).surround_sd, 120);
    EXPECT_NEAR(std::sqrt(noise_variance(a, b, at_the_edge)), 60, 6);
    EXPECT_EQ(noise_variance(a, a, at_the_edge), 0);
}

TEST(Lesions, AnInventedRegionIsFoundWithItsVolumeAndNoiseIsNot) {
    const Volume truth = head();
    const Mask brain = brain_mask(truth, Contrast::T1);
    Volume image = truth;
    for (std::size_t n = 0; n < image.voxels.size(); ++n)
        image.voxels[n] += static_cast<float>(60 * random::normals(9, n).a);
    EXPECT_LT(largest_change_ml(image, truth, brain, 180, true), 0.01);
    const Lesion invented{LesionKind::Plaque, 12, truth.geometry.point_lps_mm(54, 54, 60)};
    const Volume changed = with_lesions(image, Contrast::T1, {invented});
    EXPECT_NEAR(largest_change_ml(changed, truth, brain, 180, false), ball_ml(6), 0.3 * ball_ml(6));
    EXPECT_LT(largest_change_ml(changed, truth, brain, 180, true), 0.01);
}

}  // namespace
}  // namespace iqt::models::train
