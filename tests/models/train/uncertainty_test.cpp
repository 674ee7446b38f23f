// SPDX-License-Identifier: Apache-2.0
#include "models/train/uncertainty.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "models/random.hpp"

namespace iqt::models::train {
namespace {

constexpr std::size_t kCount = 60000;
constexpr double kRisky = 2;

/// SDs from 0.2 to 2, errors drawn from `factor` times them.
VoxelSamples drawn(double factor) {
    VoxelSamples out;
    for (std::size_t n = 0; n < kCount; ++n) {
        const double sd = 0.2 + 1.8 * random::uniform(random::mix(77 + n));
        out.sd.push_back(static_cast<float>(sd));
        out.error.push_back(static_cast<float>(factor * sd * random::normals(5, n).a));
    }
    return out;
}

TEST(Uncertainty, OfAPerfectMapCoversAndRanksAsItsOwnRedrawing) {
    const VoxelComparison c = compare_with_perfect(drawn(1), kRisky, 1.5, 3);
    const VoxelScores &map = c.map, &perfect = c.perfect;
    EXPECT_EQ(map.n, kCount);
    for (std::size_t n = 0; n < kIntervalLevels.size(); ++n) {
        EXPECT_NEAR(map.coverage[n], kIntervalLevels[n], 0.01);
        EXPECT_NEAR(perfect.coverage[n], kIntervalLevels[n], 0.01);
    }
    EXPECT_NEAR(map.mean_z2, 1, 0.03);
    EXPECT_LT(map.calibration_error, 0.01);
    EXPECT_NEAR(map.auc, perfect.auc, 0.01);
    EXPECT_NEAR(map.spearman, perfect.spearman, 0.02);
    EXPECT_NEAR(map.recall_at_quarter, perfect.recall_at_quarter, 0.02);
    EXPECT_NEAR(map.ause, perfect.ause, 0.01);
    EXPECT_NEAR(map.recall, perfect.recall, 0.02);
    EXPECT_NEAR(map.false_positive_rate, perfect.false_positive_rate, 0.01);
    EXPECT_GT(map.auc, 0.75);
    EXPECT_LT(map.ause, 0.7 * map.ause_random);
}

TEST(Uncertainty, TooSmallByHalfCoversLessAndItsPerfectTwinStillNinetyPercent) {
    const VoxelComparison c = compare_with_perfect(drawn(2), kRisky, 1.5, 3);
    EXPECT_NEAR(c.map.mean_z2, 4, 0.1);
    EXPECT_NEAR(c.map.coverage[2], std::erf(1.64485 / 2 / std::sqrt(2.0)), 0.01);
    EXPECT_GT(c.map.calibration_error, 0.15);
    EXPECT_NEAR(c.perfect.mean_z2, 1, 0.03);
    EXPECT_NEAR(c.perfect.coverage[2], 0.9, 0.01);
    EXPECT_NEAR(c.perfect.auc, c.map.auc, 0.01);  // the order is that of a perfect map
    EXPECT_DOUBLE_EQ(c.perfect.flagged_share, c.map.flagged_share);
}

TEST(Uncertainty, IntervalsAreAsWideAsTheCalibrationMadeThem) {
    const VoxelSamples samples = drawn(2);  // SDs too small by half
    const IntervalFactors wider{2 * 0.67449, 2 * 1.28155, 2 * 1.64485, 2 * 1.95996};
    const VoxelScores s = score_voxels(samples, kRisky, 1.5, wider);
    for (std::size_t n = 0; n < kIntervalLevels.size(); ++n)
        EXPECT_NEAR(s.coverage[n], kIntervalLevels[n], 0.01);
}

TEST(Uncertainty, OfOneSdEverywhereKnowsNothing) {
    VoxelSamples samples = drawn(1);
    for (float& sd : samples.sd) sd = 1;
    const VoxelScores s = score_voxels(samples, kRisky, 1.5);
    EXPECT_NEAR(s.auc, 0.5, 1e-9);
    EXPECT_NEAR(s.spearman, 0, 1e-12);
    EXPECT_NEAR(s.recall_at_quarter, 0.25, 1e-9);
    EXPECT_NEAR(s.ause, s.ause_random, 1e-9);
    EXPECT_EQ(s.flagged_share, 0);
}

TEST(Uncertainty, OfTheErrorItselfIsTheBestThereIsAndItsReverseTheWorst) {
    VoxelSamples samples = drawn(1);
    for (std::size_t n = 0; n < kCount; ++n) samples.sd[n] = std::abs(samples.error[n]);
    const VoxelScores best = score_voxels(samples, kRisky, kRisky);
    EXPECT_DOUBLE_EQ(best.auc, 1);
    EXPECT_NEAR(best.spearman, 1, 1e-9);
    EXPECT_NEAR(best.ause, 0, 1e-9);
    EXPECT_DOUBLE_EQ(best.recall, 1);
    EXPECT_DOUBLE_EQ(best.false_positive_rate, 0);
    EXPECT_DOUBLE_EQ(best.recall_at_quarter, 1);
    for (float& sd : samples.sd) sd = 20 - sd;
    const VoxelScores worst = score_voxels(samples, kRisky, kRisky);
    EXPECT_DOUBLE_EQ(worst.auc, 0);
    EXPECT_NEAR(worst.spearman, -1, 1e-6);
    EXPECT_GT(worst.ause, worst.ause_random);
}

TEST(Uncertainty, CountsByHand) {
    // Risky: the first and the fourth. Flagged at 2.5: the first two.
    const VoxelScores s = score_voxels({{4, 3, 2, 1}, {5, 1, -1, -4}}, 3, 2.5);
    EXPECT_DOUBLE_EQ(s.risky_share, 0.5);
    EXPECT_NEAR(s.auc, 0.5, 1e-9);
    EXPECT_DOUBLE_EQ(s.recall_at_quarter, 0.5);
    EXPECT_DOUBLE_EQ(s.recall, 0.5);
    EXPECT_DOUBLE_EQ(s.false_positive_rate, 0.5);
    EXPECT_DOUBLE_EQ(s.flagged_share, 0.5);
    EXPECT_NEAR(s.mean_z2, (25.0 / 16 + 1.0 / 9 + 1.0 / 4 + 16) / 4, 1e-9);
    EXPECT_DOUBLE_EQ(s.coverage[0], 0.5);   // |z| <= 0.674: 1/3 and 1/2
    EXPECT_DOUBLE_EQ(s.coverage[1], 0.75);  // |z| <= 1.282: 1.25 too
    EXPECT_NEAR(s.by_sd[kSparsificationSteps / 2],
                std::sqrt((1 + 16) / 2.0 / ((25 + 1 + 1 + 16) / 4.0)), 1e-9);
}

TEST(Uncertainty, SamplesAreTheMasksVoxels) {
    Geometry g;
    g.size = {3, 1, 1};
    Volume truth(g, 10), image(g, 12), sd(g, 1);
    Mask where(g, 1);
    where.at(1, 0, 0) = 0;
    image.at(2, 0, 0) = 7;
    const VoxelSamples s = sample_voxels(truth, image, sd, where);
    EXPECT_EQ(s.error, (std::vector<float>{2, -3}));
    EXPECT_EQ(s.sd, (std::vector<float>{1, 1}));
}

TEST(Uncertainty, OfNothingIsNothing) {
    const VoxelComparison c = compare_with_perfect({}, kRisky, 1, 1);
    EXPECT_EQ(c.map.n, 0U);
    EXPECT_EQ(c.perfect.auc, 0);
}

}  // namespace
}  // namespace iqt::models::train
