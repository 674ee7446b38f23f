// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include "models/nets/bf16_conv.hpp"

/// Torch's view of this processor's bfloat16 convolutions: differentiable, on flat maps.
namespace iqt::models::nets {

/// [b, c, d, h, w] of any type -> [grid.total(), c] in bfloat16 (see bf16::FlatGrid), and back.
/// c is a multiple of 16.
at::Tensor flatten(const at::Tensor& maps, const bf16::FlatGrid& grid);
at::Tensor unflatten(const at::Tensor& flat, const bf16::FlatGrid& grid, std::int64_t channels);

/// The grid of [b, c, d, h, w] maps.
bf16::FlatGrid grid_of(const at::Tensor& maps);

/// leaky(conv(x, weight) * factor + shift) + added, all but x, weight and shift may be undefined.
struct FlatConv {
    at::Tensor weight;  ///< [out, in, 3, 3, 3], float32
    at::Tensor factor;  ///< [b, out], float32; undefined: 1
    at::Tensor shift;   ///< [b, out], float32
    double slope = 1;   ///< of the leaky ReLU; 1: none
    at::Tensor added;   ///< flat, only with slope 1
};
at::Tensor flat_conv(const at::Tensor& x, const FlatConv& layer, const bf16::FlatGrid& grid);

}  // namespace iqt::models::nets
