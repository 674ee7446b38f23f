// SPDX-License-Identifier: Apache-2.0
#include "models/nets/iqt_ur.hpp"

#include <cmath>
#include <string>

#include "models/nets/flat_conv.hpp"
#include "models/nets/ur_layers.hpp"

namespace iqt::models::nets {
namespace {

constexpr double kBranchScale = 0.3;  // start of residual branches
constexpr double kLastScale = 0.02;   // start of the last layer: the net begins as the cubic input

torch::nn::Conv3d make_conv(int in, int out, double scale) {
    torch::nn::Conv3d conv(torch::nn::Conv3dOptions(in, out, 3).padding(1));
    torch::NoGradGuard no_grad;
    torch::nn::init::kaiming_normal_(conv->weight, kSlope, torch::kFanIn, torch::kLeakyReLU);
    conv->weight.mul_(scale);
    conv->bias.zero_();
    return conv;
}

at::Tensor alpha_start(const UrOptions& options, int filters) {
    constexpr double kLogAlpha = -5;  // variance of the multiplicative noise at the start
    if (options.dropout == Dropout::VarI)
        return torch::full({filters, filters, 3, 3, 3}, kLogAlpha);
    return torch::full({filters}, kLogAlpha);
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
    for (int i = options.blocks - options.sampled_blocks; i < options.blocks; ++i)
        for (const char* which : {"_first", "_second"})
            log_alpha_.push_back(register_parameter("log_alpha_block" + std::to_string(i) + which,
                                                    alpha_start(options, f)));
    for (const char* which : {"log_alpha1", "log_alpha2"})
        log_alpha_.push_back(register_parameter(which, alpha_start(options, f)));
}

at::Tensor IqtUrImpl::apply(const Features& x, const Use& use) {
    const at::Tensor &bias = use.layer->bias, &factor = use.factor;
    const at::Tensor weight =
        use.weights.defined() ? use.layer->weight * use.weights : use.layer->weight;
    if (x.grid) {
        const auto b = x.grid->batch;
        at::Tensor shift = bias.unsqueeze(0).expand({b, bias.size(0)});
        const at::Tensor scale = factor.defined() ? factor.expand({b, factor.size(1)}) : factor;
        if (scale.defined()) shift = shift * scale;
        if (use.shift.defined()) shift = shift + use.shift;
        return flat_conv(x.maps, {weight, scale, shift, use.slope, use.added}, *x.grid);
    }
    const auto type = x.maps.scalar_type();
    at::Tensor y;
    if (!factor.defined()) {
        y = at::conv3d(x.maps, weight.to(type), bias.to(type), 1, 1);
    } else if (factor.size(0) == 1) {
        // One scan: the map is folded into the weights and costs nothing per voxel.
        const at::Tensor shift = bias * factor[0];
        y = at::conv3d(x.maps, (weight * factor[0].view({-1, 1, 1, 1, 1})).to(type),
                       (use.shift.defined() ? shift + use.shift[0] : shift).to(type), 1, 1);
    } else {
        y = at::conv3d(x.maps, weight.to(type), bias.to(type), 1, 1);
        y = y * per_filter(factor, y);
        if (use.shift.defined()) y = y + per_filter(use.shift, y);
    }
    if (use.added.defined()) y.add_(use.added);
    return use.slope == 1 ? y : leaky_own(y);
}

bf16::Unit IqtUrImpl::kernels(at::ScalarType type, const at::Device& device) const {
    const bool fits = type == at::kBFloat16 && device.is_cpu() && options_.filters % 16 == 0 &&
                      options_.channels % 2 == 0;
    return fits ? bf16::unit() : bf16::Unit::None;
}

Features IqtUrImpl::block(std::size_t number, const Features& x, const at::Tensor& condition,
                          const std::vector<at::Tensor>& noise) {
    const auto f = static_cast<std::int64_t>(options_.filters);
    const at::Tensor m = modulation_[number]->forward(condition);
    Use one{first_[number], kSlope, {}, m.narrow(1, 0, f) + 1.0, m.narrow(1, f, f), {}},
        two{second_[number], 1, {}, {}, {}, x.maps};
    const bool by_filters = options_.dropout == Dropout::Filter;
    if (!noise.empty() && !by_filters) {
        one.weights = noise[0];
        two.weights = noise[1];
    }
    Features y{apply(x, one), x.grid};
    if (noise.empty() || !by_filters) return {apply(y, two), x.grid};
    y.maps = scaled(y, noise[0]);
    two.added = at::Tensor();
    return {scaled({apply(y, two), x.grid}, noise[1]) + x.maps, x.grid};
}

Trunk IqtUrImpl::run_trunk(const at::Tensor& input, const at::Tensor& condition, bool keep_start) {
    Trunk out;
    out.condition = condition;
    Features x;
    x.maps = unshuffle2(input);
    if (kernels(input.scalar_type(), input.device()) != bf16::Unit::None) {
        x.grid = grid_of(x.maps);
        x.maps = flatten(x.maps, *x.grid);
    }
    const Features start{apply(x, {head_, 1, {}, {}, {}, {}}), x.grid};
    x = start;
    const std::size_t sampled = first_.size() - static_cast<std::size_t>(options_.sampled_blocks);
    for (std::size_t i = 0; i < first_.size(); ++i) {
        if (keep_start && i == sampled) {
            out.sampled_from = x;
            out.start = start;
        }
        x = block(i, x, condition, {});
    }
    out.features = {x.maps + start.maps, x.grid};
    return out;
}

at::Tensor IqtUrImpl::mean_residual(const at::Tensor& input, const at::Tensor& condition) {
    const Features features = trunk(input, condition);
    // Without noise the activation can follow the first convolution at once.
    const Features x{apply(features, {tail1_, kSlope, {}, {}, {}, {}}), features.grid};
    const Features y{apply(x, {tail2_, kSlope, {}, {}, {}, {}}), x.grid};
    return shuffle2(half_from({apply(y, {out_, 1, {}, {}, {}, {}}), y.grid}));
}

Features IqtUrImpl::trunk(const at::Tensor& input, const at::Tensor& condition) {
    return run_trunk(input, condition, false).features;
}

Trunk IqtUrImpl::whole_trunk(const at::Tensor& input, const at::Tensor& condition) {
    return run_trunk(input, condition, options_.sampled_blocks > 0);
}

Features IqtUrImpl::tail_first(const Features& features) {
    return {apply(features, {tail1_, 1, {}, {}, {}, {}}), features.grid};
}

at::Tensor IqtUrImpl::log_variance_half(const Features& features) {
    Features x{leaky(features.maps), features.grid};
    for (const torch::nn::Conv3d& hidden : variance_)
        x.maps = apply(x, {hidden, kSlope, {}, {}, {}, {}});
    return half_from({apply(x, {variance_out_, 1, {}, {}, {}, {}}), x.grid}).clamp(-12.0, 4.0);
}

at::Tensor IqtUrImpl::log_variance(const Features& features) {
    return shuffle2(log_variance_half(features));
}

at::Tensor IqtUrImpl::residual(const Features& first) {
    return shuffle2(residual_half(first));
}

at::Tensor IqtUrImpl::residual_half(const Features& first) {
    const Features x{leaky(first.maps), first.grid};
    const Features y{apply(x, {tail2_, kSlope, {}, {}, {}, {}}), x.grid};
    return half_from({apply(y, {out_, 1, {}, {}, {}, {}}), y.grid});
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
