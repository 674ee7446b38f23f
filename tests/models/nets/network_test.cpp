// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <gtest/gtest.h>

#include "models/nets/sampler.hpp"
#include "models/nets/weights.hpp"

namespace iqt::models::nets {
namespace {

UrOptions small() {
    UrOptions options;
    options.filters = 8;
    options.blocks = 2;
    options.variance_filters = 4;
    return options;
}

/// Random weights large enough for every layer to matter.
IqtUr random_network(const UrOptions& options = small()) {
    torch::manual_seed(3);
    IqtUr network(options);
    const torch::NoGradGuard no_grad;
    for (auto& item : network->named_parameters()) {
        if (item.key().rfind("log_alpha", 0) == 0)
            item.value().fill_(-2.0);
        else if (item.key() == "out.weight")
            item.value().normal_(0, 0.1);
        else if (item.key().find("modulation") != std::string::npos)
            item.value().normal_(0, 0.2);
    }
    return network;
}

at::Tensor random_channels() {
    torch::manual_seed(4);
    return torch::randn({4, 47, 40, 38});
}

SampleOptions options_for(std::uint64_t seed) {
    SampleOptions options;
    options.samples = 4;
    options.seed = seed;
    return options;
}

double largest(const at::Tensor& difference) {
    return difference.abs().max().item<double>();
}

TEST(Weights, ADeeperNetworkStartsAsTheShallowOneItIsGiven) {
    IqtUr shallow = random_network();
    const auto file = std::filesystem::path(testing::TempDir()) / "shallow.safetensors";
    ASSERT_TRUE(save_weights(shallow, file));
    UrOptions deep_options = small();
    deep_options.blocks = 4;
    IqtUr deep(deep_options);
    EXPECT_EQ(load_weights(deep, file).error().kind, ErrorKind::Mismatch);
    ASSERT_TRUE(load_start(deep, file));
    torch::manual_seed(4);
    const at::Tensor x = torch::randn({1, 4, 8, 10, 12}), c = torch::randn({1, 6});
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(torch::equal(deep->mean_residual(x, c), shallow->mean_residual(x, c)));
    std::filesystem::remove(file);
}

TEST(Weights, AVarianceHeadOfAnotherShapeStartsAfreshAndTheMeanStays) {
    IqtUr old = random_network();
    const auto file = std::filesystem::path(testing::TempDir()) / "old_head.safetensors";
    ASSERT_TRUE(save_weights(old, file));
    UrOptions options = small();
    options.variance_filters = 6;
    options.variance_layers = 2;
    IqtUr network(options);
    EXPECT_EQ(load_weights(network, file).error().kind, ErrorKind::Mismatch);
    ASSERT_TRUE(load_start(network, file));
    torch::manual_seed(4);
    const at::Tensor x = torch::randn({1, 4, 8, 10, 12}), c = torch::randn({1, 6});
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(torch::equal(network->mean_residual(x, c), old->mean_residual(x, c)));
    const at::Tensor spread = network->log_variance(network->trunk(x, c));
    EXPECT_EQ(spread.sizes(), (std::vector<std::int64_t>{1, 1, 8, 10, 12}));
    EXPECT_NEAR(spread.mean().item<double>(), -6, 1);
    std::filesystem::remove(file);
}

TEST(Weights, ADeepVarianceHeadIsReadBackAsItWasWritten) {
    UrOptions options = small();
    options.variance_layers = 2;
    torch::manual_seed(5);
    IqtUr written(options), read(options);
    const auto file = std::filesystem::path(testing::TempDir()) / "deep_head.safetensors";
    ASSERT_TRUE(save_weights(written, file));
    ASSERT_TRUE(load_weights(read, file));
    const at::Tensor x = torch::randn({1, 4, 8, 10, 12}), c = torch::randn({1, 6});
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(torch::equal(read->log_variance(read->trunk(x, c)),
                             written->log_variance(written->trunk(x, c))));
    IqtUr flat(small());
    EXPECT_EQ(load_weights(flat, file).error().kind, ErrorKind::Mismatch);
    std::filesystem::remove(file);
}

TEST(Unshuffle, IsUndoneByShuffle) {
    const at::Tensor x = torch::randn({2, 3, 4, 6, 8});
    EXPECT_TRUE(torch::equal(shuffle2(unshuffle2(x)), x));
    EXPECT_EQ(unshuffle2(x).size(1), 24);
}

TEST(Sampler, GivesInTilesWhatItGivesWhole) {
    IqtUr network = random_network();
    const at::Tensor x = random_channels(), c = torch::randn({6});
    SampleOptions options = options_for(9);
    const Sampled whole = sample(network, x, c, options);
    EXPECT_EQ(whole.tiling, "whole");
    // Room for less than the whole, so that the plan must cut.
    options.memory_bytes_max = bytes_per_cell(small(), at::kFloat) * 16000;
    const Sampled tiled = sample(network, x, c, options);
    EXPECT_NE(tiled.tiling, "whole");
    EXPECT_LT(largest(tiled.residual - whole.residual), 1e-5);
    EXPECT_LT(largest(tiled.intrinsic_variance - whole.intrinsic_variance), 1e-5);
    EXPECT_LT(largest(tiled.parameter_variance - whole.parameter_variance), 1e-5);
    EXPECT_GT(largest(whole.parameter_variance), 1e-3);
}

TEST(Sampler, MeanOfMirroredPassesTurnsWithTheImageAndIsTheSameInTiles) {
    IqtUr network = random_network();
    const at::Tensor x = random_channels().narrow(1, 0, 44), c = torch::randn({6});
    // Columns mirrored; the phase of their axis (the last channel) turns its sign.
    at::Tensor mirrored = x.flip({3});
    mirrored[3].neg_();
    SampleOptions options = options_for(1);
    const Sampled one = sample(network, x, c, options);
    EXPECT_GT(largest(sample(network, mirrored, c, options).residual.flip({2}) - one.residual),
              1e-3);
    options.flips = 4;
    const Sampled mean = sample(network, x, c, options);
    EXPECT_LT(largest(sample(network, mirrored, c, options).residual.flip({2}) - mean.residual),
              1e-5);
    EXPECT_GT(largest(mean.residual - one.residual), 1e-3);
    EXPECT_LT(largest(sample(network, mirrored, c, options).intrinsic_variance.flip({2}) -
                      mean.intrinsic_variance),
              1e-5);
    EXPECT_GT(largest(mean.intrinsic_variance - one.intrinsic_variance), 1e-5);
    options.memory_bytes_max = bytes_per_cell(small(), at::kFloat) * 16000;
    const Sampled tiled = sample(network, x, c, options);
    EXPECT_NE(tiled.tiling, mean.tiling);
    EXPECT_LT(largest(tiled.residual - mean.residual), 1e-5);
}

TEST(Sampler, NeedsItsWholeHalo) {
    // The receptive field is exactly the halo: a change beyond it leaves a cell alone, one at its
    // rim does not.
    IqtUr network = random_network();
    const std::int64_t halo = network->halo_half();
    at::Tensor x = torch::zeros({4, 2 * halo + 8, 4, 4});
    const at::Tensor c = torch::zeros({6});
    SampleOptions options = options_for(1);
    options.spread = false;
    const at::Tensor before = sample(network, x, c, options).residual;
    x.narrow(1, 2 * halo, 2).fill_(50.0);
    const at::Tensor after = sample(network, x, c, options).residual;
    EXPECT_GT(largest((after - before).narrow(0, 0, 2)), 0);
    x.narrow(1, 2 * halo, 2).zero_();
    x.narrow(1, 2 * halo + 2, 2).fill_(50.0);
    const at::Tensor beyond = sample(network, x, c, options).residual;
    EXPECT_EQ(largest((beyond - before).narrow(0, 0, 2)), 0);
}

TEST(Sampler, RepeatsItselfForASeedAndDiffersForAnother) {
    IqtUr network = random_network();
    const at::Tensor x = random_channels(), c = torch::randn({6});
    const Sampled a = sample(network, x, c, options_for(1));
    const Sampled b = sample(network, x, c, options_for(1));
    const Sampled other = sample(network, x, c, options_for(2));
    EXPECT_TRUE(torch::equal(a.parameter_variance, b.parameter_variance));
    EXPECT_TRUE(torch::equal(a.residual, b.residual));
    EXPECT_FALSE(torch::equal(a.parameter_variance, other.parameter_variance));
    EXPECT_TRUE(torch::equal(a.residual, other.residual));
}

TEST(Sampler, LeavesTheImageAloneWhateverTheNumberOfSamples) {
    IqtUr network = random_network();
    const at::Tensor x = random_channels(), c = torch::randn({6});
    SampleOptions options = options_for(1);
    const at::Tensor image = sample(network, x, c, options).residual;
    options.samples = 9;
    EXPECT_TRUE(torch::equal(sample(network, x, c, options).residual, image));
    options.spread = false;
    EXPECT_TRUE(torch::equal(sample(network, x, c, options).residual, image));
}

TEST(Sampler, GivesEqualBytesForAnyNumberOfThreads) {
    IqtUr network = random_network();
    const at::Tensor x = random_channels(), c = torch::randn({6});
    const int before = at::get_num_threads();
    for (const auto precision : {at::kFloat, at::kBFloat16}) {
        SampleOptions options = options_for(5);
        options.precision = precision;
        at::set_num_threads(1);
        const Sampled one = sample(network, x, c, options);
        at::set_num_threads(2);
        const Sampled two = sample(network, x, c, options);
        EXPECT_TRUE(torch::equal(one.residual, two.residual));
        EXPECT_TRUE(torch::equal(one.parameter_variance, two.parameter_variance));
    }
    at::set_num_threads(before);
}

TEST(Sampler, DrawsItsNoisePerFilterAndNotPerVoxel) {
    // On input without any structure every voxel of a phase (of the 2x2x2 shuffle) far from the
    // border must get the same variance.
    IqtUr network = random_network();
    const std::int64_t size = 4 * network->halo_half() + 8;
    const at::Tensor x = torch::full({4, size, 4, 4}, 0.3);
    const Sampled out = sample(network, x, torch::zeros({6}), options_for(6));
    const std::int64_t middle = size / 2 / 2 * 2;
    const at::Tensor a = out.parameter_variance[middle], b = out.parameter_variance[middle + 2];
    EXPECT_GT(largest(a), 0);
    EXPECT_LT(largest(a - b), 1e-6 * largest(a) + 1e-9);
}

TEST(Sampler, StopsWhenAskedTo) {
    IqtUr network = random_network();
    SampleOptions options = options_for(1);
    int calls = 0;
    options.stop = [&] { return ++calls > 2; };
    EXPECT_TRUE(sample(network, random_channels(), torch::zeros({6}), options).stopped);
    EXPECT_EQ(calls, 3);
}

TEST(Network, AddsNothingWhenItsLastLayerIsZero) {
    IqtUr network = random_network();
    {
        const torch::NoGradGuard no_grad;
        for (auto& item : network->named_parameters())
            if (item.key().rfind("out.", 0) == 0) item.value().zero_();
    }
    const Sampled out = sample(network, random_channels(), torch::randn({6}), options_for(1));
    EXPECT_EQ(largest(out.residual), 0);
    EXPECT_EQ(largest(out.parameter_variance), 0);
}

TEST(Network, LearnsNoiseOnlyThroughItsOwnParameters) {
    IqtUr network = random_network();
    const at::Tensor factors = network->noise(torch::ones({1, 16}))[0];
    EXPECT_NEAR(factors[0][0].item<double>(), 1 + std::exp(-1.0), 1e-6);
    // Molchanov's divergence falls as the noise grows.
    const double less = network->divergence().item<double>();
    const torch::NoGradGuard no_grad;
    for (auto& item : network->named_parameters())
        if (item.key().rfind("log_alpha", 0) == 0) item.value().fill_(-1.0);
    EXPECT_LT(network->divergence().item<double>(), less);
}

/// Every kind of noise at every place that it may have.
std::vector<UrOptions> kinds_of_sampling() {
    std::vector<UrOptions> out;
    for (const Dropout dropout : {Dropout::Filter, Dropout::VarII, Dropout::VarI})
        for (const int blocks : {0, 1, 2}) {
            UrOptions options = small();
            options.dropout = dropout;
            options.sampled_blocks = blocks;
            out.push_back(options);
        }
    return out;
}

std::string name_of(const UrOptions& o) {
    return std::string(to_string(o.dropout)) + ", " + std::to_string(o.sampled_blocks) + " blocks";
}

TEST(Dropout, WithoutNoiseASampleIsTheDeterministicPass) {
    for (const UrOptions& options : kinds_of_sampling()) {
        IqtUr network = random_network(options);
        const torch::NoGradGuard no_grad;
        torch::manual_seed(4);
        const at::Tensor x = torch::randn({1, 4, 12, 10, 8}), c = torch::randn({1, 6});
        const Trunk trunk = network->whole_trunk(x, c);
        const Features first = network->tail_first(trunk.features);
        const auto sample = [&](const at::Tensor& eps) {
            return network->sampled_half(trunk, first, network->noise(eps));
        };
        const at::Tensor eps = torch::zeros({1, network->noise_size()});
        EXPECT_LT(largest(sample(eps) - network->residual_half(first)), 1e-5) << name_of(options);
        EXPECT_GT(largest(sample(eps + 1) - network->residual_half(first)), 1e-3)
            << name_of(options);
    }
}

TEST(Dropout, SamplesAreTheSameInTilesAndForASeed) {
    for (const UrOptions& options : kinds_of_sampling()) {
        IqtUr network = random_network(options);
        torch::manual_seed(4);
        const at::Tensor x = torch::randn({4, 64, 16, 16}), c = torch::randn({6});
        SampleOptions how = options_for(9);
        const Sampled whole = sample(network, x, c, how), again = sample(network, x, c, how);
        EXPECT_TRUE(torch::equal(whole.parameter_variance, again.parameter_variance));
        how.memory_bytes_max = bytes_per_cell(options, at::kFloat) * 3200;
        const Sampled tiled = sample(network, x, c, how);
        EXPECT_NE(tiled.tiling, "whole");
        EXPECT_GT(largest(whole.parameter_variance), 1e-4) << name_of(options);
        EXPECT_LT(largest(tiled.parameter_variance - whole.parameter_variance), 1e-5)
            << name_of(options);
    }
}

TEST(Dropout, CountsWhatMovesByItself) {
    std::vector<double> divergence;
    for (const UrOptions& options : kinds_of_sampling())
        divergence.push_back(random_network(options)->divergence().item<double>());
    // All alphas are equal here: by filters 8 of each convolution, by weights 8 x 8 x 27.
    EXPECT_NEAR(divergence[3] / divergence[0], 8 * 27, 1e-2);
    EXPECT_NEAR(divergence[6] / divergence[3], 1, 1e-4);
    EXPECT_NEAR(divergence[1] / divergence[0], 2, 1e-5);  // four convolutions instead of two
}

TEST(Weights, NoiseOfAnotherKindStartsAfreshAndTheMeanStays) {
    IqtUr old = random_network();
    const auto file = std::filesystem::path(testing::TempDir()) / "old_noise.safetensors";
    ASSERT_TRUE(save_weights(old, file));
    UrOptions options = small();
    options.dropout = Dropout::VarI;
    options.sampled_blocks = 1;
    IqtUr network(options);
    EXPECT_EQ(load_weights(network, file).error().kind, ErrorKind::Mismatch);
    ASSERT_TRUE(load_start(network, file));
    const at::Tensor x = torch::randn({1, 4, 8, 10, 12}), c = torch::randn({1, 6});
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(torch::equal(network->mean_residual(x, c), old->mean_residual(x, c)));
    EXPECT_TRUE(torch::equal(network->log_variance(network->trunk(x, c)),
                             old->log_variance(old->trunk(x, c))));
    std::filesystem::remove(file);
}

TEST(Weights, SurviveTheFile) {
    const auto file = std::filesystem::temp_directory_path() /
                      ("iqt_weights_" + std::to_string(::getpid()) + ".safetensors");
    IqtUr a = random_network();
    ASSERT_TRUE(save_weights(a, file));
    torch::manual_seed(99);
    IqtUr b(small());
    ASSERT_TRUE(load_weights(b, file));
    for (auto& item : a->named_parameters())
        EXPECT_TRUE(torch::equal(item.value(), b->named_parameters()[item.key()]));
    UrOptions wider = small();
    wider.filters = 16;
    IqtUr c(wider);
    const Status wrong = load_weights(c, file);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind, ErrorKind::Mismatch);
    std::filesystem::remove(file);
}

}  // namespace
}  // namespace iqt::models::nets
