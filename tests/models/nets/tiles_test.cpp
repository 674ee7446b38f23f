// SPDX-License-Identifier: Apache-2.0
#include "models/nets/tiles.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace iqt::models::nets {
namespace {

TEST(Tiles, AreOneWhereTheGridFits) {
    const TilePlan plan = plan_tiles({10, 20, 30}, 8, 6000);
    ASSERT_EQ(plan.tiles.size(), 1u);
    EXPECT_EQ(plan.description, "whole");
    EXPECT_EQ(plan.tiles[0].size, (std::array<std::int64_t, 3>{10, 20, 30}));
}

TEST(Tiles, KeepEveryCellOnceAndCarryTheirHalo) {
    constexpr std::int64_t kHalo = 3;
    const std::array<std::int64_t, 3> cells{17, 9, 23};
    const TilePlan plan = plan_tiles(cells, kHalo, 1000);
    ASSERT_GT(plan.tiles.size(), 1u);
    std::vector<int> seen(17 * 9 * 23, 0);
    for (const Tile& t : plan.tiles) {
        EXPECT_LE(t.size[0] * t.size[1] * t.size[2], 1000);
        for (std::size_t a = 0; a < 3; ++a) {
            EXPECT_TRUE(t.from[a] == 0 || t.keep_from[a] - t.from[a] == kHalo);
            const auto end = t.from[a] + t.size[a], kept = t.keep_from[a] + t.keep_size[a];
            EXPECT_TRUE(end == cells[a] || end - kept == kHalo);
        }
        for (auto d = t.keep_from[0]; d < t.keep_from[0] + t.keep_size[0]; ++d)
            for (auto h = t.keep_from[1]; h < t.keep_from[1] + t.keep_size[1]; ++h)
                for (auto w = t.keep_from[2]; w < t.keep_from[2] + t.keep_size[2]; ++w)
                    ++seen[static_cast<std::size_t>((d * 9 + h) * 23 + w)];
    }
    for (const int count : seen) ASSERT_EQ(count, 1);
}

TEST(Tiles, EndWhereNoTileIsSmallEnough) {
    EXPECT_EQ(plan_tiles({2, 2, 2}, 4, 1).tiles.size(), 8u);
}

}  // namespace
}  // namespace iqt::models::nets
