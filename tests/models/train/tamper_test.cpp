// SPDX-License-Identifier: Apache-2.0
#include "models/train/tamper.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "models/simulate.hpp"
#include "models/train/tamper_suite.hpp"
#include "pipeline/grid/resample.hpp"
#include "pipeline/stages/assess.hpp"
#include "tests/fakes/anatomy_phantom.hpp"

namespace iqt::models::train {
namespace {

/// 50^3 voxels of 1 mm with one lesion of 8 mm in the middle.
struct TamperScene {
    TamperScene() {
        Geometry g;
        g.size = {50, 50, 50};
        image = Volume(g, 100);
        lesion.diameter_mm = 8;
        lesion.centre_lps_mm = g.point_lps_mm(25, 25, 25);
    }
    Volume image;
    Lesion lesion;
};

TEST(Tamper, AddsABallOfThatStepAndLeavesTheRest) {
    const TamperScene s;
    const Volume dark = with_balls_added(s.image, {s.lesion}, -30);
    EXPECT_NEAR(measure_contrast(dark, s.lesion).contrast, -30, 1e-4);
    EXPECT_EQ(dark.at(25, 25, 25), 70);
    EXPECT_EQ(dark.at(25, 25, 30), 100);
    EXPECT_EQ(measure_contrast(s.image, s.lesion).contrast, 0);
    EXPECT_EQ(with_balls_added(s.image, {s.lesion}, -130).at(25, 25, 25), 0);
}

TEST(Tamper, ErasesWithTheHealthyImageAndLeavesTheRest) {
    const TamperScene s;
    Volume healthy = s.image;
    for (float& v : healthy.voxels) v += 1;
    const Volume sick = with_balls_added(s.image, {s.lesion}, 50);
    const Volume erased = with_lesions_erased(sick, healthy, {s.lesion});
    EXPECT_EQ(erased.at(25, 25, 25), 101);
    EXPECT_EQ(erased.at(25, 30, 25), 101);  // 1 mm beyond the edge
    EXPECT_EQ(erased.at(25, 33, 25), 100);
}

TEST(Tamper, MarkedSharesAreByClassOverTheLesionsVoxels) {
    const TamperScene s;
    Mask warnings(s.image.geometry);
    for (int k = 0; k < 25; ++k)
        for (int j = 0; j < 50; ++j)
            for (int i = 0; i < 50; ++i) warnings.at(i, j, k) = kInconsistent;
    warnings.at(25, 25, 25) = kUncertain | kNotAssessed;
    const Marked m = marked_in(warnings, s.lesion);
    // 257 voxel centres lie within 4 mm of a voxel's centre, 49 of them in its plane.
    EXPECT_NEAR(m.inconsistent, 104.0 / 257, 1e-9);
    EXPECT_NEAR(m.uncertain, 1.0 / 257, 1e-9);
    EXPECT_NEAR(m.any, 105.0 / 257, 1e-9);
    EXPECT_EQ(m.unfamiliar, 0);
    const Mask away = away_from(Mask(warnings.geometry, 1), {s.lesion}, 3);
    EXPECT_EQ(away.at(25, 25, 32), 0);
    EXPECT_EQ(away.at(25, 25, 33), 1);
}

TEST(Tamper, ALesionSmallerThanAVoxelIsTheNearestOne) {
    TamperScene s;
    s.lesion.diameter_mm = 0.5;
    s.lesion.centre_lps_mm = s.image.geometry.point_lps_mm(25.4, 25, 25);
    Mask warnings(s.image.geometry);
    warnings.at(25, 25, 25) = kUncertain;
    EXPECT_EQ(marked_in(warnings, s.lesion).uncertain, 1);
}

TEST(Inventions, AreLesionLikeSpotsOfTheRightSizeByTheClassThatSeesThem) {
    const TamperScene s;
    const Volume truth(s.image.geometry, 100);
    const Mask all(s.image.geometry, 1);
    Lesion large = s.lesion;
    large.diameter_mm = 20;
    large.centre_lps_mm = s.image.geometry.point_lps_mm(12, 12, 12);
    Lesion small = s.lesion;
    small.diameter_mm = 6;
    small.centre_lps_mm = s.image.geometry.point_lps_mm(35, 35, 35);
    const Volume image = with_balls_added(truth, {large, small}, 50);
    Mask warnings(s.image.geometry, kUncertain);
    const ClassCounts seen = find_inventions(image, truth, all, Contrast::T2, 20, warnings);
    EXPECT_EQ(seen.n, 1);
    EXPECT_EQ(seen.uncertain, 1);
    EXPECT_EQ(seen.inconsistent, 0);
    EXPECT_EQ(seen.unseen, 0);
    warnings = Mask(s.image.geometry);
    EXPECT_EQ(find_inventions(image, truth, all, Contrast::T2, 20, warnings).unseen, 1);
    EXPECT_EQ(find_inventions(image, truth, all, Contrast::T1, 20, warnings).n, 0);
    EXPECT_EQ(find_inventions(image, truth, Mask(all.geometry), Contrast::T2, 20, warnings).n, 0);
}

/// Cubic interpolation that calls every voxel's SD 10.
class CubicWithSd final : public Enhancer {
  public:
    CubicWithSd() {
        info_.id = "cubic-with-sd";
        info_.has_uncertainty = true;
        info_.total_sd_threshold = 1;
        info_.residual_threshold = 4;
    }
    const ModelInfo& info() const override { return info_; }
    Result<Enhancement> enhance(const Volume& source, const EnhanceRequest&) override {
        Enhancement out;
        out.mean = grid::resample(source, refine(source.geometry, 1.0), grid::Kernel::Cubic);
        out.total_sd = Volume(out.mean.geometry, 10);
        out.provenance.model = info_;
        return out;
    }

  private:
    ModelInfo info_;
};

TEST(Tampering, OfAPhantomIsCaughtWhereItIsStrongAndLeavesTheRestAlone) {
    CubicWithSd model;
    SubjectResult subject;
    subject.name = "phantom_T1";
    subject.white_matter = 1000;
    SubjectImages images;
    images.high_quality = fakes::anatomy_phantom({110, 120, 110});
    images.how.white_matter = 1000;
    const Simulation simulation = simulate(images.high_quality, images.how, 1);
    subject.noise_sd = simulation.noise_sd;
    images.low_field = simulation.low_field;
    images.answer = *model.enhance(images.low_field, {});
    images.truth =
        grid::resample_free(images.high_quality, images.answer.mean.geometry, grid::Kernel::Cubic);
    Mask middle(images.truth.geometry);
    middle.at(55, 60, 55) = 1;
    auto found = measure_added(subject, images, middle, 1);
    ASSERT_TRUE(found);
    ASSERT_TRUE(measure_shown(subject, images, middle, model, 1, 1, *found));
    int n = 0, strongest = 0, caught = 0;
    for (const TamperScores& t : found->tampered) {
        n += t.n;
        EXPECT_GE(t.strong, t.strong_caught);
        if (t.what != "8 SD" || t.diameter_mm < 12) continue;
        EXPECT_TRUE(t.is_added);
        EXPECT_NEAR(t.contrast_sd, 8, 0.1);
        EXPECT_LT(t.marked_before, 0.3);
        strongest += t.n;
        caught += t.caught;
    }
    EXPECT_GT(n, 0);
    EXPECT_GT(strongest, 0);
    EXPECT_EQ(caught, strongest);
    ASSERT_EQ(found->losses.size(), 9U);  // three kinds, three sizes
    subject.noise_sd = 0;
    EXPECT_FALSE(measure_added(subject, images, middle, 1));
}

}  // namespace
}  // namespace iqt::models::train
