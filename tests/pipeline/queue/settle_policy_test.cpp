// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/settle_policy.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace iqt::queue {
namespace {

const std::array<double, 6> kAxial{1, 0, 0, 0, 1, 0};

std::vector<InstanceGeometry> slices_at(const std::vector<double>& z_mm) {
    std::vector<InstanceGeometry> slices;
    for (const double z : z_mm) slices.push_back({false, Vec3{-10, 20, z}, kAxial});
    return slices;
}

SeriesShape shape_at(const std::vector<double>& z_mm) {
    return shape_of(slices_at(z_mm));
}

constexpr SettleTimes kTimes{10'000, 100'000, 60'000};

Settlement settled(const SettleState& state, SeriesShape shape = SeriesShape::Regular) {
    return settle(kTimes, state, [shape] { return shape; });
}

template <class T>
bool is(const Settlement& settlement) {
    return std::holds_alternative<T>(settlement);
}

TEST(SeriesShape, IsRegularWithEqualGapsInAnyOrder) {
    EXPECT_EQ(shape_at({0, 5, 10, 15}), SeriesShape::Regular);
    EXPECT_EQ(shape_at({15, 0, 10, 5}), SeriesShape::Regular);
    EXPECT_EQ(shape_at({0, -5.02, -9.98, -15.01}), SeriesShape::Regular) << "within 1 %";
}

TEST(SeriesShape, IsHoledWhenAGapIsAMultipleOfTheSpacing) {
    EXPECT_EQ(shape_at({0, 5, 15, 20}), SeriesShape::Holed);
    EXPECT_EQ(shape_at({0, 5, 10, 40}), SeriesShape::Holed);
    EXPECT_EQ(shape_at({0, 5.01, 9.99, 20.01, 25}), SeriesShape::Holed) << "rounded positions";
}

TEST(SeriesShape, IsIrregularWhereWaitingCannotCure) {
    EXPECT_EQ(shape_at({0, 5, 12}), SeriesShape::Irregular) << "no multiple of one spacing";
    EXPECT_EQ(shape_at({0, 5, 5, 10}), SeriesShape::Irregular) << "one position twice";
    EXPECT_EQ(shape_at({0}), SeriesShape::Irregular) << "one image";
    EXPECT_EQ(shape_of({}), SeriesShape::Irregular);
}

TEST(SeriesShape, NeedsOneOrientationAndAPositionOfEachInstance) {
    auto slices = slices_at({0, 5, 10});
    slices[1].orientation = std::array<double, 6>{1, 0, 0, 0, 0, -1};
    EXPECT_EQ(shape_of(slices), SeriesShape::Irregular);
    slices = slices_at({0, 5, 10});
    slices[2].position_lps_mm.reset();
    EXPECT_EQ(shape_of(slices), SeriesShape::Irregular);
    slices = slices_at({0, 5, 10});
    for (auto& one : slices) one.orientation.reset();
    EXPECT_EQ(shape_of(slices), SeriesShape::Irregular);
}

TEST(SeriesShape, MeasuresAlongTheNormalOfAnObliqueStack) {
    // Sagittal: rows run posterior, columns run down; the normal is the patient's x axis.
    std::vector<InstanceGeometry> slices;
    for (const double x : {0.0, 5.0, 15.0})
        slices.push_back({false, Vec3{x, 3, 9}, std::array<double, 6>{0, 1, 0, 0, 0, -1}});
    EXPECT_EQ(shape_of(slices), SeriesShape::Holed);
}

TEST(SeriesShape, OfMultiFrameObjectsIsEnhancedUnlessMixed) {
    EXPECT_EQ(shape_of(std::vector<InstanceGeometry>{{true, {}, {}}}), SeriesShape::Enhanced);
    auto mixed = slices_at({0, 5});
    mixed.push_back({true, {}, {}});
    EXPECT_EQ(shape_of(mixed), SeriesShape::Irregular);
}

TEST(Settle, AnEnhancedSeriesIsReadyAtOnce) {
    EXPECT_TRUE(is<SettleReady>(
        settled({.since_last_ms = 0, .enhanced_only = true, .association_open = true})));
}

TEST(Settle, ARegularSeriesIsReadyExactlyWhenItsQuietTimeIsOver) {
    const auto before = settled({.since_last_ms = 9'999});
    ASSERT_TRUE(is<SettleWait>(before));
    EXPECT_EQ(std::get<SettleWait>(before).more_ms, 1);
    EXPECT_TRUE(is<SettleReady>(settled({.since_last_ms = 10'000})));
}

TEST(Settle, TimeInWhichNobodyListenedIsNotQuiet) {
    const auto restarted = settled({.since_last_ms = 50'000, .listening_ms = 3'000});
    ASSERT_TRUE(is<SettleWait>(restarted));
    EXPECT_EQ(std::get<SettleWait>(restarted).more_ms, 7'000);
    EXPECT_TRUE(is<SettleReady>(settled({.since_last_ms = 57'000, .listening_ms = 10'000})));
}

TEST(Settle, AnOpenAssociationKeepsTheSeriesWaitingForItsOwnTimeOnly) {
    const auto open = settled({.since_last_ms = 59'000, .association_open = true});
    ASSERT_TRUE(is<SettleWait>(open));
    EXPECT_EQ(std::get<SettleWait>(open).more_ms, 1'000);
    EXPECT_TRUE(is<SettleReady>(settled({.since_last_ms = 60'000, .association_open = true})));
}

TEST(Settle, AHoleIsHeldAndGoesOnAfterItsTime) {
    const auto held = settled({.since_last_ms = 10'000}, SeriesShape::Holed);
    ASSERT_TRUE(is<SettleHold>(held));
    EXPECT_EQ(std::get<SettleHold>(held).more_ms, 100'000);
    EXPECT_NE(std::get<SettleHold>(held).reason.find("missing"), std::string::npos);
    EXPECT_TRUE(is<SettleReady>(settled({.since_last_ms = 110'000}, SeriesShape::Holed)));
}

TEST(Settle, ABrokenAssociationIsHeldEvenWhenWhatCameIsRegular) {
    const SettleState state{.since_last_ms = 20'000, .association_aborted = true};
    ASSERT_TRUE(is<SettleHold>(settled(state)));
    EXPECT_NE(std::get<SettleHold>(settled(state)).reason.find("broke off"), std::string::npos);
    EXPECT_TRUE(is<SettleReady>(settled({.since_last_ms = 110'000, .association_aborted = true})));
}

TEST(Settle, OnlyRemovedImagesNeedAPerson) {
    const auto removed = settled({.since_last_ms = 10'000}, SeriesShape::Removed);
    ASSERT_TRUE(is<SettleHold>(removed));
    EXPECT_TRUE(std::get<SettleHold>(removed).needs_person);
    EXPECT_FALSE(
        std::get<SettleHold>(settled({.since_last_ms = 10'000}, SeriesShape::Holed)).needs_person);
    EXPECT_FALSE(
        std::get<SettleHold>(settled({.since_last_ms = 20'000, .association_aborted = true}))
            .needs_person);
}

TEST(Settle, WhatWaitingCannotCureIsReadyAfterItsQuietTime) {
    EXPECT_TRUE(is<SettleWait>(settled({.since_last_ms = 5'000}, SeriesShape::Irregular)));
    EXPECT_TRUE(is<SettleReady>(settled({.since_last_ms = 10'000}, SeriesShape::Irregular)));
}

TEST(Settle, DoesNotLookAtGeometryWhileItCannotMatter) {
    const auto never = []() -> SeriesShape { throw std::logic_error("asked for the shape"); };
    EXPECT_NO_THROW(settle(kTimes, {.since_last_ms = 0}, never));
    EXPECT_NO_THROW(settle(kTimes, {.since_last_ms = 20'000, .association_open = true}, never));
    EXPECT_NO_THROW(settle(kTimes, {.since_last_ms = 500'000}, never));
}

}  // namespace
}  // namespace iqt::queue
