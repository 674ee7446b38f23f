// SPDX-License-Identifier: Apache-2.0
#include "models/nets/iqt_ur.hpp"

#include <cmath>
#include <string>

#include "models/nets/flat_conv.hpp"

namespace iqt::models::nets {
namespace {

constexpr double kSlope = 0.1;         // of the leaky ReLU: a plain ReLU died in trials
constexpr double kBranchScale = 0.3;   // start of residual branches
constexpr double kLastScale = 0.02;    // start of the last layer: the net begins as the cubic input
constexpr double kLogAlphaStart = -5;  // variance of the multiplicative noise at the start
constexpr double kLogAlphaMax = 0;

at::Tensor leaky(const at::Tensor& x) {
    return at::leaky_relu(x, kSlope);
}

/// In place, for a value that nobody else holds; its gradient needs the result only.
at::Tensor leaky_own(at::Tensor x) {
    return at::leaky_relu_(x, kSlope);
}

torch::nn::Conv3d make_conv(int in, int out, double scale) {
    torch::nn::Conv3d conv(torch::nn::Conv3dOptions(in, out, 3).padding(1));
    torch::NoGradGuard no_grad;
    torch::nn::init::kaiming_normal_(conv->weight, kSlope, torch::kFanIn, torch::kLeakyReLU);
    conv->weight.mul_(scale);
    conv->bias.zero_();
    return conv;
}

/// The eight channels that unshuffle to full resolution, float32.
at::Tensor half_from(const Features& y) {
    if (!y.grid) return y.maps.to(at::kFloat);
    return unflatten(y.maps, *y.grid, 8).to(at::kFloat, false, false, at::MemoryFormat::Contiguous);
}

at::Tensor per_filter(const at::Tensor& values, const at::Tensor& like) {
    return values.to(like.scalar_type()).view({values.size(0), values.size(1), 1, 1, 1});
}

/// Each filter's maps times its factor ([b or 1, filters]).
at::Tensor scaled(const Features& x, const at::Tensor& factor) {
    if (!x.grid) return x.maps * per_filter(factor, x.maps);
    const at::Tensor f = factor.to(x.maps.scalar_type());
    if (f.size(0) == 1) return x.maps * f;
    const auto b = x.grid->batch, n = x.grid->volume(), begin = x.grid->margin();
    const at::Tensor inner =
        (x.maps.narrow(0, begin, b * n).view({b, n, -1}) * f.unsqueeze(1)).view({b * n, -1});
    return at::constant_pad_nd(inner, {0, 0, begin, x.grid->total() - begin - b * n}, 0);
}

}  // namespace

at::Tensor unshuffle2(const at::Tensor& full) {
    const auto b = full.size(0), c = full.size(1);
    const auto d = full.size(2) / 2, h = full.size(3) / 2, w = full.size(4) / 2;
    return full.view({b, c, d, 2, h, 2, w, 2})
        .permute({0, 1, 3, 5, 7, 2, 4, 6})
        .reshape({b, c * 8, d, h, w});
}

at::Tensor shuffle2(const at::Tensor& half) {
    const auto b = half.size(0), c = half.size(1) / 8;
    const auto d = half.size(2), h = half.size(3), w = half.size(4);
    return half.view({b, c, 2, 2, 2, d, h, w})
        .permute({0, 1, 5, 2, 6, 3, 7, 4})
        .reshape({b, c, 2 * d, 2 * h, 2 * w});
}

IqtUrImpl::IqtUrImpl(const UrOptions& options) : options_(options) {
    const int f = options.filters;
    head_ = register_module("head", make_conv(options.channels * 8, f, 1.0));
    for (int i = 0; i < options.blocks; ++i) {
        const std::string name = "block" + std::to_string(i);
        first_.push_back(register_module(name + "_first", make_conv(f, f, 1.0)));
        second_.push_back(register_module(name + "_second", make_conv(f, f, kBranchScale)));
        torch::nn::Linear linear(options.conditions, 2 * f);
        torch::NoGradGuard no_grad;
        linear->weight.zero_();
        linear->bias.zero_();
        modulation_.push_back(register_module(name + "_modulation", linear));
    }
    tail1_ = register_module("tail1", make_conv(f, f, 1.0));
    tail2_ = register_module("tail2", make_conv(f, f, 1.0));
    out_ = register_module("out", make_conv(f, 8, kLastScale));
    for (int i = 0; i < options.variance_layers; ++i)
        variance_.push_back(register_module(
            "variance" + std::to_string(i + 1),
            make_conv(i == 0 ? f : options.variance_filters, options.variance_filters, 1.0)));
    variance_out_ = register_module("variance_out", make_conv(options.variance_filters, 8, 0.1));
    {
        torch::NoGradGuard no_grad;
        variance_out_->bias.fill_(-6.0);  // a standard deviation of 0.05 of the scale
    }
    log_alpha1_ = register_parameter("log_alpha1", torch::full({f}, kLogAlphaStart));
    log_alpha2_ = register_parameter("log_alpha2", torch::full({f}, kLogAlphaStart));
}

at::Tensor IqtUrImpl::conv(const at::Tensor& input, const torch::nn::Conv3d& layer) {
    const auto type = input.scalar_type();
    return at::conv3d(input, layer->weight.to(type), layer->bias.to(type), 1, 1);
}

at::Tensor IqtUrImpl::affine_conv(const at::Tensor& input, const torch::nn::Conv3d& layer,
                                  const at::Tensor& factor, const at::Tensor& shift) {
    if (factor.size(0) == 1) {
        // One scan: the map is folded into the weights and costs nothing per voxel.
        const auto type = input.scalar_type();
        const at::Tensor bias = layer->bias * factor[0];
        return at::conv3d(input, (layer->weight * factor[0].view({-1, 1, 1, 1, 1})).to(type),
                          (shift.defined() ? bias + shift[0] : bias).to(type), 1, 1);
    }
    const at::Tensor y = conv(input, layer);
    const at::Tensor scaled = y * per_filter(factor, y);
    return shift.defined() ? scaled + per_filter(shift, y) : scaled;
}

bf16::Unit IqtUrImpl::kernels(at::ScalarType type, const at::Device& device) const {
    const bool fits = type == at::kBFloat16 && device.is_cpu() && options_.filters % 16 == 0 &&
                      options_.channels % 2 == 0;
    return fits ? bf16::unit() : bf16::Unit::None;
}

Features IqtUrImpl::flat_trunk(const at::Tensor& maps, const at::Tensor& condition) {
    const bf16::FlatGrid grid = grid_of(maps);
    const auto b = grid.batch, f = static_cast<std::int64_t>(options_.filters);
    const auto bias = [&](const torch::nn::Conv3d& layer) {
        return layer->bias.unsqueeze(0).expand({b, layer->bias.size(0)});
    };
    const at::Tensor start =
        flat_conv(flatten(maps, grid), {head_->weight, {}, bias(head_), 1, {}}, grid);
    at::Tensor x = start;
    for (std::size_t i = 0; i < first_.size(); ++i) {
        const at::Tensor m = modulation_[i]->forward(condition);
        const at::Tensor factor = m.narrow(1, 0, f) + 1.0;
        const at::Tensor shift = bias(first_[i]) * factor + m.narrow(1, f, f);
        const at::Tensor y = flat_conv(x, {first_[i]->weight, factor, shift, kSlope, {}}, grid);
        x = flat_conv(y, {second_[i]->weight, {}, bias(second_[i]), 1, x}, grid);
    }
    return {x + start, grid};
}

at::Tensor IqtUrImpl::layer(const Features& x, const torch::nn::Conv3d& layer, double slope,
                            const at::Tensor& factor) {
    if (!x.grid) {
        const at::Tensor y =
            factor.defined() ? affine_conv(x.maps, layer, factor, {}) : conv(x.maps, layer);
        return slope == 1 ? y : leaky_own(y);
    }
    const auto b = x.grid->batch;
    const at::Tensor bias = layer->bias.unsqueeze(0).expand({b, layer->bias.size(0)});
    const at::Tensor scale = factor.defined() ? factor.expand({b, factor.size(1)}) : factor;
    return flat_conv(
        x.maps, {layer->weight, scale, factor.defined() ? bias * scale : bias, slope, {}}, *x.grid);
}

at::Tensor IqtUrImpl::mean_residual(const at::Tensor& input, const at::Tensor& condition) {
    const Features features = trunk(input, condition);
    // Without noise the activation can follow the first convolution at once.
    const Features x{layer(features, tail1_, kSlope, {}), features.grid};
    const Features y{layer(x, tail2_, kSlope, {}), x.grid};
    return shuffle2(half_from({layer(y, out_, 1, {}), y.grid}));
}

Features IqtUrImpl::trunk(const at::Tensor& input, const at::Tensor& condition) {
    if (kernels(input.scalar_type(), input.device()) != bf16::Unit::None)
        return flat_trunk(unshuffle2(input), condition);
    const at::Tensor start = conv(unshuffle2(input), head_);
    at::Tensor x = start;
    const auto f = options_.filters;
    for (std::size_t i = 0; i < first_.size(); ++i) {
        const at::Tensor m = modulation_[i]->forward(condition);
        const at::Tensor y =
            leaky_own(affine_conv(x, first_[i], m.narrow(1, 0, f) + 1.0, m.narrow(1, f, f)));
        x = conv(y, second_[i]).add_(x);
    }
    return {x.add_(start), {}};
}

Features IqtUrImpl::tail_first(const Features& features) {
    return {layer(features, tail1_, 1, {}), features.grid};
}

at::Tensor IqtUrImpl::log_variance_half(const Features& features) {
    Features x{leaky(features.maps), features.grid};
    for (const torch::nn::Conv3d& hidden : variance_) x.maps = layer(x, hidden, kSlope, {});
    return half_from({layer(x, variance_out_, 1, {}), x.grid}).clamp(-12.0, 4.0);
}

at::Tensor IqtUrImpl::log_variance(const Features& features) {
    return shuffle2(log_variance_half(features));
}

at::Tensor IqtUrImpl::residual(const Features& first, const std::vector<at::Tensor>& noise) {
    return shuffle2(residual_half(first, noise));
}

at::Tensor IqtUrImpl::residual_half(const Features& first, const std::vector<at::Tensor>& noise) {
    const Features x{noise.empty() ? leaky(first.maps) : leaky_own(scaled(first, noise[0])),
                     first.grid};
    Features y{{}, x.grid};
    if (!noise.empty() && noise[1].requires_grad()) {
        // A factor's gradient needs the sums themselves: factors may come near zero.
        y.maps = leaky_own(scaled({layer(x, tail2_, 1, {}), x.grid}, noise[1]));
    } else {
        y.maps = layer(x, tail2_, kSlope, noise.empty() ? at::Tensor() : noise[1]);
    }
    return half_from({layer(y, out_, 1, {}), y.grid});
}

std::vector<at::Tensor> IqtUrImpl::noise_factors(const at::Tensor& eps) {
    const auto f = options_.filters;
    const auto factor = [&](const at::Tensor& log_alpha, std::int64_t from) {
        return 1.0 + (0.5 * log_alpha.clamp(-12.0, kLogAlphaMax)).exp() * eps.narrow(1, from, f);
    };
    return {factor(log_alpha1_, 0), factor(log_alpha2_, f)};
}

at::Tensor IqtUrImpl::divergence() {
    const double k1 = 0.63576, k2 = 1.87320, k3 = 1.48695;
    const at::Tensor a = torch::cat({log_alpha1_, log_alpha2_}).clamp(-12.0, kLogAlphaMax);
    return (k1 - k1 * at::sigmoid(k2 + k3 * a) + 0.5 * at::softplus(-a)).sum();
}

std::vector<at::Tensor> IqtUrImpl::mean_parameters() {
    std::vector<at::Tensor> out;
    for (const auto& item : named_parameters()) {
        const std::string& name = item.key();
        if (name.rfind("variance", 0) != 0 && name.rfind("log_alpha", 0) != 0) {
            out.push_back(item.value());
        }
    }
    return out;
}

std::vector<at::Tensor> IqtUrImpl::spread_parameters() {
    std::vector<at::Tensor> out;
    for (const auto& item : named_parameters()) {
        const std::string& name = item.key();
        if (name.rfind("variance", 0) == 0 || name.rfind("log_alpha", 0) == 0) {
            out.push_back(item.value());
        }
    }
    return out;
}

}  // namespace iqt::models::nets
