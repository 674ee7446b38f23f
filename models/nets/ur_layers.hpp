// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/nets/iqt_ur.hpp"

/// What the layers of IQT-UR have in common.
namespace iqt::models::nets {

inline constexpr double kSlope = 0.1;  ///< of the leaky ReLU: a plain ReLU died in trials

at::Tensor leaky(const at::Tensor& x);
/// In place, for a value that nobody else holds; its gradient needs the result only.
at::Tensor leaky_own(at::Tensor x);

/// [b, filters] as [b, filters, 1, 1, 1] of the maps' type.
at::Tensor per_filter(const at::Tensor& values, const at::Tensor& like);
/// Each filter's maps times its factor ([b or 1, filters]); flat maps stay zero in their margins.
at::Tensor scaled(const Features& x, const at::Tensor& factor);
/// The eight channels that unshuffle to full resolution, float32.
at::Tensor half_from(const Features& y);

}  // namespace iqt::models::nets
