// SPDX-License-Identifier: Apache-2.0
#include "models/train/tiling.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/random.hpp"
#include "tests/fakes/anatomy_phantom.hpp"

namespace iqt::models::train {
namespace {

constexpr int kEdge = 64;

/// Smooth hills with a little noise.
Volume hills() {
    Geometry g;
    g.size = {kEdge, kEdge, kEdge};
    Volume v(g);
    for (int k = 0; k < kEdge; ++k)
        for (int j = 0; j < kEdge; ++j)
            for (int i = 0; i < kEdge; ++i) {
                const double noise = random::normals(5, v.offset(i, j, k)).a;
                v.at(i, j, k) = static_cast<float>(
                    1000 + 80 * std::sin(0.21 * i + 0.1 * k) * std::cos(0.17 * j) + 10 * noise);
            }
    return v;
}

/// Every second tile along k brighter by `step`.
Volume with_seams(Volume v, int tile, float step) {
    for (int k = 0; k < kEdge; ++k)
        for (int j = 0; j < kEdge; ++j)
            for (int i = 0; i < kEdge; ++i) v.at(i, j, k) += k / tile % 2 == 1 ? step : 0;
    return v;
}

TEST(TileGrid, IsReadFromWhatTheModelSays) {
    const auto tiles = tile_grid("96x80x64+12");
    ASSERT_TRUE(tiles);
    EXPECT_EQ(tiles->size_voxels, (std::array<int, 3>{64, 80, 96}));
    EXPECT_EQ(tiles->halo_voxels, 12);
    for (const char* text : {"whole", "", "96x80", "96x80x64", "96x80x64+", "96x80x64+12 ",
                             "axbxc+d", "0x80x64+12", "-4x80x64+12"})
        EXPECT_FALSE(tile_grid(text)) << text;
}

TEST(Seams, ArePlantedAndFound) {
    const Volume plain = hills();
    const Mask all(plain.geometry, 1);
    const TileGrid tiles{{kEdge, kEdge, 20}, 8};
    const SeamScore none = find_seams(plain, all, tiles);
    EXPECT_EQ(none.planes, 3);  // k = 20, 40 and 60; none along i and j
    EXPECT_LT(std::abs(none.z), 4);
    const SeamScore found = find_seams(with_seams(plain, 20, 15), all, tiles);
    EXPECT_GT(found.z, 20);
    EXPECT_GT(found.excess, 3);
    EXPECT_GT(found.excess, 20 * std::abs(none.excess));
}

TEST(Seams, ElsewhereThanAtTilePlanesAreNone) {
    const Volume plain = hills();
    const Mask all(plain.geometry, 1);
    const SeamScore found = find_seams(with_seams(plain, 14, 15), all, {{kEdge, kEdge, 20}, 8});
    EXPECT_LT(found.z, 4);
}

TEST(Seams, APatternOfEverySecondPlaneIsNone) {
    Volume v = hills();
    for (int k = 0; k < kEdge; k += 2)
        for (int j = 0; j < kEdge; ++j)
            for (int i = 0; i < kEdge; ++i)
                v.at(i, j, k) += k % 4 == 0 ? 15.0F : -15.0F;  // even planes jump, odd ones too
    for (int k = 0; k + 1 < kEdge; k += 2)
        for (int j = 0; j < kEdge; ++j)
            for (int i = 0; i < kEdge; ++i) v.at(i, j, k + 1) += k % 4 == 0 ? 15.0F : -15.0F;
    const Mask all(v.geometry, 1);
    EXPECT_LT(std::abs(find_seams(v, all, {{kEdge, kEdge, 20}, 8}).z), 4);
}

TEST(Seams, OutsideTheMaskDoNotCount) {
    const Volume seamed = with_seams(hills(), 20, 15);
    const SeamScore found = find_seams(seamed, Mask(seamed.geometry), {{kEdge, kEdge, 20}, 8});
    EXPECT_EQ(found.planes, 0);
    EXPECT_EQ(found.z, 0);
}

/// A subject whose model image is the truth.
struct Perfect {
    Perfect() {
        images.truth = images.model = fakes::anatomy_phantom({110, 120, 100});
        images.known = Mask(images.truth.geometry, 1);
        subject.name = "phantom_T1";
        subject.white_matter = 1000;
    }
    SubjectResult subject;
    SubjectImages images;
};

TEST(Tiling, DifferenceIsTheLargestOfEveryVoxel) {
    const Perfect p;
    Enhancement tiled;
    tiled.mean = p.images.truth;
    tiled.provenance.tiling = "40x60x110+8";
    EXPECT_EQ(measure_tiling(p.subject, p.images, tiled).difference_max, 0);
    ASSERT_LT(p.images.truth.at(0, 0, 0), 100);  // air, not white matter
    tiled.mean.at(0, 0, 0) -= 30;
    EXPECT_NEAR(measure_tiling(p.subject, p.images, tiled).difference_max, 30, 1e-3);
    ASSERT_EQ(p.images.truth.at(55, 85, 50), 1000);
    tiled.mean.at(55, 85, 50) += 50;
    const TilingScores scores = measure_tiling(p.subject, p.images, tiled);
    EXPECT_NEAR(scores.difference_max, 50, 1e-3);
    EXPECT_NEAR(scores.difference_percent, 5, 1e-3);
    EXPECT_GT(scores.tiled.planes, 0);
}

TEST(Tiling, OfAModelThatDoesNotTileIsSaidToBeNone) {
    SubjectResult subject;
    subject.name = "phantom_T1";
    const Enhancement whole;
    const TilingScores scores = measure_tiling(subject, {}, whole);
    EXPECT_EQ(scores.tiled.planes, 0);
    EXPECT_NE(to_markdown({scores}).find("| phantom_T1 | none:"), std::string::npos);
    const auto json = nlohmann::json::parse(with_tiling("{\"a\": 1}", {scores}));
    EXPECT_EQ(json["a"], 1);
    EXPECT_EQ(json["tiling"][0]["tiling"], "whole");
}

}  // namespace
}  // namespace iqt::models::train
