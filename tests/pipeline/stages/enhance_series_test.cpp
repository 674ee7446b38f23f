// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/enhance_series.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/fakes/counting_encoder.hpp"
#include "tests/fakes/cubic_like_enhancer.hpp"
#include "tests/fakes/head_phantom.hpp"

namespace iqt::stages {
namespace {

SourceSeries source_series() {
    return fakes::eligible_series(fakes::head_phantom({32, 36, 9}, {2, 2, 5}, 10));
}

struct Bench {
    fakes::CubicLikeEnhancer enhancer;
    fakes::CountingEncoder encoder;
    Plan plan;
    Bench() { plan.enhancer = &enhancer; }
    Planner planner() {
        return [this](const SourceSeries&) -> Result<Plan> { return plan; };
    }
    Result<Outcome> run(SourceSeries source, const Turn& turn = {}) {
        return enhance_series(std::move(source), planner(), &encoder, turn, {});
    }
};

TEST(EnhanceSeries, EligibleSeriesIsEnhancedAndEncoded) {
    Bench bench;
    const auto outcome = bench.run(source_series());
    ASSERT_TRUE(outcome.has_value());
    const auto& enhanced = std::get<Enhanced>(*outcome);
    ASSERT_EQ(enhanced.series.size(), 2U);
    EXPECT_EQ(enhanced.series[0].kind, OutputKind::Warning);
    EXPECT_EQ(enhanced.series[0].instances.size(), enhanced.series[1].instances.size());
}

TEST(EnhanceSeries, SeedIsAFunctionOfTheSeriesUnlessGiven) {
    Bench bench;
    ASSERT_TRUE(bench.run(source_series()).has_value());
    const std::uint64_t first = bench.enhancer.seen_seed;
    ASSERT_TRUE(bench.run(source_series()).has_value());
    EXPECT_EQ(bench.enhancer.seen_seed, first);
    SourceSeries other = source_series();
    other.content_digest = std::string(64, '1');
    ASSERT_TRUE(bench.run(std::move(other)).has_value());
    EXPECT_NE(bench.enhancer.seen_seed, first);
    bench.plan.seed = 42;
    ASSERT_TRUE(bench.run(source_series()).has_value());
    EXPECT_EQ(bench.enhancer.seen_seed, 42U);
}

TEST(EnhanceSeries, IneligibleSeriesNeverReachesTheModel) {
    Bench bench;
    SourceSeries source = source_series();
    source.facts.field_strength_t = 3.0;
    source.facts.localizer = true;
    const auto outcome = bench.run(std::move(source));
    ASSERT_TRUE(outcome.has_value());
    const auto& declined = std::get<Declined>(*outcome);
    EXPECT_EQ(declined.reasons.front().kind, DeclineKind::Localizer);
    EXPECT_EQ(declined.reasons.size(), 2U);
    EXPECT_EQ(bench.enhancer.calls, 0);
    EXPECT_TRUE(declined.notice.empty());
}

TEST(EnhanceSeries, MissingRouteIsADeclineWithItsSentence) {
    Bench bench;
    const Planner none = [](const SourceSeries&) -> Result<Plan> {
        return fail(ErrorKind::NotFound, "no route matches this series");
    };
    const auto outcome = enhance_series(source_series(), none, &bench.encoder, {}, {});
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(std::get<Declined>(*outcome).reasons.front().kind, DeclineKind::NoRoute);
}

TEST(EnhanceSeries, MissingModelIsADecline) {
    Bench bench;
    bench.plan.enhancer = nullptr;
    const auto outcome = bench.run(source_series());
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(std::get<Declined>(*outcome).reasons.front().kind, DeclineKind::NoModel);
}

TEST(EnhanceSeries, NoticeIsMadeWhereTheRouteAsksForIt) {
    Bench bench;
    bench.plan.outputs = {OutputKind::Notice};
    SourceSeries source = source_series();
    source.header = std::make_shared<fakes::EmptyHeader>();
    source.facts.lossy = true;
    const auto outcome = bench.run(std::move(source));
    ASSERT_TRUE(outcome.has_value());
    ASSERT_EQ(std::get<Declined>(*outcome).notice.size(), 1U);
    EXPECT_EQ(std::get<Declined>(*outcome).notice[0].kind, OutputKind::Notice);
}

TEST(EnhanceSeries, OwnOutputNeverGetsANotice) {
    Bench bench;
    bench.plan.outputs = {OutputKind::Notice};
    SourceSeries source = source_series();
    source.header = std::make_shared<fakes::EmptyHeader>();
    source.facts.own_output = true;
    const auto outcome = bench.run(std::move(source));
    ASSERT_TRUE(outcome.has_value());
    EXPECT_TRUE(std::get<Declined>(*outcome).notice.empty());
}

TEST(EnhanceSeries, ErrorOfTheModelIsPassedOn) {
    Bench bench;
    bench.enhancer.fails_with = Error{ErrorKind::OutOfResources, "no memory", "", ""};
    const auto outcome = bench.run(source_series());
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().kind, ErrorKind::OutOfResources);
}

TEST(EnhanceSeries, WhatThePixelsSayIsDeclinedWhereTheRouteWantsItAndElseStandsInTheBanners) {
    Bench bench;
    bench.plan.allowances.input_quality_declines = true;
    SourceSeries empty = source_series();
    std::fill(empty.volume->voxels.begin(), empty.volume->voxels.end(), 0.0F);
    const auto declined = bench.run(std::move(empty));
    ASSERT_TRUE(declined.has_value());
    EXPECT_EQ(std::get<Declined>(*declined).reasons.front().kind, DeclineKind::InputQuality);
    EXPECT_EQ(bench.enhancer.calls, 0);
    bench.plan.allowances.input_quality_declines = false;
    const auto noisy =
        bench.run(fakes::eligible_series(fakes::head_phantom({32, 36, 9}, {2, 2, 5}, 330)));
    ASSERT_TRUE(noisy.has_value());
    const auto& banners = std::get<Enhanced>(*noisy).images.assessment.banners;
    EXPECT_TRUE(std::any_of(banners.begin(), banners.end(), [](const std::string& line) {
        return line.starts_with("LOW SIGNAL");
    }));
    EXPECT_TRUE(std::get<Enhanced>(*noisy).images.assessment.input_qa.has_value());
}

TEST(EnhanceSeries, WhatIsSafeToOverrideBecomesABannerAndTheRestStillDeclines) {
    Bench bench;
    bench.enhancer.edit().age_y = {18, 90};
    const Turn override_turn{1, true};
    SourceSeries child = source_series();
    child.facts.patient_age_y = 4;
    child.facts.body_part = "KNEE";
    EXPECT_TRUE(std::holds_alternative<Declined>(*bench.run(child)));
    const auto outcome = bench.run(child, override_turn);
    ASSERT_TRUE(outcome && std::holds_alternative<Enhanced>(*outcome));
    const Assessment& assessment = std::get<Enhanced>(*outcome).images.assessment;
    EXPECT_TRUE(assessment.overridden);
    ASSERT_GE(assessment.banners.size(), 2U);
    EXPECT_EQ(assessment.banners[0], "OVERRIDE: body part");
    EXPECT_EQ(assessment.banners[1], "OVERRIDE: age out of range");
    child.facts.derived = true;
    const auto declined = bench.run(child, override_turn);
    ASSERT_TRUE(declined && std::holds_alternative<Declined>(*declined));
    EXPECT_EQ(std::get<Declined>(*declined).reasons.size(), 3U);
    child.facts.derived = false;
    child.volume.reset();
    const auto empty = bench.run(child, override_turn);
    ASSERT_TRUE(empty && std::holds_alternative<Declined>(*empty));
    const auto& reasons = std::get<Declined>(*empty).reasons;
    EXPECT_TRUE(std::any_of(reasons.begin(), reasons.end(), [](const Decline& reason) {
        return reason.kind == DeclineKind::Undecodable;
    }));
    EXPECT_EQ(bench.enhancer.calls, 1);
}

TEST(EnhanceSeries, WhatThePixelsSayCanBeOverriddenToo) {
    Bench bench;
    bench.plan.allowances.input_quality_declines = true;
    SourceSeries empty = source_series();
    std::fill(empty.volume->voxels.begin(), empty.volume->voxels.end(), 0.0F);
    const auto outcome = bench.run(std::move(empty), {1, true});
    ASSERT_TRUE(outcome && std::holds_alternative<Enhanced>(*outcome));
    EXPECT_EQ(std::get<Enhanced>(*outcome).images.assessment.banners[0], "OVERRIDE: input quality");
}

TEST(EnhanceSeries, ProgressRisesToOne) {
    Bench bench;
    double last = -1;
    bool monotone = true;
    const Progress progress{[&](double share, std::string_view) {
                                monotone = monotone && share >= last;
                                last = share;
                            },
                            {}};
    ASSERT_TRUE(
        enhance_series(source_series(), bench.planner(), &bench.encoder, {}, progress).has_value());
    EXPECT_TRUE(monotone);
    EXPECT_EQ(last, 1.0);
}

}  // namespace
}  // namespace iqt::stages
