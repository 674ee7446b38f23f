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
