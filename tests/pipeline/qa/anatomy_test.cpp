// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/anatomy.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "pipeline/qa/anatomy_reference.hpp"
#include "pipeline/qa/input_qa.hpp"
#include "pipeline/qa/limits.hpp"

namespace iqt::qa {
namespace {

/// Brightness of fluid, grey and white matter.
struct Brightness {
    Contrast contrast = Contrast::T1;
    double fluid = 200, grey = 600, white = 1000;
};
constexpr Brightness kT1{};
constexpr Brightness kT2{Contrast::T2, 1600, 700, 500};
constexpr Brightness kFlair{Contrast::Flair, 150, 1000, 750};

/// A brain without its head, as the reference has it but smaller, nodding and off the middle;
/// slices of 5 mm, first pixel at the front, lowest slice first (or that of number `first`).
Volume brain(const Brightness& bright, int slices = 36, int first = 0) {
    constexpr double kTilt = 0.12, kSize = 0.95;
    Geometry g;
    g.size = {90, 110, slices};
    g.spacing_mm = {2, 2, 5};
    Volume out(g);
    const AnatomyReference reference;
    std::mt19937_64 random(11);
    std::normal_distribution<double> noise(0.0, 40.0);
    for (int k = 0; k < slices; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const double x = (2 * i - 93) / kSize, y = (2 * j - 104) / kSize,
                             z = (5 * (first + k) - 84) / kSize;
                const double c = std::cos(kTilt), s = std::sin(kTilt);
                const TissueShares t = reference.at({x, c * y - s * z, s * y + c * z});
                const double value = bright.fluid * static_cast<double>(t[0]) +
                                     bright.grey * static_cast<double>(t[1]) +
                                     bright.white * static_cast<double>(t[2]);
                out.at(i, j, k) =
                    static_cast<float>(std::hypot(value + noise(random), noise(random)));
            }
    return out;
}

enum class Way { UpsideDown, BackToFront, TurnedOver };

Volume wrong_way(const Volume& from, Way way) {
    Volume out = from;
    const auto& n = from.geometry.size;
    for (int k = 0; k < n[2]; ++k)
        for (int j = 0; j < n[1]; ++j)
            for (int i = 0; i < n[0]; ++i)
                out.at(i, j, k) = from.at(i, way == Way::UpsideDown ? j : n[1] - 1 - j,
                                          way == Way::BackToFront ? k : n[2] - 1 - k);
    return out;
}

std::optional<AnatomyFit> fit_of(const Volume& volume) {
    return compare_anatomy(look_inside(make_stack(volume)));
}

TEST(PackedShares, AreTheirOwnInverse) {
    for (const char packed : anatomy_reference_text())
        ASSERT_EQ(pack_shares(unpack_shares(packed)), packed);
    EXPECT_EQ(pack_shares({0, 0, 0}), ' ');
    EXPECT_EQ(unpack_shares('\n'), (TissueShares{0, 0, 0}));
}

TEST(PackedShares, NeverHoldMoreThanThereIs) {
    const TissueShares shares = unpack_shares(pack_shares({0.26F, 0.26F, 0.48F}));
    EXPECT_LE(shares[0] + shares[1] + shares[2], 1.0F + 1e-6F);
    EXPECT_NEAR(shares[2], 0.5F, 1e-6F);
}

TEST(AnatomyReference, FillsItsGridAndIsTheSameOnBothSides) {
    EXPECT_EQ(anatomy_reference_text().size(),
              static_cast<std::size_t>(AnatomyReference::kZ * AnatomyReference::kY *
                                       AnatomyReference::kHalfX));
    const AnatomyReference reference;
    for (const double x : {1.0, 13.0, 40.0})
        for (std::size_t t = 0; t < 3; ++t)
            EXPECT_NEAR(reference.at({x, -20, 10})[t], reference.at({-x, -20, 10})[t], 1e-6F);
    EXPECT_EQ(reference.at({0, 0, 200}), (TissueShares{0, 0, 0}));
}

class EachContrast : public testing::TestWithParam<Brightness> {};

TEST_P(EachContrast, ABrainTheRightWayUpFitsBestAsItIs) {
    const auto fit = fit_of(brain(GetParam()));
    ASSERT_TRUE(fit);
    EXPECT_GT(fit->upright, 0.8);
    EXPECT_LT(fit->mirrored, fit->upright - 0.1);
    EXPECT_GT(fit->seen, kAnatomySeenMin);
}

TEST_P(EachContrast, ABrainTheWrongWayIsDeclinedEachWay) {
    const Volume right = brain(GetParam());
    for (const Way way : {Way::UpsideDown, Way::BackToFront, Way::TurnedOver}) {
        SCOPED_TRACE(static_cast<int>(way));
        const InputQa qa = assess_input(wrong_way(right, way), GetParam().contrast);
        ASSERT_TRUE(qa.figures.anatomy_gain);
        EXPECT_GT(*qa.figures.anatomy_gain, kAnatomyGain.decline);
        EXPECT_EQ(qa.verdict, QaVerdict::Decline);
        EXPECT_EQ(
            std::count_if(qa.findings.begin(), qa.findings.end(),
                          [](const QaFinding& f) { return f.banner == "ORIENTATION IN DOUBT"; }),
            1);
    }
}

INSTANTIATE_TEST_SUITE_P(Anatomy, EachContrast, testing::Values(kT1, kT2, kFlair),
                         [](const auto& one) {
                             return std::string(to_string(one.param.contrast));
                         });

TEST(Anatomy, ReversedAxesAreNotReversedPixels) {
    // The same object written the other way: rows and slices run backwards, and positions say so.
    Volume other = wrong_way(brain(kT1), Way::TurnedOver);
    Geometry& g = other.geometry;
    for (const std::size_t a : {1U, 2U}) {
        for (std::size_t c = 0; c < 3; ++c)
            g.origin_lps_mm[c] += (g.size[a] - 1) * g.spacing_mm[a] * g.axes[a][c];
        for (double& c : g.axes[a]) c = -c;
    }
    const auto as_it_was = fit_of(brain(kT1)), backwards = fit_of(other);
    ASSERT_TRUE(as_it_was && backwards);
    EXPECT_NEAR(backwards->upright, as_it_was->upright, 0.02);
}

TEST(Anatomy, NothingIsSaidOfTooThinASlab) {
    EXPECT_FALSE(fit_of(brain(kT1, 12)));
}

TEST(Anatomy, NoSlabOfABrainTheRightWayUpIsDeclinedForItsOrientation) {
    // Without its top, without its base, the middle alone, and the upper half.
    for (const auto& [slices, first] :
         {std::pair{24, 0}, std::pair{24, 12}, std::pair{18, 8}, std::pair{16, 18}}) {
        SCOPED_TRACE(first);
        const InputQa qa = assess_input(brain(kT1, slices, first), Contrast::T1);
        EXPECT_TRUE(std::none_of(qa.findings.begin(), qa.findings.end(), [](const QaFinding& f) {
            return f.declines && f.banner == "ORIENTATION IN DOUBT";
        }));
    }
}

TEST(Anatomy, NothingIsSaidOfAFieldOfViewThatNoHeadFills) {
    Geometry g;
    g.size = {60, 60, 30};
    g.spacing_mm = {4, 4, 30};
    EXPECT_TRUE(look_inside(make_stack(Volume(g, 7.0F))).value.empty());
}

TEST(Anatomy, NothingIsSaidOfWhatIsNoBrain) {
    Geometry g;
    g.size = {60, 60, 30};
    g.spacing_mm = {4, 4, 6};
    Volume noise(g);
    std::mt19937_64 random(2);
    std::uniform_real_distribution<float> value(0.0F, 1000.0F);
    for (float& v : noise.voxels) v = value(random);
    EXPECT_FALSE(fit_of(noise));
    EXPECT_FALSE(fit_of(Volume(g, 0.0F)));
    EXPECT_FALSE(fit_of(Volume(g, 7.0F)));
    g.size = {60, 60, 1};
    EXPECT_FALSE(fit_of(Volume(g, 7.0F)));
}

}  // namespace
}  // namespace iqt::qa
