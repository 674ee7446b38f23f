// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstddef>
#include <vector>

#include "pipeline/grid/noise.hpp"
#include "pipeline/qa/stack.hpp"

namespace iqt::qa {
namespace {

constexpr int kBlock = 6;
constexpr double kLeastShare = 0.05;
/// The 5 % quantile of a block's RMS second difference in white noise, over its SD.
constexpr double kQuantileOfWhiteNoise = 0.72;

}  // namespace

double even_noise_sd(const Stack& stack, int distance) {
    const Volume& v = stack.full;
    const auto& size = v.geometry.size;
    const auto di = static_cast<std::ptrdiff_t>(distance);
    const auto dj = di * size[0];
    const auto dark = static_cast<float>(0.7 * stack.head_median);
    std::vector<float> blocks;
    for (int k = 0; k < size[2]; ++k)
        for (int j = distance; j + kBlock + distance <= size[1]; j += kBlock)
            for (int i = distance; i + kBlock + distance <= size[0]; i += kBlock) {
                double square = 0;
                bool bright = true;
                for (int n = 0; n < kBlock * kBlock && bright; ++n) {
                    const float* at = v.voxels.data() + v.offset(i + n % kBlock, j + n / kBlock, k);
                    bright = *at > dark;
                    const float corners = at[-di - dj] + at[di - dj] + at[-di + dj] + at[di + dj];
                    const float edges = at[-dj] + at[dj] + at[-di] + at[di];
                    const double second = static_cast<double>(corners - 2 * edges + 4 * *at) / 6;
                    square += second * second;
                }
                if (bright) blocks.push_back(static_cast<float>(std::sqrt(square) / kBlock));
            }
    return grid::quantile(blocks, kLeastShare) / kQuantileOfWhiteNoise;
}

}  // namespace iqt::qa
