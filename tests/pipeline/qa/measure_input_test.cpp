// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/qa/input_qa.hpp"
#include "pipeline/qa/kspace.hpp"
#include "pipeline/qa/limits.hpp"
#include "pipeline/qa/shape.hpp"
#include "pipeline/qa/shape_reference.hpp"
#include "pipeline/qa/stack.hpp"

namespace iqt::qa {
namespace {

/// A made-up head with axial slices of 2 x 2 x 5 mm in LPS: the reference projection blown up to a
/// body whose cross-section is an ellipse, with waves inside that change slowly from slice to
/// slice.
struct Recipe {
    double signal = 1000, noise_sd = 50, ghost = 0, motion_mm = 0;
    double size = 1;     ///< of the head, 1 = a man's
    bool brain = false;  ///< without the head around it
};

double thickness(double y_mm, double z_mm, bool brain) {
    const auto& rows = brain ? brain_reference() : head_reference();
    const auto r = static_cast<std::ptrdiff_t>(std::floor(z_mm / Projection::kCellMm));
    const auto c = static_cast<std::ptrdiff_t>(std::floor(y_mm / Projection::kCellMm));
    if (r < 0 || c < 0 || r >= std::ssize(rows) || c >= std::ssize(rows.front())) return 0;
    return (rows[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)] - '0') *
           (brain ? 13.0 : 17.0);
}

Volume made_up_head(const Recipe& recipe) {
    Geometry g;
    g.size = {112, 124, 32};
    g.spacing_mm = {2, 2, 5};
    Volume head(g);
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal(0.0, 1.0);
    for (int k = 0; k < g.size[2]; ++k) {
        const double off_i = recipe.motion_mm * normal(random);
        const double off_j = recipe.motion_mm * normal(random);
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const double x = ((i - 55.5) * 2 + off_i) / recipe.size;
                const double y = (j - 61.5) * 2 + off_j, z = (32 - k) * 5.0 - 2.5;
                const double wide = thickness(y / recipe.size + 120, z / recipe.size, recipe.brain);
                if (std::abs(x) > wide / 2) continue;
                const double wave = std::sin(x / 9) * std::sin(y / 11) + std::sin(z / 12 + y / 30);
                head.at(i, j, k) = static_cast<float>(recipe.signal * (1 + 0.25 * wave));
            }
    }
    const Volume still = head;
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const auto far = static_cast<double>(still.at(i, (j + 62) % 124, k));
                const double value = static_cast<double>(still.at(i, j, k)) + recipe.ghost * far;
                head.at(i, j, k) = static_cast<float>(std::hypot(
                    value + recipe.noise_sd * normal(random), recipe.noise_sd * normal(random)));
            }
    return head;
}

QaFigures figures_of(const Recipe& recipe) {
    return measure_input(made_up_head(recipe), Contrast::T1);
}

bool has_banner(const InputQa& qa, std::string_view words) {
    return std::any_of(qa.findings.begin(), qa.findings.end(),
                       [&](const QaFinding& f) { return f.banner.starts_with(words); });
}

TEST(MeasureInput, AHeadAtRestIsAHeadAtRest) {
    const QaFigures f = figures_of({});
    EXPECT_NEAR(f.snr, 20, 4);
    EXPECT_LT(f.snr_at_best, kSnrMax);
    ASSERT_TRUE(f.ghost && f.motion_mm && f.order_ratio);
    EXPECT_LT(*f.ghost, 0.03);
    EXPECT_LT(*f.motion_mm, kMotionMm.banner);
    EXPECT_LT(*f.order_ratio, 1.1);
    EXPECT_EQ(f.zero_fill, (std::array<double, 2>{1, 1}));
    EXPECT_GT(f.likeness, kLikenessMin.banner);
    EXPECT_LT(f.mirror_gain, 0);
}

TEST(MeasureInput, NoiseAsStrongAsAThirdOfTheHeadGetsItsBanner) {
    const InputQa qa = assess_input(made_up_head({.noise_sd = 333}), Contrast::T1);
    EXPECT_NE(qa.verdict, QaVerdict::Enhance);
    EXPECT_TRUE(has_banner(qa, "LOW SIGNAL"));
}

TEST(MeasureInput, SignalThatLowFieldCannotHaveIsFound) {
    const InputQa qa = assess_input(made_up_head({.noise_sd = 5}), Contrast::T1);
    EXPECT_TRUE(has_banner(qa, "MORE SIGNAL"));
}

TEST(MeasureInput, AGhostIsMeasuredAtItsStrength) {
    const auto ghost = figures_of({.ghost = 0.3}).ghost;
    ASSERT_TRUE(ghost);
    EXPECT_NEAR(*ghost, 0.3, 0.1);
}

TEST(MeasureInput, MotionBetweenSlicesIsFound) {
    const auto motion = figures_of({.motion_mm = 4}).motion_mm;
    ASSERT_TRUE(motion);
    EXPECT_GT(*motion, kMotionMm.banner);
}

TEST(MeasureInput, AHeadOfHalfTheSizeIsDeclined) {
    EXPECT_EQ(assess_input(made_up_head({.size = 0.45}), Contrast::T1).verdict, QaVerdict::Decline);
}

void reorder(Volume& volume, const std::vector<int>& order) {
    const Volume before = volume;
    const auto plane = static_cast<std::ptrdiff_t>(volume.offset(0, 0, 1));
    for (std::size_t k = 0; k < order.size(); ++k)
        std::copy_n(before.voxels.begin() + order[k] * plane, plane,
                    volume.voxels.begin() + static_cast<std::ptrdiff_t>(k) * plane);
}

TEST(MeasureInput, SlicesInTheOrderOfAcquisitionAreDeclined) {
    Volume head = made_up_head({});
    std::vector<int> order;
    for (const int first : {0, 1})
        for (int k = first; k < head.geometry.size[2]; k += 2) order.push_back(k);
    reorder(head, order);
    const InputQa qa = assess_input(head, Contrast::T1);
    EXPECT_TRUE(has_banner(qa, "SLICE ORDER"));
    EXPECT_EQ(qa.verdict, QaVerdict::Decline);
}

TEST(MeasureInput, ABrainUpsideDownIsFound) {
    Volume head = made_up_head({.brain = true});
    std::vector<int> order;
    for (int k = head.geometry.size[2]; k-- > 0;) order.push_back(k);
    reorder(head, order);
    const InputQa qa = assess_input(head, Contrast::T1);
    EXPECT_GT(qa.figures.mirror_gain, kMirrorGain.banner);
    EXPECT_NE(qa.verdict, QaVerdict::Enhance);
}

TEST(MeasureInput, ThePlaneOfTheSlicesDoesNotMatter) {
    const Volume axial = made_up_head({});
    Volume turned = axial;  // the same voxels with their axes in another order
    for (auto* part : {&turned.geometry.spacing_mm}) std::swap((*part)[0], (*part)[2]);
    std::swap(turned.geometry.size[0], turned.geometry.size[2]);
    std::swap(turned.geometry.axes[0], turned.geometry.axes[2]);
    for (int k = 0; k < axial.geometry.size[2]; ++k)
        for (int j = 0; j < axial.geometry.size[1]; ++j)
            for (int i = 0; i < axial.geometry.size[0]; ++i) turned.at(k, j, i) = axial.at(i, j, k);
    const QaFigures a = measure_input(axial, Contrast::T1);
    const QaFigures b = measure_input(turned, Contrast::T1);
    EXPECT_NEAR(a.snr, b.snr, 0.05 * a.snr);
    EXPECT_NEAR(a.likeness, b.likeness, 0.01);
    EXPECT_NEAR(a.head_ml, b.head_ml, 20);
}

TEST(MeasureInput, NothingAtAllIsNoHead) {
    Geometry g;
    g.size = {40, 40, 20};
    g.spacing_mm = {4, 4, 5};
    EXPECT_EQ(assess_input(Volume(g, 0.0F), Contrast::T1).verdict, QaVerdict::Decline);
    EXPECT_EQ(assess_input(Volume(g, 7.0F), Contrast::T1).verdict, QaVerdict::Decline);
}

// Lines of band-limited noise: every frequency below `share` of the highest one.
TEST(ZeroFillFactor, IsTheInverseOfTheShareOfFrequenciesThatHoldPower) {
    constexpr int kCount = 128, kHighest = 40;
    Geometry g;
    g.size = {kCount, 96, 10};
    g.spacing_mm = {1, 1, 5};
    Volume v(g, 0.0F);
    std::mt19937_64 random(3);
    std::normal_distribution<double> normal(0.0, 1.0);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j) {
            std::array<double, kHighest> a{}, b{};
            for (int f = 0; f < kHighest; ++f) {
                a[static_cast<std::size_t>(f)] = normal(random);
                b[static_cast<std::size_t>(f)] = normal(random);
            }
            for (int i = 0; i < kCount; ++i) {
                double sum = 1000;
                for (int f = 1; f < kHighest; ++f) {
                    const double turn = 2 * std::numbers::pi * f * i / kCount;
                    sum += a[static_cast<std::size_t>(f)] * std::cos(turn) +
                           b[static_cast<std::size_t>(f)] * std::sin(turn);
                }
                v.at(i, j, k) = static_cast<float>(sum);
            }
        }
    Stack stack;
    stack.full = stack.coarse = v;
    stack.head_median = 1000;
    EXPECT_NEAR(zero_fill_factor(stack, 0), 64.0 / kHighest, 0.1);
    EXPECT_NEAR(zero_fill_factor(stack, 1), 1.0, 1e-9);
}

}  // namespace
}  // namespace iqt::qa
