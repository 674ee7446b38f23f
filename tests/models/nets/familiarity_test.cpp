// SPDX-License-Identifier: Apache-2.0
#include "models/nets/familiarity.hpp"

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "models/nets/sampler.hpp"
#include "models/nets/weights.hpp"
#include "models/train/familiarity_fit.hpp"

namespace iqt::models::nets {
namespace {

constexpr std::int64_t kFilters = 8, kEdge = 24;

/// Correlated normal features about `centre`.
Features features(std::uint64_t seed, double centre) {
    torch::manual_seed(seed);
    at::Tensor maps = torch::randn({1, kFilters, kEdge, kEdge, kEdge});
    maps.select(1, 1).mul_(0.3).add_(maps.select(1, 0));
    return {maps + centre, {}};
}

at::Tensor brightness(double value) {
    return torch::full({1, 1, kEdge, kEdge, kEdge}, value);
}

Familiarity fitted() {
    FamiliarityFit fit(kFilters);
    const at::Tensor all = torch::ones({1, 1, kEdge, kEdge, kEdge}, at::kBool);
    fit.add(features(1, 0), brightness(0.6), Contrast::T2, all);
    fit.add(features(2, 5), brightness(1.0), Contrast::T2, all);
    return fit.finish();
}

double mean_distance(const Familiarity& known, std::uint64_t seed, double centre, double bright,
                     Contrast contrast = Contrast::T2) {
    return known.distance(features(seed, centre), brightness(bright), contrast)
        .mean()
        .item<double>();
}

TEST(Familiarity, DistanceIsAboutOneForWhatWasSeenAndGrowsWithTheShift) {
    const Familiarity known = fitted();
    EXPECT_NEAR(mean_distance(known, 3, 0, 0.6), 0.97, 0.05);
    EXPECT_NEAR(mean_distance(known, 4, 5, 1.0), 0.97, 0.05);
    EXPECT_GT(mean_distance(known, 3, 3, 0.6), 2.0);
    EXPECT_GT(mean_distance(known, 3, 6, 0.6), mean_distance(known, 3, 3, 0.6) + 1);
}

TEST(Familiarity, EachBrightnessHasItsOwnStatistics) {
    const Familiarity known = fitted();
    EXPECT_GT(mean_distance(known, 4, 5, 0.6), 3.0) << "bright tissue's features in dark tissue";
}

TEST(Familiarity, ABinThatWasHardlySeenTakesTheStatisticsOfItsContrast) {
    const Familiarity known = fitted();
    EXPECT_LT(mean_distance(known, 5, 2.5, 0.1), 1.0) << "between both kinds of tissue";
}

TEST(Familiarity, TravelsWithTheWeightsAndDoesNotDisturbThem) {
    const auto file = std::filesystem::temp_directory_path() /
                      ("iqt_familiarity_" + std::to_string(::getpid()) + ".safetensors");
    UrOptions options;
    options.filters = kFilters;
    options.blocks = 1;
    options.variance_filters = 4;
    IqtUr network(options), again(options);
    ASSERT_TRUE(save_weights(network, file));
    EXPECT_FALSE(load_familiarity(file, kFilters).value().has_value());
    const Familiarity known = fitted();
    ASSERT_TRUE(save_weights(network, file, known));
    ASSERT_TRUE(load_weights(again, file));
    const auto back = load_familiarity(file, kFilters);
    ASSERT_TRUE(back && *back);
    EXPECT_EQ(mean_distance(**back, 6, 1, 0.6), mean_distance(known, 6, 1, 0.6));
    const auto other = load_familiarity(file, 2 * kFilters);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::Mismatch);
    std::filesystem::remove(file);
}

TEST(Sampler, DistanceToTheTrainingDataDoesNotDependOnTiles) {
    UrOptions options;
    options.filters = kFilters;
    options.blocks = 1;
    options.variance_filters = 4;
    torch::manual_seed(8);
    IqtUr network(options);
    const Familiarity known = fitted();
    const at::Tensor channels = torch::randn({4, 24, 20, 28}) * 0.3;
    SampleOptions how;
    how.spread = false;
    how.familiarity = &known;
    how.contrast = Contrast::T2;
    const Sampled whole = sample(network, channels, torch::zeros({6}), how);
    ASSERT_EQ(whole.unfamiliarity.sizes(), channels[0].sizes());
    how.memory_bytes_max = 1 << 20U;
    const Sampled tiled = sample(network, channels, torch::zeros({6}), how);
    ASSERT_NE(tiled.tiling, "whole");
    EXPECT_LT((whole.unfamiliarity - tiled.unfamiliarity).abs().max().item<double>(), 1e-4);
}

}  // namespace
}  // namespace iqt::models::nets

namespace iqt::models::train {
namespace {

TEST(UnfamiliarThreshold, IsExceededByTheAgreedShareOfTheHead) {
    FamiliarityScan scan{"ramp", {}};
    for (int n = 0; n < 10000; ++n) scan.distance.push_back(static_cast<float>(n) * 1e-3F);
    EXPECT_NEAR(unfamiliar_threshold({scan}), 10 * (1 - kUnfamiliarShare), 0.01);
    for (float& d : scan.distance) d *= 0.01F;
    EXPECT_EQ(unfamiliar_threshold({scan}), 1.2) << "never so low that all the head is marked";
}

TEST(UnfamiliarThreshold, IsFittedToBlocksThatDifferOnlyInTheirAcquisition) {
    Subject subject;
    Geometry g;
    g.size = {60, 60, 60};
    subject.volume = Volume(g);
    for (float& v : subject.volume.voxels) v = 0.6F;
    index_foreground(subject);
    const Block a = make_block(subject, 50, Augment::Acquisition, 3, Contrast::T1);
    const Block b = make_block(subject, 50, Augment::Acquisition, 4, Contrast::T1);
    EXPECT_NE(a.condition[1].item<float>(), b.condition[1].item<float>());
    EXPECT_EQ(a.condition[3].item<float>(), 1) << "the contrast is known";
    EXPECT_LT((a.truth - a.truth[0][5][5][5]).abs().max().item<float>(), 1e-4F) << "no lesions";
    nets::UrOptions options;
    options.filters = 16;
    options.blocks = 1;
    nets::IqtUr network(options);
    const auto once = fit_familiarity(network, {subject}, 2, 1).tensors();
    EXPECT_EQ(
        once.at(nets::kFamiliarityMean).values,
        fit_familiarity(network, {subject}, 2, 1).tensors().at(nets::kFamiliarityMean).values);
}

}  // namespace
}  // namespace iqt::models::train
