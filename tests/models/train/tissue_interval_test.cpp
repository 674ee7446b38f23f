// SPDX-License-Identifier: Apache-2.0
#include "models/train/tissue_interval.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace iqt::models::train {
namespace {

constexpr Tissues kTissues{{1.0 / 3, 900, 2500}, {1.0 / 3, 600, 2500}, {1.0 / 3, 200, 2500}};

Geometry slab() {
    Geometry g;
    g.size = {60, 60, 40};
    return g;
}

/// A third of each tissue, along i.
Volume thirds() {
    Volume v(slab());
    for (int k = 0; k < 40; ++k)
        for (int j = 0; j < 60; ++j)
            for (int i = 0; i < 60; ++i) v.at(i, j, k) = i < 20 ? 900.0F : i < 40 ? 600.0F : 200.0F;
    return v;
}

TEST(ErrorField, HasTheCorrelationAskedForAndMeasuresItBack) {
    const NeighbourCorrelation wanted{0.8, 0.5, 0};
    const Volume field = normal_field(slab(), wanted, 3);
    double sum = 0, squares = 0;
    for (const float v : field.voxels) {
        sum += static_cast<double>(v);
        squares += static_cast<double>(v) * static_cast<double>(v);
    }
    const auto n = static_cast<double>(field.voxels.size());
    EXPECT_NEAR(squares / n, 1, 1e-3);
    EXPECT_NEAR(sum / n, 0, 0.05);
    const Volume sd(slab(), 1);
    const auto found = neighbour_correlation(field, sd, Mask(slab(), 1));
    for (std::size_t a = 0; a < 3; ++a) EXPECT_NEAR(found[a], wanted[a], 0.05) << a;
    EXPECT_NE(normal_field(slab(), wanted, 4).voxels, field.voxels);
    EXPECT_EQ(normal_field(slab(), wanted, 3).voxels, field.voxels);
}

TEST(ErrorField, CorrelationIsThatOfErrorsOverTheirSds) {
    Volume error = normal_field(slab(), {}, 5), sd(slab(), 1);
    for (std::size_t v = 0; v < sd.voxels.size(); ++v) {
        sd.voxels[v] = v % 3 == 0 ? 100.0F : 1.0F;
        error.voxels[v] = sd.voxels[v] * 2;  // everywhere two SDs too bright
    }
    const auto same = neighbour_correlation(error, sd, Mask(slab(), 1));
    for (const double c : same) EXPECT_NEAR(c, 1, 1e-6);
    const auto none = neighbour_correlation(error, sd, Mask(slab(), 0));
    for (const double c : none) EXPECT_EQ(c, 0);
}

TEST(TissueIntervals, WidenWithTheCorrelationOfErrors) {
    const Volume truth = thirds(), sd(slab(), 120);
    const Mask brain(slab(), 1);
    const auto found = tissue_intervals(truth, truth, sd, brain, kTissues, {0.9, 0.9, 0.9}, 30, 1);
    for (std::size_t t = 0; t < 3; ++t) EXPECT_NEAR(found.truth_ml[t], 48, 1e-6);
    EXPECT_EQ(found.image_ml, found.truth_ml);
    ASSERT_EQ(found.forecasts.size(), 3U);
    const auto width = [&](std::size_t n) {
        return found.forecasts[n].high_ml[1] - found.forecasts[n].low_ml[1];
    };
    EXPECT_LT(2 * width(0), width(1));
    EXPECT_LT(width(1), width(2));
    EXPECT_EQ(found.forecasts[0].errors, "independent");
    EXPECT_EQ(found.forecasts[2].errors, "as one");
}

TEST(TissueIntervals, OfIndependentErrorsAreTheBinomialOnes) {
    // White matter at 900 falls below the border to grey, 750, with an SD of 150: 15.87 % of it
    // does. Grey at 600 leaves upwards alike, and downwards past 400.
    const Volume truth = thirds(), sd(slab(), 150);
    const auto found =
        tissue_intervals(truth, truth, sd, Mask(slab(), 1), kTissues, {}, 60, 1).forecasts[0];
    const double p = std::erfc(1 / std::sqrt(2.0)) / 2;
    EXPECT_NEAR(found.mean_ml[0], 48 * (1 - p) + 48 * p, 0.2);
    const double fluid_up = std::erfc(200.0 / 150 / std::sqrt(2.0)) / 2;
    EXPECT_NEAR(found.mean_ml[2], 48 * (1 - fluid_up) + 48 * fluid_up, 0.2);
    const double spread = std::sqrt(2 * 48000 * p * (1 - p)) / 1000;  // two thirds change sides
    EXPECT_NEAR(found.high_ml[0] - found.low_ml[0], 2 * 1.645 * spread, 0.4 * spread * 2 * 1.645);
}

TEST(TissueIntervals, HoldTheTruthOrSayThatTheyDoNot) {
    const Volume truth = thirds();
    Volume image = truth;
    for (float& v : image.voxels) v -= 120;  // a bias that a small SD does not tell of
    for (std::size_t n = 0; n < 2; ++n) {
        const Volume sd(slab(), n == 0 ? 5.0F : 250.0F);
        Volume biased = image;
        for (std::size_t v = 0; v < biased.voxels.size(); v += 3) biased.voxels[v] -= 60;
        const auto found =
            tissue_intervals(truth, biased, sd, Mask(slab(), 1), kTissues, {}, 20, 1);
        EXPECT_EQ(holds_truth(found, found.forecasts[2], 0), n == 1) << n;
    }
}

}  // namespace
}  // namespace iqt::models::train
