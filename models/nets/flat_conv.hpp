// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include "models/nets/amx_conv.hpp"

/// Torch's view of the tile-register convolutions: differentiable, on flat maps.
namespace iqt::models::nets {

/// [b, c, d, h, w] of any type -> [grid.total(), c] in bfloat16 (see amx::FlatGrid), and back.
/// c is a multiple of 16.
at::Tensor flatten(const at::Tensor& maps, const amx::FlatGrid& grid);
at::Tensor unflatten(const at::Tensor& flat, const amx::FlatGrid& grid, std::int64_t channels);

/// The grid of [b, c, d, h, w] maps.
amx::FlatGrid grid_of(const at::Tensor& maps);

/// leaky(conv(x, weight) * factor + shift) + added, all but x, weight and shift may be undefined.
struct FlatConv {
    at::Tensor weight;  ///< [out, in, 3, 3, 3], float32
    at::Tensor factor;  ///< [b, out], float32; undefined: 1
    at::Tensor shift;   ///< [b, out], float32
    double slope = 1;   ///< of the leaky ReLU; 1: none
    at::Tensor added;   ///< flat, only with slope 1
};
at::Tensor flat_conv(const at::Tensor& x, const FlatConv& layer, const amx::FlatGrid& grid);

}  // namespace iqt::models::nets
