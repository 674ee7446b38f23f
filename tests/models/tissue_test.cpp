// SPDX-License-Identifier: Apache-2.0
#include "models/tissue.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "models/random.hpp"
#include "models/simulate.hpp"

namespace iqt::models {
namespace {

/// Three tissues in thick shells about a centre, a little noise inside each.
Volume shells(double fluid, double grey, double white) {
    Geometry g;
    g.size = {90, 90, 90};
    g.spacing_mm = {1, 1, 1};
    Volume v(g);
    for (int k = 0; k < 90; ++k)
        for (int j = 0; j < 90; ++j)
            for (int i = 0; i < 90; ++i) {
                const double r = std::hypot(i - 44.5, j - 44.5, k - 44.5);
                if (r > 42) continue;
                const double mean = r > 36 ? fluid : r > 28 ? grey : white;
                v.at(i, j, k) =
                    static_cast<float>(mean * (1 + 0.03 * random::normals(5, v.offset(i, j, k)).a));
            }
    return v;
}

/// A ball about the same centre.
Mask ball(double radius) {
    Geometry g;
    g.size = {90, 90, 90};
    Mask mask(g);
    for (int k = 0; k < 90; ++k)
        for (int j = 0; j < 90; ++j)
            for (int i = 0; i < 90; ++i)
                mask.at(i, j, k) = std::hypot(i - 44.5, j - 44.5, k - 44.5) < radius ? 1 : 0;
    return mask;
}

double mean_between(const Volume& v, double low, double high) {
    double sum = 0, n = 0;
    for (int k = 0; k < 90; ++k)
        for (int j = 0; j < 90; ++j)
            for (int i = 0; i < 90; ++i) {
                const double r = std::hypot(i - 44.5, j - 44.5, k - 44.5);
                if (r < low || r > high) continue;
                sum += static_cast<double>(v.at(i, j, k));
                n += 1;
            }
    return sum / n;
}

TEST(Tissue, MixtureNamesTheClassesByContrast) {
    const Tissues t1 = fit_tissues(shells(250, 600, 900), Contrast::T1);
    EXPECT_NEAR(t1.fluid.mean, 250, 10);
    EXPECT_NEAR(t1.grey.mean, 600, 15);
    EXPECT_NEAR(t1.white.mean, 900, 15);
    const Tissues t2 = fit_tissues(shells(900, 600, 350), Contrast::T2);
    EXPECT_NEAR(t2.fluid.mean, 900, 15);
    EXPECT_NEAR(t2.white.mean, 350, 15);
    const auto p = posteriors(t1, 890);
    EXPECT_GT(p[0], 0.95);
    EXPECT_NEAR(p[0] + p[1] + p[2], 1, 1e-12);
    EXPECT_GT(posteriors(t1, 20)[2], 0.95);
}

TEST(Tissue, RelaxationGivesTheRatiosOfThePublishedTimes) {
    const auto t1 = low_field_ratios(typical_sequence(Contrast::T1));
    EXPECT_NEAR(1 / t1[1], 1.05, 0.01);
    EXPECT_NEAR(t1[2] / t1[1], 0.09, 0.01);
    const auto t2 = low_field_ratios(typical_sequence(Contrast::T2));
    EXPECT_NEAR(1 / t2[1], 0.53, 0.01);
    const auto flair = low_field_ratios(typical_sequence(Contrast::Flair));
    EXPECT_NEAR(1 / flair[1], 0.55, 0.01);
    EXPECT_NEAR(flair[2] / flair[1], 0.26, 0.02);
}

TEST(Tissue, RecontrastBringsTissuesToTheLowFieldRatiosAndKeepsWhiteMatter) {
    const Volume changed = recontrast(shells(250, 600, 900), Contrast::T1, 0, 1);
    const auto wanted = low_field_ratios(typical_sequence(Contrast::T1));
    EXPECT_NEAR(mean_between(changed, 0, 25), 900, 20);
    EXPECT_NEAR(mean_between(changed, 30, 34) / 900, wanted[1], 0.05);
    EXPECT_NEAR(mean_between(changed, 38, 40) / 900, wanted[2], 0.05);
    EXPECT_NE(recontrast(changed, Contrast::T1, 0.1, 1).voxels,
              recontrast(changed, Contrast::T1, 0.1, 2).voxels);
}

TEST(Tissue, RecontrastFollowsTheTimesThatAreGiven) {
    const Volume head = shells(250, 600, 900);
    SequenceTimes times;
    times.inversion_ms = 0;  // saturation recovery: fluid is darker than tissue still
    times.echo_ms = 120;     // T2 weighting: grey matter over white
    const Sequence sequence = with_times(typical_sequence(Contrast::T1), times);
    EXPECT_EQ(sequence.repetition_ms, 880);
    const auto wanted = low_field_ratios(sequence);
    ASSERT_GT(wanted[1], 1.2);
    const Volume changed = recontrast(head, Contrast::T1, 0, 1, times);
    EXPECT_NEAR(mean_between(changed, 30, 34) / 900, wanted[1], 0.05);
    EXPECT_EQ(recontrast(head, Contrast::T1, 0, 1, {880, 5, 354}).voxels,
              recontrast(head, Contrast::T1, 0, 1).voxels);
}

TEST(Tissue, GammaKeepsThePivotAndBendsTheRest) {
    Volume v(Geometry{}, 0);
    v.geometry.size = {3, 1, 1};
    v.voxels = {100, 400, 900};
    const Volume bent = apply_gamma(v, 0.5, 400);
    EXPECT_NEAR(bent.voxels[0], 200, 1e-3);
    EXPECT_NEAR(bent.voxels[1], 400, 1e-3);
    EXPECT_NEAR(bent.voxels[2], 600, 1e-3);
}

TEST(Tissue, ShadingIsSmoothAndOfTheGivenStrength) {
    Geometry g;
    g.size = {100, 100, 100};
    g.spacing_mm = {1, 1, 1};
    const Volume flat(g, 1);
    double square = 0, n = 0, step = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const Volume shaded = apply_bias_field(flat, 0.3, seed);
        for (int k = 2; k < 97; k += 3)
            for (int j = 2; j < 97; j += 3)
                for (int i = 2; i < 97; ++i) {
                    const double f = std::log(static_cast<double>(shaded.at(i, j, k)));
                    const double next = std::log(static_cast<double>(shaded.at(i + 1, j, k)));
                    square += f * f;
                    step = std::max(step, std::abs(next - f));
                    n += 1;
                }
    }
    // Between control points a cubic mean of neighbours varies less than they do.
    EXPECT_NEAR(std::sqrt(square / n), 0.22, 0.06);
    EXPECT_LT(step, 0.08);
    EXPECT_EQ(apply_bias_field(flat, 0, 1).voxels, flat.voxels);
}

TEST(Tissue, StochasticDecimationDrawsTheSnrPairAndTheContrastItStandsFor) {
    const Volume head = shells(250, 600, 900);
    LinDecimation how;
    how.slice_thickness_factor = {1, 1, 3};
    how.gap = {0, 0, 1};
    double white = 0, grey = 0;
    constexpr int kDraws = 40;
    for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
        const LinResult r = stochastic_decimation(head, Contrast::T1, how, seed, ball(42));
        EXPECT_EQ(r.low_field.geometry.size, (std::array<int, 3>{90, 90, 22}));
        EXPECT_NEAR(r.low_field.geometry.spacing_mm[2], 4, 1e-9);
        EXPECT_NEAR(r.noise_sd, 900 / r.snr_white, 0.03 * r.noise_sd);
        white += r.snr_white / kDraws;
        grey += r.snr_grey / kDraws;
    }
    EXPECT_NEAR(white, how.snr_mean[0], 4 * std::sqrt(how.snr_covariance[0] / kDraws));
    EXPECT_NEAR(grey, how.snr_mean[1], 4 * std::sqrt(how.snr_covariance[2] / kDraws));
    how.snr_covariance = {1e-6, 0, 1e-6};
    how.snr_mean = {300, 150};
    const LinResult r = stochastic_decimation(head, Contrast::T1, how, 3, ball(42));
    double sum = 0, n = 0;
    for (int j = 0; j < 90; ++j)
        for (int i = 0; i < 90; ++i) {
            const double z = (r.low_field.geometry.spacing_mm[2]) * 11 - 44.5;
            const double radius = std::hypot(i - 44.5, j - 44.5, z);
            if (radius < 30 || radius > 34) continue;
            sum += static_cast<double>(r.low_field.at(i, j, 11));
            n += 1;
        }
    EXPECT_NEAR(sum / n, 450, 25);  // grey matter at half of white matter's 900
}

TEST(Tissue, StochasticDecimationKeepsWhiteMatterInT1AndT2AndGreyMatterInFlair) {
    LinDecimation how;
    how.slice_thickness_factor = {1, 1, 3};
    how.gap = {0, 0, 1};
    how.snr_covariance = {1e-6, 0, 1e-6};
    how.snr_mean = {40, 50};
    const LinResult t1 =
        stochastic_decimation(shells(250, 600, 900), Contrast::T1, how, 1, ball(42));
    EXPECT_NEAR(t1.noise_sd, 900.0 / 40, 0.3);
    const LinResult t2 =
        stochastic_decimation(shells(900, 600, 350), Contrast::T2, how, 1, ball(42));
    EXPECT_NEAR(t2.noise_sd, 350.0 / 40, 0.15);
    const Volume flair = shells(250, 900, 600);
    const Mask brain = ball(42);
    EXPECT_NEAR(stochastic_decimation(flair, Contrast::Flair, how, 1, brain).noise_sd, 900.0 / 50,
                0.3);
    how.is_sim_wm_fixed = true;
    EXPECT_NEAR(stochastic_decimation(flair, Contrast::Flair, how, 1, brain).noise_sd, 600.0 / 40,
                0.3);
}

/// Slabs of white matter, fluid and grey matter along k in a box; T1 brightness.
Volume slabs() {
    Volume v = shells(250, 600, 900);
    for (int k = 0; k < 90; ++k)
        for (int j = 0; j < 90; ++j)
            for (int i = 0; i < 90; ++i) {
                const bool inside = std::min({i, j, k}) >= 16 && std::max({i, j, k}) < 76;
                const double mean = !inside ? 0 : k < 36 ? 900 : k < 56 ? 250 : 600;
                v.at(i, j, k) =
                    static_cast<float>(mean * (1 + 0.03 * random::normals(5, v.offset(i, j, k)).a));
            }
    return v;
}

TEST(Tissue, StochasticDecimationBlursPosteriorsSoMixedVoxelsAreNotTakenForGreyMatter) {
    LinDecimation how;
    how.slice_thickness_factor = {1, 1, 3};
    how.gap = {0, 0, 1};
    how.snr_covariance = {1e-6, 0, 1e-6};
    how.snr_mean = {300, 150};  // grey matter from 600 to 450
    const Volume low = stochastic_decimation(slabs(), Contrast::T1, how, 3, ball(80)).low_field;
    const auto middle = [&](int k) {
        double sum = 0;
        for (int j = 40; j < 50; ++j)
            for (int i = 40; i < 50; ++i) sum += static_cast<double>(low.at(i, j, k));
        return sum / 100;
    };
    EXPECT_NEAR(middle(16), 450, 10);  // in the slab of grey matter
    EXPECT_NEAR(middle(9), 475, 20);   // white and fluid: as bright as it was, though near grey
}

TEST(Tissue, StochasticDecimationLeavesOnlyNoiseOutsideTheBrain) {
    const Volume head = shells(250, 600, 900);
    LinDecimation how;
    how.slice_thickness_factor = {1, 1, 1};
    how.gap = {0, 0, 0};
    const Volume low = stochastic_decimation(head, Contrast::T1, how, 3, ball(36)).low_field;
    EXPECT_NEAR(mean_between(low, 37, 41), 0, 1);
    EXPECT_NEAR(mean_between(low, 0, 25), 900, 20);
}

}  // namespace
}  // namespace iqt::models
