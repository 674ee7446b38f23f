// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <torch/torch.h>

#include "models/nets/bf16_conv.hpp"

namespace iqt::models::nets {

/// Which noise the sampled convolutions learn.
enum class Dropout {
    Filter,  ///< one factor a filter and pass: all weights of a filter move together
    VarII,   ///< every weight moves by itself, as far as its filter says (Tanno 2021, Var. II)
    VarI,    ///< every weight moves by itself, each as far as it says itself (Var. I)
};
std::string_view to_string(Dropout dropout);  // "filter", "var2", "var1"
std::optional<Dropout> dropout_from(std::string_view name);

/// Shape of one IQT-UR network. All of it stands in model.json.
struct UrOptions {
    int channels = 4;    ///< input channels (see ur_input.hpp)
    int conditions = 6;  ///< scan-wide numbers that modulate the trunk
    int filters = 48;
    int blocks = 6;
    int variance_filters = 24;
    int variance_layers = 1;  ///< hidden convolutions of the variance head
    Dropout dropout = Dropout::Filter;
    int sampled_blocks = 0;  ///< so many last blocks of the trunk are sampled beside the tail
};

/// Feature maps at half resolution: [b, c, d, h, w], or flat where our own kernels compute them.
struct Features {
    at::Tensor maps;
    std::optional<bf16::FlatGrid> grid;  ///< set where `maps` is flat (flat_conv.hpp)
};

/// What the passes over one scan have in common.
struct Trunk {
    Features features;      ///< of the deterministic pass
    Features sampled_from;  ///< before the blocks that are sampled; no maps where none is
    Features start;         ///< of the long skip, which those blocks end in
    at::Tensor condition;
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

    /// Features of the deterministic pass, at half resolution. `input` at full resolution.
    Features trunk(const at::Tensor& input, const at::Tensor& condition);
    /// The same, with what samples begin from.
    Trunk whole_trunk(const at::Tensor& input, const at::Tensor& condition);
    /// The deterministic pass as a whole, full resolution: what training of the mean needs.
    at::Tensor mean_residual(const at::Tensor& input, const at::Tensor& condition);
    /// The first convolution of the tail, before its noise: no sample changes it either.
    Features tail_first(const Features& features);
    /// The rest of the deterministic tail: the residual to be added to the cubic input, float32,
    /// [b, 8, half].
    at::Tensor residual_half(const Features& first);
    /// The residual of one sample. `first`: tail_first(trunk.features), which sampling of the tail
    /// alone by filters can use. `noise`: as noise() makes it.
    at::Tensor sampled_half(const Trunk& trunk, const Features& first,
                            const std::vector<at::Tensor>& noise);
    /// Log-variance (intrinsic) from trunk features, float32, [b, 8, half].
    at::Tensor log_variance_half(const Features& features);

    /// The same at full resolution, [b, 1, ...].
    at::Tensor residual(const Features& first);
    at::Tensor log_variance(const Features& features);

    /// Whether samples need no more than tail_first: no block is sampled, and noise is by filters.
    bool samples_tail_only() const {
        return options_.sampled_blocks == 0 && options_.dropout == Dropout::Filter;
    }
    /// How many normal numbers one sample takes.
    std::int64_t noise_size() const;
    /// 1 + sqrt(alpha) * eps for each sampled convolution in order of use, by filters
    /// ([b, filters]) or by weights (their shape), from standard normal `eps` ([b, noise_size()];
    /// b is 1 for noise of weights); differentiable in alpha.
    std::vector<at::Tensor> noise(const at::Tensor& eps) const;
    /// Kullback-Leibler divergence of the learned noise from the log-uniform prior, summed over
    /// what moves by itself: filters or weights (Molchanov et al. 2017, equation 14).
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
    /// One convolution as one pass uses it; all but `layer` may be undefined.
    struct Use {
        const torch::nn::Conv3d& layer;
        double slope = 1;    ///< of the leaky ReLU; 1: none
        at::Tensor weights;  ///< factors on the weights, of their shape
        at::Tensor factor;   ///< on the result, per filter ([b or 1, filters])
        at::Tensor shift;    ///< beyond the bias, which `factor` scales
        at::Tensor added;    ///< maps of a short cut, only with slope 1
    };
    /// leaky((conv(x) + bias) * factor + shift) + added.
    at::Tensor apply(const Features& x, const Use& use);
    Trunk run_trunk(const at::Tensor& input, const at::Tensor& condition, bool keep_start);
    /// One residual block; `noise` empty, or that of its two convolutions.
    Features block(std::size_t number, const Features& x, const at::Tensor& condition,
                   const std::vector<at::Tensor>& noise);

    UrOptions options_;
    torch::nn::Conv3d head_{nullptr}, tail1_{nullptr}, tail2_{nullptr}, out_{nullptr};
    torch::nn::Conv3d variance_out_{nullptr};
    std::vector<torch::nn::Conv3d> first_, second_, variance_;
    std::vector<torch::nn::Linear> modulation_;
    std::vector<at::Tensor> log_alpha_;  ///< of the sampled convolutions in order of use
};
TORCH_MODULE(IqtUr);

/// [b, c, d, h, w] -> [b, 8c, d/2, h/2, w/2] and back.
at::Tensor unshuffle2(const at::Tensor& full);
at::Tensor shuffle2(const at::Tensor& half);

}  // namespace iqt::models::nets
