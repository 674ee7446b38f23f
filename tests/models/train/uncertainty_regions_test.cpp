// SPDX-License-Identifier: Apache-2.0
#include "models/train/uncertainty_regions.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace iqt::models::train {
namespace {

constexpr double kRisky = 10;

Geometry cube() {
    Geometry g;
    g.size = {60, 40, 20};
    return g;
}

/// Sets a box of 8 x 8 x 16 voxels (1.024 ml) from (i, j, 2).
void set_box(Volume& volume, int i, int j, float value) {
    for (int z = 2; z < 18; ++z)
        for (int y = j; y < j + 8; ++y)
            for (int x = i; x < i + 8; ++x) volume.at(x, y, z) = value;
}

/// Two wrong boxes and a wrong speck of 0.064 ml; a map that marks one of the boxes, and a third
/// place where nothing is wrong.
struct RegionScene {
    RegionScene() : error(cube()), sd(cube(), 1), where(cube(), 1) {
        set_box(error, 4, 4, 20);
        set_box(error, 24, 4, -20);
        for (int z = 0; z < 4; ++z)
            for (int y = 34; y < 38; ++y)
                for (int x = 0; x < 4; ++x) error.at(x, y, z) = 20;
        set_box(sd, 4, 4, 8);
        set_box(sd, 44, 24, 6);
    }
    Volume error, sd;
    Mask where;
};

TEST(ErrorRegions, AreFoundAndFalseOnesCountedAtTheFrozenThreshold) {
    const RegionScene s;
    const RegionCurve strict = region_curve(s.error, s.sd, s.where, kRisky, 7, {});
    EXPECT_EQ(strict.regions, 2U);  // the speck is too small
    EXPECT_NEAR(strict.largest_ml, 1.024, 1e-9);
    EXPECT_NEAR(strict.largest_share, 0.5, 1e-9);
    EXPECT_EQ(strict.at_threshold.found, 1U);
    EXPECT_EQ(strict.at_threshold.false_regions, 0U);
    EXPECT_NEAR(strict.at_threshold.flagged_share, 1024 / 48000.0, 1e-9);
    const RegionCurve loose = region_curve(s.error, s.sd, s.where, kRisky, 5, {});
    EXPECT_EQ(loose.at_threshold.found, 1U);
    EXPECT_EQ(loose.at_threshold.false_regions, 1U);
    EXPECT_DOUBLE_EQ(loose.found_share(loose.at_threshold), 0.5);
}

TEST(ErrorRegions, NeedAShareOfTheirVoxelsFlagged) {
    RegionScene s;
    set_box(s.sd, 4, 4, 1);
    for (int z = 2; z < 18; ++z)
        for (int y = 4; y < 12; ++y)
            for (int x = 4; x < 6; ++x) s.sd.at(x, y, z) = 8;  // a quarter of the box
    EXPECT_EQ(region_curve(s.error, s.sd, s.where, kRisky, 7, {}).at_threshold.found, 0U);
    for (int z = 2; z < 18; ++z)
        for (int y = 4; y < 12; ++y) s.sd.at(6, y, z) = 8;  // three eighths
    EXPECT_EQ(region_curve(s.error, s.sd, s.where, kRisky, 7, {}).at_threshold.found, 1U);
}

TEST(ErrorRegions, AFlaggedRegionIsTrueWhereHalfOfItIsWrong) {
    RegionScene s;
    set_box(s.sd, 12, 4,
            8);  // beside the box that is wrong: half of 16 x 8 x 16 and its neighbours
    EXPECT_EQ(region_curve(s.error, s.sd, s.where, kRisky, 7, {}).at_threshold.false_regions, 0U);
    set_box(s.sd, 12, 12, 8);
    set_box(s.sd, 4, 12, 8);
    EXPECT_EQ(region_curve(s.error, s.sd, s.where, kRisky, 7, {}).at_threshold.false_regions, 1U);
}

TEST(ErrorRegions, OutsideTheMaskDoNotCount) {
    RegionScene s;
    std::fill(s.where.voxels.begin(), s.where.voxels.end(), std::uint8_t{0});
    const RegionCurve none = region_curve(s.error, s.sd, s.where, kRisky, 5, {});
    EXPECT_EQ(none.regions, 0U);
    EXPECT_EQ(none.at_threshold.false_regions, 0U);
    EXPECT_EQ(none.found_share(none.at_threshold), 0);
}

TEST(ErrorRegions, TheBestPointKeepsWithinTheFalseOnesAllowed) {
    RegionCurve curve;
    curve.regions = 10;
    curve.points = {{9, 0.1, 3, 0}, {8, 0.2, 6, 2}, {7, 0.3, 6, 1}, {6, 0.4, 9, 3}};
    EXPECT_EQ(curve.best({}).sd_threshold, 8);
    RegionRule patient;
    patient.false_regions_most = 3;
    EXPECT_EQ(curve.best(patient).found, 9U);
}

TEST(ErrorRegions, TheSweepFlagsTheSharesItNames) {
    RegionScene s;
    for (std::size_t v = 0; v < s.sd.voxels.size(); ++v) s.sd.voxels[v] = static_cast<float>(v);
    const RegionCurve curve = region_curve(s.error, s.sd, s.where, kRisky, 1e9, {});
    ASSERT_GE(curve.points.size(), 10U);
    EXPECT_NEAR(curve.points.front().flagged_share, 0.005, 1e-3);
    EXPECT_NEAR(curve.points.back().flagged_share, 0.5, 1e-3);
    EXPECT_EQ(curve.at_threshold.flagged_share, 0);
}

}  // namespace
}  // namespace iqt::models::train
