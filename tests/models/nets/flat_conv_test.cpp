// SPDX-License-Identifier: Apache-2.0
#include "models/nets/flat_conv.hpp"

#include <gtest/gtest.h>

#include "models/nets/iqt_ur.hpp"
#include "models/nets/sampler.hpp"

namespace iqt::models::nets {
namespace {

/// Values that bfloat16 holds exactly, so that only the sums' rounding differs.
at::Tensor exact(const at::Tensor& t) {
    return t.to(at::kBFloat16).to(at::kFloat);
}

double relative(const at::Tensor& a, const at::Tensor& b) {
    return ((a - b).norm() / b.norm()).item<double>();
}

class FlatConvTest : public ::testing::TestWithParam<int> {
  protected:
    void SetUp() override {
        if (bf16::unit() == bf16::Unit::None) GTEST_SKIP() << "this processor has no bfloat16 unit";
        torch::manual_seed(5);
    }
};

TEST_P(FlatConvTest, EqualsTheLibrarysConvolutionAndItsGradients) {
    const std::int64_t c = GetParam(), out = c == 32 ? 8 : c;
    const auto leaf = [](const at::Tensor& t) { return exact(t).set_requires_grad(true); };
    const at::Tensor x = leaf(torch::randn({2, c, 6, 9, 7}));
    const at::Tensor w = leaf(torch::randn({out, c, 3, 3, 3}) * 0.05);
    const at::Tensor factor = leaf(torch::rand({2, out}) + 0.5),
                     shift = leaf(torch::randn({2, out}));
    const auto wide = [&](const at::Tensor& t) { return t.view({2, out, 1, 1, 1}); };
    const at::Tensor wanted =
        at::leaky_relu(at::conv3d(x, w, {}, 1, 1) * wide(factor) + wide(shift), 0.1);
    const at::Tensor g = exact(torch::randn_like(wanted));
    const auto gradients = torch::autograd::grad({wanted}, {w, factor, shift}, {g});
    const bf16::FlatGrid grid = grid_of(x);
    const at::Tensor flat = flatten(x.detach(), grid).set_requires_grad(true);
    const at::Tensor y =
        unflatten(flat_conv(flat, {w, factor, shift, 0.1, {}}, grid), grid, out).to(at::kFloat);
    EXPECT_LT(relative(y, wanted), 4e-3);
    const auto found = torch::autograd::grad({y}, {w, factor, shift, flat}, {g});
    for (std::size_t n = 0; n < 3; ++n) EXPECT_LT(relative(found[n], gradients[n]), 6e-3) << n;
    const auto gx = torch::autograd::grad(
        {at::leaky_relu(at::conv3d(x, w, {}, 1, 1) * wide(factor) + wide(shift), 0.1)}, {x}, {g});
    EXPECT_LT(relative(unflatten(found[3], grid, c).to(at::kFloat), gx[0]), 6e-3);
}

INSTANTIATE_TEST_SUITE_P(Channels, FlatConvTest, ::testing::Values(16, 32, 48, 64));

// Only a processor with tile registers has both; elsewhere the tests above cover the one there is.
TEST(Bf16Kernels, VectorsComputeWhatTilesCompute) {
    if (bf16::unit() != bf16::Unit::Tiles) GTEST_SKIP() << "this processor has one unit at most";
    torch::manual_seed(7);
    const std::int64_t in = 32, out = 48;
    const bf16::FlatGrid grid{2, 5, 6, 7};
    const auto owner = bf16::owners(grid);
    const auto flat = [&](std::int64_t channels) {
        return flatten(torch::randn({2, channels, 5, 6, 7}), grid);
    };
    const auto bits = [](const at::Tensor& t) {
        return reinterpret_cast<bf16::Bf16*>(t.data_ptr<at::BFloat16>());
    };
    const at::Tensor x = flat(in), gradient = flat(out), w = torch::randn({out, in, 3, 3, 3});
    const bf16::PackedWeights packed(w.data_ptr<float>(), out, in, false);
    std::vector<at::Tensor> images, gradients;
    for (const bf16::Unit unit : {bf16::Unit::Vectors, bf16::Unit::Tiles}) {
        images.push_back(torch::zeros({grid.total(), out}, at::kBFloat16));
        bf16::convolve(unit, grid, owner, packed, bits(x), {}, bits(images.back()));
        gradients.push_back(torch::zeros({27, out, in}));
        bf16::weight_gradient(unit, grid, bits(x), in, bits(gradient), out,
                              gradients.back().data_ptr<float>());
    }
    EXPECT_LT(relative(images[0].to(at::kFloat), images[1].to(at::kFloat)), 2e-3);
    EXPECT_LT(relative(gradients[0], gradients[1]), 1e-5);
}

TEST(FlatNetwork, GivesInBfloat16WhatFloatGivesAndTheSameInTiles) {
    if (bf16::unit() == bf16::Unit::None) GTEST_SKIP() << "this processor has no bfloat16 unit";
    torch::manual_seed(6);
    UrOptions small;
    small.filters = 16;
    small.blocks = 2;
    small.variance_filters = 8;
    IqtUr network(small);
    {
        const torch::NoGradGuard no_grad;
        for (auto& item : network->named_parameters()) {
            if (item.key().rfind("log_alpha", 0) == 0) item.value().fill_(-2.0);
            if (item.key() == "out.weight") item.value().normal_(0, 0.1);
            if (item.key().find("modulation") != std::string::npos) item.value().normal_(0, 0.2);
        }
    }
    const at::Tensor x = torch::randn({4, 47, 40, 38}), c = torch::randn({6});
    SampleOptions options;
    options.samples = 3;
    const Sampled wanted = sample(network, x, c, options);
    options.precision = at::kBFloat16;
    const Sampled whole = sample(network, x, c, options);
    EXPECT_LT(relative(whole.residual, wanted.residual), 0.02);
    EXPECT_LT(relative(whole.intrinsic_variance, wanted.intrinsic_variance), 0.05);
    EXPECT_LT(relative(whole.parameter_variance, wanted.parameter_variance), 0.1);
    options.memory_bytes_max = 8ULL << 20;
    const Sampled tiled = sample(network, x, c, options);
    EXPECT_NE(tiled.tiling, whole.tiling);
    EXPECT_LT((tiled.residual - whole.residual).abs().max().item<double>(), 1e-5);
    EXPECT_LT((tiled.parameter_variance - whole.parameter_variance).abs().max().item<double>(),
              1e-5);
}

}  // namespace
}  // namespace iqt::models::nets
