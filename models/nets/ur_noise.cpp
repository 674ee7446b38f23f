// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>
#include <utility>

#include "models/nets/ur_layers.hpp"

/// The learned noise of IQT-UR: variational dropout of its last convolutions.
namespace iqt::models::nets {
namespace {

constexpr double kLogAlphaMax = 0, kLogAlphaMin = -12;

constexpr std::array<std::pair<Dropout, std::string_view>, 3> kDropoutNames{
    {{Dropout::Filter, "filter"}, {Dropout::VarII, "var2"}, {Dropout::VarI, "var1"}}};

at::Tensor limited(const at::Tensor& log_alpha) {
    return log_alpha.clamp(kLogAlphaMin, kLogAlphaMax);
}

}  // namespace

std::string_view to_string(Dropout dropout) {
    for (const auto& [value, name] : kDropoutNames)
        if (value == dropout) return name;
    return {};
}

std::optional<Dropout> dropout_from(std::string_view name) {
    for (const auto& [value, known] : kDropoutNames)
        if (known == name) return value;
    return std::nullopt;
}

std::int64_t IqtUrImpl::noise_size() const {
    const std::int64_t f = options_.filters,
                       each = options_.dropout == Dropout::Filter ? f : f * f * 27;
    return static_cast<std::int64_t>(log_alpha_.size()) * each;
}

std::vector<at::Tensor> IqtUrImpl::noise(const at::Tensor& eps) const {
    const std::int64_t f = options_.filters;
    const bool by_filters = options_.dropout == Dropout::Filter;
    const std::int64_t each = by_filters ? f : f * f * 27;
    std::vector<at::Tensor> out;
    for (std::size_t n = 0; n < log_alpha_.size(); ++n) {
        at::Tensor sd = (0.5 * limited(log_alpha_[n])).exp();
        at::Tensor own = eps.narrow(1, static_cast<std::int64_t>(n) * each, each);
        if (!by_filters) own = own.view({f, f, 3, 3, 3});
        if (options_.dropout == Dropout::VarII) sd = sd.view({f, 1, 1, 1, 1});
        out.push_back(1.0 + sd * own);
    }
    return out;
}

at::Tensor IqtUrImpl::divergence() {
    const double k1 = 0.63576, k2 = 1.87320, k3 = 1.48695;
    // By weights, an alpha of a filter stands for all of its weights.
    const double copies = options_.dropout == Dropout::VarII ? 27.0 * options_.filters : 1.0;
    at::Tensor sum = torch::zeros({}, log_alpha_.front().options());
    for (const at::Tensor& log_alpha : log_alpha_) {
        const at::Tensor a = limited(log_alpha);
        sum = sum + copies * (k1 - k1 * at::sigmoid(k2 + k3 * a) + 0.5 * at::softplus(-a)).sum();
    }
    return sum;
}

at::Tensor IqtUrImpl::sampled_half(const Trunk& trunk, const Features& first,
                                   const std::vector<at::Tensor>& noise) {
    const bool by_filters = options_.dropout == Dropout::Filter;
    std::size_t used = 0;
    Features x = trunk.features;
    if (options_.sampled_blocks > 0) {
        x = trunk.sampled_from;
        for (std::size_t i = first_.size() - static_cast<std::size_t>(options_.sampled_blocks);
             i < first_.size(); ++i, used += 2)
            x = block(i, x, trunk.condition, {noise[used], noise[used + 1]});
        x.maps = x.maps + trunk.start.maps;
    }
    const at::Tensor &one = noise[used], &two = noise[used + 1];
    Features y{{}, x.grid};
    if (!by_filters) {
        x.maps = apply(x, {tail1_, kSlope, one, {}, {}, {}});
        y.maps = apply(x, {tail2_, kSlope, two, {}, {}, {}});
    } else {
        // No sample changes the first convolution's sums: only their factor is drawn.
        if (options_.sampled_blocks == 0)
            x.maps = first.maps;
        else
            x.maps = apply(x, {tail1_, 1, {}, {}, {}, {}});
        x.maps = leaky_own(scaled(x, one));
        // A factor's gradient needs the sums themselves: factors may come near zero.
        if (two.requires_grad())
            y.maps = leaky_own(scaled({apply(x, {tail2_, 1, {}, {}, {}, {}}), x.grid}, two));
        else
            y.maps = apply(x, {tail2_, kSlope, {}, two, {}, {}});
    }
    return half_from({apply(y, {out_, 1, {}, {}, {}, {}}), y.grid});
}

}  // namespace iqt::models::nets
