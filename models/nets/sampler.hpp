// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <torch/torch.h>

#include "models/nets/familiarity.hpp"
#include "models/nets/iqt_ur.hpp"

namespace iqt::models::nets {

/// How one volume is to be computed.
struct SampleOptions {
    int samples = 16;
    std::uint64_t seed = 0;
    int flips = 1;       ///< 1, 2, 4 or 8 mirrored passes that the image is the mean of
    bool spread = true;  ///< false: the deterministic pass only
    at::ScalarType precision = at::kFloat;
    at::Device device = at::kCPU;
    const Familiarity* familiarity = nullptr;  ///< not owned; none: the distance is left out
    Contrast contrast = Contrast::T1;          ///< whose statistics count
    std::uint64_t memory_bytes_max = 4ULL << 30;
    std::function<void(double, std::string_view)> progress;
    std::function<bool()> stop;  ///< true: give up
};

/// Results at full resolution, [slice axis, row, column], float32, in the network's scaled units.
struct Sampled {
    at::Tensor residual;            ///< of the deterministic pass
    at::Tensor intrinsic_variance;  ///< mean of exp(log variance); undefined without spread
    at::Tensor parameter_variance;  ///< of the samples' residuals; undefined without spread
    at::Tensor unfamiliarity;       ///< Familiarity::distance; undefined without statistics
    std::string tiling;
    bool stopped = false;  ///< the rest is undefined
};

/// Runs the trunk once for each tile and `samples` passes of the tail on it. The noise of a sample
/// is one factor per filter, drawn from the seed before any tile, so neither tiles nor their order
/// change the result beyond the rounding of the convolutions.
Sampled sample(IqtUr& network, const at::Tensor& channels, const at::Tensor& condition,
               const SampleOptions& options);

/// Bytes that a pass over so many half-resolution cells needs at its peak, measured and rounded up.
std::uint64_t bytes_per_cell(const UrOptions& network, at::ScalarType precision);

}  // namespace iqt::models::nets
