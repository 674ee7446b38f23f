// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "pipeline/qa/input_qa.hpp"
#include "pipeline/qa/limits.hpp"

namespace iqt::qa {
namespace {

QaFigures good() {
    QaFigures f;
    f.noise_sd = 10;
    f.snr = f.snr_at_best = 18;
    f.snr_per_mm3 = 1.4;
    f.acquired_in_plane_mm = 1.6;
    f.ghost = 0.01;
    f.motion_mm = 0.3;
    f.order_ratio = 1.0;
    f.histogram_distance = 0.03;
    f.head_ml = 2500;
    f.extent_mm = {150, 190, 150};
    f.is_whole = true;
    f.likeness = 0.96;
    f.mirror_gain = -0.05;
    f.anatomy_gain = -0.2;
    f.anatomy_seen = 1;
    return f;
}

InputQa judged(const std::function<void(QaFigures&)>& edit) {
    QaFigures figures = good();
    edit(figures);
    return judge_input(figures, Contrast::T1);
}

TEST(JudgeInput, AGoodHeadIsEnhancedWithoutAWord) {
    const InputQa qa = judged([](QaFigures&) {});
    EXPECT_EQ(qa.verdict, QaVerdict::Enhance);
    EXPECT_TRUE(qa.findings.empty());
}

TEST(JudgeInput, EachFigureBeyondItsFirstLimitGivesABannerOfItsOwn) {
    const std::pair<const char*, std::function<void(QaFigures&)>> cases[] = {
        {"LOW SIGNAL", [](QaFigures& f) { f.snr = kSnrMin - 0.1; }},
        {"MORE SIGNAL", [](QaFigures& f) { f.snr_at_best = kSnrMax + 1; }},
        {"MORE SIGNAL", [](QaFigures& f) { f.snr_per_mm3 = kSnrPerMm3.banner + 0.1; }},
        {"COARSE PIXELS", [](QaFigures& f) { f.acquired_in_plane_mm = 3.5; }},
        {"GHOSTS", [](QaFigures& f) { f.ghost = kGhost.banner + 0.01; }},
        {"MOTION", [](QaFigures& f) { f.motion_mm = kMotionMm.banner + 0.1; }},
        {"SLICE ORDER", [](QaFigures& f) { f.order_ratio = kOrderRatio.banner + 0.01; }},
        {"INTENSITIES", [](QaFigures& f) { f.histogram_distance = kHistogramDistanceMax + 0.01; }},
        {"SMALL", [](QaFigures& f) { f.head_ml = kHeadMlMin.banner - 1; }},
        {"SHAPE", [](QaFigures& f) { f.likeness = kLikenessMin.banner - 0.001; }},
        {"ORIENTATION", [](QaFigures& f) { f.mirror_gain = kMirrorGain.banner + 0.001; }},
        {"ORIENTATION", [](QaFigures& f) { f.anatomy_gain = kAnatomyGain.banner + 0.001; }}};
    for (const auto& [banner, edit] : cases) {
        SCOPED_TRACE(banner);
        const InputQa qa = judged(edit);
        EXPECT_EQ(qa.verdict, QaVerdict::EnhanceWithBanner);
        ASSERT_EQ(qa.findings.size(), 1U);
        EXPECT_TRUE(qa.findings[0].banner.starts_with(banner)) << qa.findings[0].banner;
        EXPECT_GT(qa.findings[0].sentence.size(), 40U);
    }
}

TEST(JudgeInput, FarBeyondIsDeclined) {
    const std::function<void(QaFigures&)> cases[] = {
        [](QaFigures& f) { f.snr_per_mm3 = kSnrPerMm3.decline + 1; },
        [](QaFigures& f) { f.ghost = kGhost.decline + 0.01; },
        [](QaFigures& f) { f.motion_mm = kMotionMm.decline + 0.1; },
        [](QaFigures& f) { f.order_ratio = kOrderRatio.decline + 0.1; },
        [](QaFigures& f) { f.head_ml = kHeadMlMin.decline - 1; },
        [](QaFigures& f) { f.likeness = kLikenessMin.decline - 0.01; },
        [](QaFigures& f) {
            f.mirror_gain = kMirrorGain.decline + 0.001;
            f.anatomy_gain.reset();
        },
        [](QaFigures& f) { f.anatomy_gain = kAnatomyGain.decline + 0.001; }};
    for (const auto& edit : cases) EXPECT_EQ(judged(edit).verdict, QaVerdict::Decline);
}

TEST(JudgeInput, AHeadTheWrongWayIsSaidOnceHoweverItShows) {
    const InputQa qa = judged([](QaFigures& f) {
        f.mirror_gain = kMirrorGain.decline + 0.01;
        f.anatomy_gain = kAnatomyGain.banner + 0.01;
    });
    EXPECT_EQ(qa.verdict, QaVerdict::Decline);
    ASSERT_EQ(qa.findings.size(), 1U);
    EXPECT_NE(qa.findings[0].sentence.find("inside of the brain"), std::string::npos);
}

TEST(JudgeInput, AnOutlineDeclinesNothingThatIsTheRightWayInside) {
    const InputQa qa = judged([](QaFigures& f) {
        f.mirror_gain = kMirrorGain.decline + 0.01;
        f.anatomy_gain = -kAnatomyGain.banner - 0.001;
    });
    EXPECT_EQ(qa.verdict, QaVerdict::EnhanceWithBanner);
    ASSERT_EQ(qa.findings.size(), 1U);
    EXPECT_NE(qa.findings[0].sentence.find("outline of the head"), std::string::npos);
    EXPECT_EQ(judged([](QaFigures& f) {
                  f.mirror_gain = kMirrorGain.decline + 0.01;
                  f.anatomy_gain = -kAnatomyGain.banner + 0.001;
              }).verdict,
              QaVerdict::Decline);
}

TEST(JudgeInput, ASlabIsNotDeclinedForTheInsideOfItsBrain) {
    const InputQa qa = judged([](QaFigures& f) {
        f.anatomy_gain = kAnatomyGain.decline + 0.1;
        f.anatomy_seen = kAnatomySeenMin - 0.01;
    });
    EXPECT_EQ(qa.verdict, QaVerdict::EnhanceWithBanner);
    ASSERT_EQ(qa.findings.size(), 1U);
    EXPECT_EQ(qa.findings[0].banner, "ORIENTATION IN DOUBT");
}

TEST(JudgeInput, AThinSlabIsNotDeclinedForItsShape) {
    const InputQa qa = judged([](QaFigures& f) {
        f.extent_mm[2] = 40;
        f.is_whole = false;
        f.likeness = 0.5;
        f.mirror_gain = 0.1;
        f.head_ml = 200;
    });
    EXPECT_EQ(qa.verdict, QaVerdict::EnhanceWithBanner);
}

TEST(JudgeInput, WhatCouldNotBeMeasuredSpeaksForNothing) {
    const InputQa qa = judged([](QaFigures& f) {
        f.ghost.reset();
        f.motion_mm.reset();
        f.order_ratio.reset();
        f.anatomy_gain.reset();
    });
    EXPECT_EQ(qa.verdict, QaVerdict::Enhance);
}

}  // namespace
}  // namespace iqt::qa
