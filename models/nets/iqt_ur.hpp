// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <torch/torch.h>

#include "models/nets/bf16_conv.hpp"

namespace iqt::models::nets {

/// Shape of one IQT-UR network. All of it stands in model.json.
struct UrOptions {
    int channels = 4;    ///< input channels (see ur_input.hpp)
    int conditions = 6;  ///< scan-wide numbers that modulate the trunk
    int filters = 48;
    int blocks = 6;
    int variance_filters = 24;
    int variance_layers = 1;  ///< hidden convolutions of the variance head
};

/// Feature maps at half resolution: [b, c, d, h, w], or flat where our own kernels compute them.
struct Features {
    at::Tensor maps;
    std::optional<bf16::FlatGrid> grid;  ///< set where `maps` is flat (flat_conv.hpp)
};

/// IQT-UR: a residual 3-D network on pixel-unshuffled (2x2x2) input with scan-wide modulation, a
/// cached trunk, a tail with learned (variational) dropout and a variance head.
/// Tensors are [batch, channel, slice axis, row, column]; sizes are even. Everything is
/// convolutional with zero padding, so a tile with a halo of `halo_voxels` equals the whole pass.
/// Arithmetic runs in the type of the input (float32, bfloat16); weights are cast to it.
/// Sources: Shi et al. 2016 (sub-pixel convolution); Lim et al. 2017 (residual blocks without
/// normalisation); Perez et al. 2018 (feature-wise modulation); Kingma et al. 2015 and Molchanov
/// et al. 2017 (variational dropout); Tanno et al. 2021 (both uncertainties in IQT).
class IqtUrImpl : public torch::nn::Module {
  public:
    explicit IqtUrImpl(const UrOptions& options);

    /// Features that no sample changes, at half resolution. `input` at full resolution.
    Features trunk(const at::Tensor& input, const at::Tensor& condition);
    /// The deterministic pass as a whole, full resolution: what training of the mean needs.
    at::Tensor mean_residual(const at::Tensor& input, const at::Tensor& condition);
    /// The first convolution of the tail, before its noise: no sample changes it either.
    Features tail_first(const Features& features);
    /// The rest of the tail: the residual to be added to the cubic input, float32, [b, 8, half].
    /// `noise` holds one factor per filter of each sampled convolution ([b or 1, filters]);
    /// empty: the deterministic pass.
    at::Tensor residual_half(const Features& first, const std::vector<at::Tensor>& noise);
    /// Log-variance (intrinsic) from trunk features, float32, [b, 8, half].
    at::Tensor log_variance_half(const Features& features);

    /// The same at full resolution, [b, 1, ...].
    at::Tensor residual(const Features& first, const std::vector<at::Tensor>& noise);
    at::Tensor log_variance(const Features& features);

    /// 1 + sqrt(alpha) * eps for each sampled convolution, from standard normal `eps`
    /// ([batch, 2 * filters]); differentiable in alpha.
    std::vector<at::Tensor> noise_factors(const at::Tensor& eps);
    /// Kullback-Leibler divergence of the learned noise from the log-uniform prior, summed over
    /// filters (Molchanov et al. 2017, equation 14).
    at::Tensor divergence();

    const UrOptions& options() const { return options_; }
    /// Halo of an exact tile, in voxels of the half-resolution grid: one for each convolution in
    /// a row (head, two in each block, the tail's three or those of the variance head).
    int halo_half() const {
        return 2 * options_.blocks + 1 + std::max(3, options_.variance_layers + 1);
    }

    /// Which of our kernels compute maps of this type and place (bfloat16 on a processor that has
    /// the unit); None: the library. They round otherwise than the library does.
    bf16::Unit kernels(at::ScalarType type, const at::Device& device) const;

    std::vector<at::Tensor> mean_parameters();
    std::vector<at::Tensor> spread_parameters();

  private:
    Features flat_trunk(const at::Tensor& maps, const at::Tensor& condition);
    /// leaky(conv(x) * factor + shift) with the given slope; `factor` may be undefined.
    at::Tensor layer(const Features& x, const torch::nn::Conv3d& layer, double slope,
                     const at::Tensor& factor);
    at::Tensor conv(const at::Tensor& input, const torch::nn::Conv3d& layer);
    /// conv(input) * factor + shift per filter; `shift` may be undefined.
    at::Tensor affine_conv(const at::Tensor& input, const torch::nn::Conv3d& layer,
                           const at::Tensor& factor, const at::Tensor& shift);

    UrOptions options_;
    torch::nn::Conv3d head_{nullptr}, tail1_{nullptr}, tail2_{nullptr}, out_{nullptr};
    torch::nn::Conv3d variance_out_{nullptr};
    std::vector<torch::nn::Conv3d> first_, second_, variance_;
    std::vector<torch::nn::Linear> modulation_;
    at::Tensor log_alpha1_, log_alpha2_;
};
TORCH_MODULE(IqtUr);

/// [b, c, d, h, w] -> [b, 8c, d/2, h/2, w/2] and back.
at::Tensor unshuffle2(const at::Tensor& full);
at::Tensor shuffle2(const at::Tensor& half);

}  // namespace iqt::models::nets
