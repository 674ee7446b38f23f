// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/eligibility.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "tests/fakes/head_phantom.hpp"

namespace iqt::stages {
namespace {

SeriesFacts good_facts() {
    return fakes::eligible_series(Volume(Geometry{.size = {4, 4, 36}})).facts;
}

struct Case {
    DeclineKind expected;
    std::function<void(SeriesFacts&)> spoil;
};

TEST(Eligibility, GoodSeriesHasNoReasons) {
    EXPECT_TRUE(eligibility(good_facts(), {}).empty());
}

TEST(Eligibility, EachFindingGivesItsOwnReason) {
    const std::vector<Case> cases{
        {DeclineKind::OwnOutput, [](SeriesFacts& f) { f.own_output = true; }},
        {DeclineKind::Derived, [](SeriesFacts& f) { f.derived = true; }},
        {DeclineKind::Mosaic, [](SeriesFacts& f) { f.mosaic = true; }},
        {DeclineKind::Localizer, [](SeriesFacts& f) { f.localizer = true; }},
        {DeclineKind::DiffusionOrMap, [](SeriesFacts& f) { f.diffusion_or_map = true; }},
        {DeclineKind::BodyPart, [](SeriesFacts& f) { f.body_part = "KNEE"; }},
        {DeclineKind::FieldStrength, [](SeriesFacts& f) { f.field_strength_t = 3.0; }},
        {DeclineKind::FieldStrength, [](SeriesFacts& f) { f.field_strength_t.reset(); }},
        {DeclineKind::MixedOrientation, [](SeriesFacts& f) { f.mixed_orientation = true; }},
        {DeclineKind::MixedOrientation, [](SeriesFacts& f) { f.mixed_contrast = true; }},
        {DeclineKind::MixedOrientation, [](SeriesFacts& f) { f.mixed_size = true; }},
        {DeclineKind::DuplicatePosition, [](SeriesFacts& f) { f.duplicate_positions = 2; }},
        {DeclineKind::MissingSlice, [](SeriesFacts& f) { f.missing_slices = 1; }},
        {DeclineKind::MissingSlice, [](SeriesFacts& f) { f.irregular_spacing = true; }},
        {DeclineKind::TooFewSlices, [](SeriesFacts& f) { f.slice_count = 7; }},
        {DeclineKind::UnknownContrast, [](SeriesFacts& f) { f.contrast.reset(); }},
        {DeclineKind::Lossy, [](SeriesFacts& f) { f.lossy = true; }},
        {DeclineKind::Undecodable, [](SeriesFacts& f) { f.undecodable = "JPEG 2000"; }},
        {DeclineKind::ContrastAgent, [](SeriesFacts& f) { f.contrast_agent = true; }},
    };
    for (const Case& one : cases) {
        SeriesFacts facts = good_facts();
        one.spoil(facts);
        const auto reasons = eligibility(facts, {});
        ASSERT_EQ(reasons.size(), 1U) << to_string(one.expected);
        EXPECT_EQ(reasons.front().kind, one.expected);
        EXPECT_GT(reasons.front().sentence.size(), 8U);
    }
}

TEST(Eligibility, AllReasonsAreGivenWithTheHeadlineFirst) {
    SeriesFacts facts = good_facts();
    facts.lossy = true;
    facts.slice_count = 3;
    facts.localizer = true;
    facts.field_strength_t = 1.5;
    const auto reasons = eligibility(facts, {});
    ASSERT_EQ(reasons.size(), 4U);
    EXPECT_EQ(reasons[0].kind, DeclineKind::Localizer);
    EXPECT_EQ(reasons[1].kind, DeclineKind::FieldStrength);
    EXPECT_EQ(reasons[2].kind, DeclineKind::TooFewSlices);
    EXPECT_EQ(reasons[3].kind, DeclineKind::Lossy);
}

TEST(Eligibility, EachKindOfMixtureIsSaidWhereSeveralAreThere) {
    SeriesFacts facts = good_facts();
    facts.mixed_orientation = facts.mixed_size = facts.mixed_contrast = true;
    const auto reasons = eligibility(facts, {});
    ASSERT_EQ(reasons.size(), 3U);
    for (const Decline& reason : reasons) EXPECT_EQ(reason.kind, DeclineKind::MixedOrientation);
    EXPECT_NE(reasons[0].sentence.find("orientation"), std::string::npos);
    EXPECT_NE(reasons[1].sentence.find("matrix size"), std::string::npos);
    EXPECT_NE(reasons[2].sentence.find("contrast"), std::string::npos);
}

TEST(Eligibility, AShearedStackWithHolesIsToldBoth) {
    SeriesFacts facts = good_facts();
    facts.missing_slices = 2;
    facts.irregular_spacing = true;
    const auto reasons = eligibility(facts, {});
    ASSERT_EQ(reasons.size(), 2U);
    EXPECT_NE(reasons[0].sentence.find("2 slices are missing"), std::string::npos);
    EXPECT_NE(reasons[1].sentence.find("equally spaced"), std::string::npos);
}

TEST(Eligibility, RouteMayAllowAnUnknownFieldButNotAKnownHighOne) {
    SeriesFacts facts = good_facts();
    facts.field_strength_t.reset();
    EXPECT_TRUE(eligibility(facts, {.unknown_field_strength = true}).empty());
    facts.field_strength_t = 3.0;
    EXPECT_EQ(eligibility(facts, {.unknown_field_strength = true}).size(), 1U);
    EXPECT_TRUE(eligibility(facts, {.any_field_strength = true}).empty());
}

TEST(Eligibility, BordersOfTheFieldRangeAreInside) {
    SeriesFacts facts = good_facts();
    for (const double field : {0.05, 0.0632, 0.1}) {
        facts.field_strength_t = field;
        EXPECT_TRUE(eligibility(facts, {}).empty()) << field;
    }
    for (const double field : {0.049, 0.101, 0.35}) {
        facts.field_strength_t = field;
        EXPECT_EQ(eligibility(facts, {}).size(), 1U) << field;
    }
}

TEST(Eligibility, HeadTermsAreAcceptedAndAnUnstatedBodyPartToo) {
    SeriesFacts facts = good_facts();
    for (const char* part : {"", "BRAIN", "HEAD", "SKULL", "HEADNECK", "WHOLE BRAIN"}) {
        facts.body_part = part;
        EXPECT_TRUE(eligibility(facts, {}).empty()) << part;
    }
}

TEST(ModelContract, AgeSpacingAndContrastOutsideTheModelAreReasons) {
    ModelInfo model;
    model.id = "m";
    model.contrasts = {Contrast::T1};
    model.age_y = {18, 90};
    model.slice_spacing_mm = {3, 7};
    SeriesFacts facts = good_facts();
    facts.patient_age_y = 3;
    Geometry geometry{.size = {112, 136, 10}, .spacing_mm = {1.6, 1.6, 9.0}};
    const auto reasons = model_contract(facts, &geometry, model, {});
    ASSERT_EQ(reasons.size(), 3U);
    EXPECT_EQ(reasons[0].kind, DeclineKind::AgeOutOfRange);
    EXPECT_EQ(reasons[1].kind, DeclineKind::SpacingOutOfRange);
    EXPECT_EQ(reasons[2].kind, DeclineKind::NoModel);
}

TEST(ModelContract, ThickSlicesAlongAnyAxisAreJudgedAsSlices) {
    ModelInfo model;
    model.contrasts = {Contrast::T2};
    Geometry geometry{.size = {36, 112, 136}, .spacing_mm = {5.0, 1.6, 1.6}};
    EXPECT_TRUE(model_contract(good_facts(), &geometry, model, {}).empty());
}

TEST(Banners, UnknownAgeAndVersionAreSaid) {
    SeriesFacts facts = good_facts();
    EXPECT_TRUE(banners(facts, {}).empty());
    facts.patient_age_y.reset();
    facts.software_versions.clear();
    EXPECT_EQ(banners(facts, {}).size(), 2U);
}

TEST(Banners, SoftwareThatTheModelDoesNotStateIsSaid) {
    const std::vector<std::string> not_validated{"SOFTWARE VERSION NOT VALIDATED"};
    SeriesFacts facts = good_facts();
    facts.software_versions = "8.8.0\\build 7";
    ModelInfo model;
    model.software_versions = {"8.7.1", "8.8.0"};
    EXPECT_TRUE(banners(facts, model).empty());
    model.software_versions = {"8.8", "build"};  // whole values only
    EXPECT_EQ(banners(facts, model), not_validated);
    facts.software_versions.clear();
    EXPECT_EQ(banners(facts, model).size(), 2U);  // unknown, and hence not validated
}

}  // namespace
}  // namespace iqt::stages
