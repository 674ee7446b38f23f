// SPDX-License-Identifier: Apache-2.0
#include "models/train/augment.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "models/train/augment_lesions.hpp"
#include "models/train/dataset.hpp"
#include "models/train/head_warp.hpp"

namespace iqt::models::train {
namespace {

Volume uniform_volume(float value) {
    Geometry g;
    g.size = {40, 40, 40};
    g.spacing_mm = {1, 1, 1};
    Volume out(g);
    std::fill(out.voxels.begin(), out.voxels.end(), value);
    return out;
}

float value_after(Contrast contrast, float t1) {
    std::mt19937_64 random(3);
    Volume volume = uniform_volume(t1);
    turn_t1_into(contrast, volume, random);
    return volume.voxels.front();
}

TEST(Augment, T1TurnedIntoT2AndFlairHasTheirOrderOfTissues) {
    const float fluid = 0.2F, grey = 0.55F, white = 0.83F;
    EXPECT_GT(value_after(Contrast::T2, fluid), value_after(Contrast::T2, grey));
    EXPECT_GT(value_after(Contrast::T2, grey), value_after(Contrast::T2, white));
    EXPECT_GT(value_after(Contrast::Flair, grey), value_after(Contrast::Flair, white));
    EXPECT_GT(value_after(Contrast::Flair, white), value_after(Contrast::Flair, fluid));
    EXPECT_EQ(value_after(Contrast::T2, 0), 0);
}

TEST(Augment, LesionsChangeTissueBothWaysAndLeaveAirAlone) {
    Volume tissue = uniform_volume(0.6F), air = uniform_volume(0.02F);
    std::mt19937_64 random(5);
    for (int n = 0; n < 10; ++n) add_lesions(tissue, random);
    const auto [low, high] = std::minmax_element(tissue.voxels.begin(), tissue.voxels.end());
    EXPECT_LT(*low, 0.48F);
    EXPECT_GT(*high, 0.72F);
    EXPECT_GE(*low, 0.05F);
    add_lesions(air, random);
    EXPECT_EQ(air.voxels, uniform_volume(0.02F).voxels);
}

TEST(Augment, ErrorsInSmallLesionsCostMostAndElsewhereOne) {
    const Volume before = uniform_volume(0.6F);
    float most = 0;
    for (unsigned seed = 0; seed < 20; ++seed) {
        Volume volume = before;
        std::mt19937_64 random(seed);
        const Volume weights = add_lesions(volume, random);
        ASSERT_EQ(weights.voxels.size(), volume.voxels.size());
        for (std::size_t n = 0; n < volume.voxels.size(); ++n) {
            const bool changed = volume.voxels[n] != before.voxels[n];
            ASSERT_EQ(changed, weights.voxels[n] > 1) << n;
            most = std::max(most, weights.voxels[n]);
        }
    }
    EXPECT_FLOAT_EQ(most, 12);
}

std::size_t changed_voxels(const Volume& a, const Volume& b) {
    std::size_t count = 0;
    for (std::size_t n = 0; n < a.voxels.size(); ++n) count += a.voxels[n] != b.voxels[n] ? 1U : 0U;
    return count;
}

TEST(Augment, SmallLesionsAreAsManyAsAskedForAndSmall) {
    const Volume before = uniform_volume(0.6F);
    for (const int count : {0, 1, 5}) {
        Volume volume = before, weights = uniform_volume(1);
        std::mt19937_64 random(2);
        add_small_lesions(volume, weights, count, random);
        const auto changed = static_cast<double>(changed_voxels(volume, before));
        // Of 2.5 mm at least 4 voxels; of 6 mm, 1.42 times as wide, with a soft edge at most 1800.
        EXPECT_GE(changed, 4 * std::min(count, 1));
        EXPECT_LE(changed, 1800 * count);
        const float most = *std::max_element(weights.voxels.begin(), weights.voxels.end());
        EXPECT_EQ(most > 5, count > 0) << "an error in one costs little";
    }
}

/// The volume after lesions at a ventricle were drawn many times: every one of them appears.
Volume with_periventricular(std::optional<Contrast> contrast, const Lesion& lesion) {
    std::mt19937_64 random(8);
    Volume out = uniform_volume(0.6F);
    for (int n = 0; n < 12; ++n) {
        Volume volume = uniform_volume(0.6F), weights = uniform_volume(1);
        add_periventricular(volume, weights, {lesion}, contrast, random);
        for (std::size_t v = 0; v < volume.voxels.size(); ++v) {
            EXPECT_EQ(volume.voxels[v] != 0.6F, weights.voxels[v] > 1) << v;
            if (std::abs(volume.voxels[v] - 0.6F) > std::abs(out.voxels[v] - 0.6F))
                out.voxels[v] = volume.voxels[v];
        }
    }
    return out;
}

TEST(Augment, LesionsAtTheVentriclesAreDarkInT1BrightInT2AndFlairAndLieAlongTheirAxis) {
    const Lesion lesion{LesionKind::MsLike, 10, {20, 20, 20}, {0, 1, 0}};
    for (const Contrast contrast : {Contrast::T1, Contrast::T2, Contrast::Flair}) {
        const Volume v = with_periventricular(contrast, lesion);
        EXPECT_EQ(v.at(20, 20, 20) < 0.55F, contrast == Contrast::T1);
        EXPECT_EQ(v.at(20, 20, 20) > 0.65F, contrast != Contrast::T1);
        EXPECT_NE(v.at(20, 24, 20), 0.6F) << "4 mm along the axis is inside";
        EXPECT_EQ(v.at(25, 20, 20), 0.6F) << "5 mm across it is not, even 1.25 times as large";
        EXPECT_EQ(v.at(20, 28, 20), 0.6F);
    }
}

TEST(Augment, ALesionWhoseSurroundingsAreOutsideTheBlockIsLeftOut) {
    const Lesion at_the_rim{LesionKind::MsLike, 10, {20, 36, 20}, {0, 1, 0}};
    EXPECT_EQ(with_periventricular(Contrast::T1, at_the_rim).voxels, uniform_volume(0.6F).voxels);
}

TEST(Dataset, BlocksWithSmallLesionsAreCentredOnThoseAtTheVentriclesOftenAndShowThem) {
    Subject subject;
    subject.contrast = Contrast::T1;
    Geometry g;
    g.size = {90, 90, 90};
    subject.volume = Volume(g);
    std::fill(subject.volume.voxels.begin(), subject.volume.voxels.end(), 0.6F);
    index_foreground(subject);
    // In a corner: a block of 40 mm about a voxel of the head seldom holds it.
    subject.at_ventricles = {{LesionKind::MsLike, 12, {22, 22, 22}, {0, 0, 1}}};
    int with = 0, without = 0;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        const auto weight = [&](int small) {
            const Block b = make_block(subject, 40, Augment::Full, seed, Contrast::T1, small);
            const auto middle = b.weight.size(1) / 2;
            return b.weight.narrow(1, middle - 3, 6)
                .narrow(2, middle - 3, 6)
                .narrow(3, middle - 3, 6)
                .max()
                .item<float>();
        };
        with += weight(1) > 3 ? 1 : 0;
        without += weight(0) > 3 ? 1 : 0;
    }
    EXPECT_GT(with, without + 1);
}

TEST(Dataset, ABatchCarriesTheLossWeightsOfItsLesions) {
    Subject subject;
    subject.contrast = Contrast::T1;
    subject.volume = uniform_volume(0.6F);
    index_foreground(subject);
    float most = 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const Block block = make_block(subject, 40, Augment::Full, seed, Contrast::T1);
        ASSERT_EQ(block.weight.sizes(), block.truth.sizes());
        const Batch batch = sample_batch({&block}, 1, 16, seed);
        ASSERT_EQ(batch.weight.sizes(), batch.truth.sizes());
        most = std::max(most, batch.weight.max().item<float>());
    }
    EXPECT_GT(most, 3.0F);  // even tissue alone costs 2.5
}

TEST(Dataset, ErrorsInEvenTissueCostMoreThanAtEdges) {
    Subject subject;
    subject.contrast = Contrast::T1;
    subject.volume = uniform_volume(0.3F);
    const Geometry& g = subject.volume.geometry;
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = g.size[0] / 2; i < g.size[0]; ++i) subject.volume.at(i, j, k) = 0.8F;
    index_foreground(subject);
    const Block block = make_block(subject, 40, Augment::None, 1, Contrast::T1);
    EXPECT_NEAR(block.weight.max().item<float>(), 2.5F, 0.01F);
    EXPECT_NEAR(block.weight.min().item<float>(), 1.0F, 0.01F);
    const auto n = block.truth.size(3) - 1;  // rows run from one half to the other
    const at::Tensor step = (block.truth.narrow(3, 1, n) - block.truth.narrow(3, 0, n)).abs() > 0.2;
    ASSERT_GT(step.sum().item<std::int64_t>(), 0);
    EXPECT_LT(block.weight.narrow(3, 0, n).masked_select(step).max().item<float>(), 1.01F);
}

TEST(HeadWarp, MovesAHeadSmoothlyAndNotFar) {
    Geometry g;
    g.size = {160, 200, 160};
    std::mt19937_64 random(4), again(4), other(5);
    const HeadWarp warp(g, random), same(g, again), different(g, other);
    double furthest = 0, most_uneven = 0;
    for (int k = 20; k < 140; k += 5)
        for (int j = 20; j < 180; j += 5)
            for (int i = 20; i < 140; i += 5) {
                const Vec3 from = warp.original(i, j, k), next = warp.original(i + 1, j, k);
                ASSERT_EQ(from, same.original(i, j, k));
                const Vec3 shift{from[0] - i, from[1] - j, from[2] - k};
                furthest = std::max(furthest, std::hypot(shift[0], shift[1], shift[2]));
                most_uneven = std::max(most_uneven, std::abs(next[0] - from[0] - 1));
            }
    EXPECT_GT(furthest, 5);
    EXPECT_LT(furthest, 45);
    EXPECT_LT(most_uneven, 0.7);  // never folded
    EXPECT_NE(warp.original(80, 100, 80), different.original(80, 100, 80));
}

TEST(Augment, IsAFunctionOfTheRandomNumbers) {
    Volume a = uniform_volume(0.6F), b = a;
    for (Volume* v : {&a, &b}) {
        std::mt19937_64 random(9);
        add_lesions(*v, random);
        add_bias_field(*v, random);
        remap(*v, random);
    }
    EXPECT_EQ(a.voxels, b.voxels);
    EXPECT_NE(a.voxels, uniform_volume(0.6F).voxels);
}

TEST(Dataset, ABlockOfATurnedSubjectCarriesTheContrastItIsTurnedInto) {
    Subject subject;
    subject.contrast = Contrast::T1;
    subject.volume = uniform_volume(0.6F);
    index_foreground(subject);
    const Block block = make_block(subject, 40, Augment::None, 1, Contrast::T2);
    EXPECT_EQ(block.condition[3].item<float>(), 0);
    EXPECT_EQ(block.condition[4].item<float>(), 1);
    EXPECT_EQ(block.channels.size(1), block.truth.size(1));
}

}  // namespace
}  // namespace iqt::models::train
