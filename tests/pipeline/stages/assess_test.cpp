// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/assess.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "pipeline/stages/head_region.hpp"
#include "tests/fakes/cubic_like_enhancer.hpp"
#include "tests/fakes/head_phantom.hpp"

namespace iqt::stages {
namespace {

constexpr std::array<int, 3> kSize{64, 72, 16};
constexpr Vec3 kSpacing{2.0, 2.0, 5.0};

double share(const Mask& mask, std::uint8_t bit) {
    std::size_t count = 0;
    for (const std::uint8_t bits : mask.voxels) count += (bits & bit) != 0 ? 1U : 0U;
    return static_cast<double>(count) / static_cast<double>(mask.voxels.size());
}

TEST(Assess, FaithfulEnhancementIsHardlyEverInconsistent) {
    const Volume source = fakes::head_phantom(kSize, kSpacing, 40);
    fakes::CubicLikeEnhancer enhancer;
    const auto enhancement = enhancer.enhance(source, {});
    const Assessment found = assess(source, *enhancement);
    EXPECT_LT(share(found.mask, kInconsistent), 0.01);
    EXPECT_NEAR(found.noise_sd, 40, 12);
    EXPECT_EQ(found.uncertain_ml, 0);  // a model without SDs cannot mark the class
}

TEST(Assess, InventedStructureIsInconsistentWhereItStands) {
    const Volume source = fakes::head_phantom(kSize, kSpacing, 40);
    fakes::CubicLikeEnhancer enhancer;
    enhancer.invented = 600;
    const Assessment found = assess(source, *enhancer.enhance(source, {}));
    const auto& n = found.mask.geometry.size;
    EXPECT_NE(found.mask.at(n[0] / 2, n[1] / 2, n[2] / 2) & kInconsistent, 0);
    EXPECT_GT(found.inconsistent_ml, 0.3);
    EXPECT_LT(found.inconsistent_ml, 10);
}

TEST(Assess, FaintInventedStructureIsFoundOverPatchesWhereTheModelSaysSo) {
    const Volume source = fakes::head_phantom(kSize, kSpacing, 40);
    fakes::CubicLikeEnhancer enhancer;
    const auto middle = [](const Assessment& found) {
        const auto& n = found.mask.geometry.size;
        return found.mask.at(n[0] / 2, n[1] / 2, n[2] / 2) & kInconsistent;
    };
    enhancer.invented = 110;  // under 3 noise SDs
    EXPECT_EQ(middle(assess(source, *enhancer.enhance(source, {}))), 0) << "by voxels";
    enhancer.edit().patch_residual_threshold = 5;
    const Assessment found = assess(source, *enhancer.enhance(source, {}));
    EXPECT_NE(middle(found), 0);
    enhancer.invented = 0;  // interpolation smooths the phantom's edges, which counts in both
    const Assessment faithful = assess(source, *enhancer.enhance(source, {}));
    EXPECT_EQ(middle(faithful), 0);
    EXPECT_NEAR(found.inconsistent_ml, faithful.inconsistent_ml, 5) << "and nothing far from it";
}

TEST(Assess, TotalSdAboveTheFrozenThresholdIsUncertain) {
    const Volume source = fakes::head_phantom(kSize, kSpacing, 20);
    fakes::CubicLikeEnhancer enhancer;
    enhancer.edit().has_uncertainty = true;
    enhancer.edit().total_sd_threshold = 0.1;  // of about 1000
    enhancer.total_sd = 50;
    EXPECT_EQ(assess(source, *enhancer.enhance(source, {})).uncertain_ml, 0);
    enhancer.total_sd = 200;
    const Assessment found = assess(source, *enhancer.enhance(source, {}));
    EXPECT_NEAR(found.uncertain_ml, found.assessed_ml, 1e-6);
}

TEST(Assess, DistanceToTheTrainingDataAboveTheFrozenThresholdIsUnfamiliar) {
    const Volume source = fakes::head_phantom(kSize, kSpacing, 20);
    fakes::CubicLikeEnhancer enhancer;
    enhancer.unfamiliarity = 9;
    EXPECT_EQ(assess(source, *enhancer.enhance(source, {})).unfamiliar_ml, 0) << "not checked";
    enhancer.edit().unfamiliar_threshold = 1.5;
    enhancer.unfamiliarity = 1.4F;
    EXPECT_EQ(assess(source, *enhancer.enhance(source, {})).unfamiliar_ml, 0);
    enhancer.unfamiliarity = 1.6F;
    const Assessment found = assess(source, *enhancer.enhance(source, {}));
    EXPECT_NEAR(found.unfamiliar_ml, found.assessed_ml, 1e-6);
    EXPECT_EQ(found.mask.at(0, 0, 0), kNotAssessed) << "air says nothing";
}

TEST(Assess, EdgeOfTheSlabAndAirAreNotAssessed) {
    const Volume source = fakes::head_phantom(kSize, kSpacing, 20);
    fakes::CubicLikeEnhancer enhancer;
    const Assessment found = assess(source, *enhancer.enhance(source, {}));
    const auto& n = found.mask.geometry.size;
    EXPECT_EQ(found.mask.at(n[0] / 2, n[1] / 2, 0), kNotAssessed);
    EXPECT_EQ(found.mask.at(n[0] / 2, n[1] / 2, n[2] - 1), kNotAssessed);
    EXPECT_EQ(found.mask.at(0, 0, n[2] / 2), kNotAssessed);
    EXPECT_EQ(found.mask.at(n[0] / 2, n[1] / 2, n[2] / 2) & kNotAssessed, 0);
}

TEST(HeadRegion, TakesInTheExtraAxialSpaceBetweenBrainAndSkull) {
    Volume source(Geometry{.size = {60, 60, 9}, .spacing_mm = {2, 2, 5}});
    for (int k = 0; k < 9; ++k)
        for (int j = 0; j < 60; ++j)
            for (int i = 0; i < 60; ++i) {
                const double r = std::hypot(i - 29.5, j - 29.5);
                if (r < 15) source.at(i, j, k) = 800;            // brain
                if (r > 20 && r < 22) source.at(i, j, k) = 400;  // skull fat; dark ring between
            }
    const Mask head = head_region(source, 1.0, 4.0);
    EXPECT_EQ(head.at(30 + 17, 30, 4), 1);
    EXPECT_EQ(head.at(30 + 23, 30, 4), 1);
    EXPECT_EQ(head.at(1, 1, 4), 0);
}

TEST(HeadRegion, ImageWithoutBackgroundIsAssessedEverywhere) {
    const Volume source(Geometry{.size = {20, 20, 9}}, 100.0F);
    const Mask head = head_region(source, 1.0, 4.0);
    EXPECT_EQ(std::count(head.voxels.begin(), head.voxels.end(), 1), 20 * 20 * 9);
}

}  // namespace
}  // namespace iqt::stages
