// SPDX-License-Identifier: Apache-2.0
#include "models/train/augment.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "models/train/dataset.hpp"

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
    EXPECT_GT(most, 1.5F);
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
