// SPDX-License-Identifier: Apache-2.0
#include "models/train/calibration.hpp"

#include <array>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace iqt::models::train {
namespace {

/// Errors that are really normal with `truth` times the variance that the model claims.
CalibrationScan scan(double truth, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> spread(0.02, 0.2);
    CalibrationScan out;
    for (int n = 0; n < 40000; ++n) {
        const double sd = spread(random);
        out.intrinsic_variance.push_back(static_cast<float>(sd * sd));
        out.parameter_variance.push_back(0.0F);
        out.in_brain.push_back(true);
        out.error.push_back(static_cast<float>(normal(random) * sd * std::sqrt(truth)));
        out.residual.push_back(static_cast<float>(std::abs(normal(random))));
    }
    return out;
}

TEST(Calibration, FindsTheFactorByWhichTheVarianceIsWrong) {
    EXPECT_NEAR(fit_variance_scale({scan(2.5, 1), scan(2.5, 2)}), 2.5, 0.06);
}

TEST(Calibration, CoversWhatItPromisesOnGaussianErrors) {
    const Calibration c = calibrate({scan(0.5, 3)}, 0.1);
    for (std::size_t n = 0; n < kIntervalLevels.size(); ++n) {
        EXPECT_NEAR(c.coverage[n], kIntervalLevels[n], 0.01);
        EXPECT_NEAR(c.interval_factors[n], kNormalFactors[n], 0.03);
    }
    EXPECT_DOUBLE_EQ(c.residual_threshold, 4.0);
}

TEST(Calibration, IntervalsFitErrorsThatAreNotNormal) {
    CalibrationScan heavy = scan(1, 6);
    for (std::size_t n = 0; n < heavy.error.size(); ++n)
        heavy.error[n] *= n % 5 == 0 ? 2.0F : 0.5F;  // most far inside, some far outside
    const Calibration c = calibrate({heavy}, 0.1);
    EXPECT_GT(c.coverage[0], 0.55);
    std::array<double, 4> covered{};
    for (std::size_t n = 0; n < heavy.error.size(); ++n)
        for (std::size_t level = 0; level < covered.size(); ++level) {
            const double sd =
                std::sqrt(c.variance_scale * static_cast<double>(heavy.intrinsic_variance[n]));
            covered[level] +=
                std::abs(static_cast<double>(heavy.error[n])) <= c.interval_factors[level] * sd;
        }
    for (std::size_t level = 0; level < covered.size(); ++level)
        EXPECT_NEAR(covered[level] / static_cast<double>(heavy.error.size()),
                    kIntervalLevels[level], 0.005);
}

TEST(Calibration, CountsWhatTheClassInconsistentMarks) {
    CalibrationScan s = scan(1, 7);
    s.residual.assign(5000, 1.0F);
    s.patch_residual.assign(5000, 0.0F);
    s.native_error.assign(5000, 0.0F);
    for (std::size_t n = 0; n < 4; ++n) s.native_error[n] = -0.2F;  // risky
    s.residual[0] = 9;                                              // of them one is marked
    s.residual[500] = 9;                                            // and one of the others
    const Calibration c = calibrate({s}, 0.1);
    EXPECT_DOUBLE_EQ(c.inconsistent.tpr, 0.25);
    EXPECT_DOUBLE_EQ(c.inconsistent.fpr, 1.0 / 4996);
    EXPECT_EQ(c.inconsistent.n, 5000U);
}

TEST(Calibration, TheThresholdIsThatOfTheBrainAndTheIntervalsThoseOfTheHead) {
    const CalibrationScan brain = scan(1.0, 4);
    CalibrationScan head = brain;
    const CalibrationScan skull = scan(1.0, 5);
    for (std::size_t n = 0; n < skull.error.size(); ++n) {
        // As uncertain as tissue and wrong throughout: with it everything would be marked.
        head.error.push_back(skull.error[n] > 0 ? 0.3F : -0.3F);
        head.intrinsic_variance.push_back(skull.intrinsic_variance[n]);
        head.parameter_variance.push_back(0.0F);
        head.in_brain.push_back(false);
    }
    const Calibration of_brain = calibrate({brain}, 0.1), of_head = calibrate({head}, 0.1);
    // One scale stretches all SDs and with them the threshold.
    const double stretch = std::sqrt(of_head.variance_scale / of_brain.variance_scale);
    EXPECT_GT(stretch, 1.2);
    EXPECT_NEAR(of_head.total_sd_threshold, stretch * of_brain.total_sd_threshold, 1e-4);
    EXPECT_NEAR(of_head.tpr, of_brain.tpr, 1e-3);
    EXPECT_NEAR(of_head.auc, of_brain.auc, 1e-6);
    EXPECT_NE(of_head.coverage[0], of_brain.coverage[0]);
    CalibrationScan no_brain = head;
    no_brain.in_brain.assign(no_brain.error.size(), false);
    EXPECT_NE(calibrate({no_brain}, 0.1).tpr, of_brain.tpr) << "the head stands for it";
}

TEST(Calibration, ThresholdHasTheBestF1OfAll) {
    const CalibrationScan s = scan(1.0, 4);
    const Calibration c = calibrate({s}, 0.1);
    const auto f1_at = [&](double threshold) {
        double found = 0, marked = 0, risky = 0;
        for (std::size_t n = 0; n < s.error.size(); ++n) {
            const bool bad = std::abs(s.error[n]) > 0.1F;
            const bool mark = std::sqrt(c.variance_scale *
                                        static_cast<double>(s.intrinsic_variance[n])) >= threshold;
            risky += bad;
            marked += mark;
            found += bad && mark;
        }
        return 2 * found / (marked + risky);
    };
    const double best = f1_at(c.total_sd_threshold - 1e-7);
    for (double other = 0.02; other < 0.2; other += 0.005)
        EXPECT_GE(best + 1e-3, f1_at(other)) << other;
    EXPECT_GT(c.auc, 0.7);
    EXPECT_GT(c.tpr, c.fpr);
}

}  // namespace
}  // namespace iqt::models::train
