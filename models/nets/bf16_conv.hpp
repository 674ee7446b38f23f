// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// 3x3x3 convolutions in bfloat16 with float sums, on the tile registers (AMX) or the 512-bit
/// vectors (AVX512-BF16) of recent x86 processors, several times faster than the library's.
namespace iqt::models::nets::bf16 {

/// What of this processor computes: `Tiles` where it has bfloat16 tile registers and the kernel
/// lets this process use them, else `Vectors` where it multiplies bfloat16 vectors, else `None`:
/// then nothing below may be called. Each adds in its own order, so that results differ in
/// rounding.
enum class Unit { None, Vectors, Tiles };
Unit unit();
/// "cpu-amx", "cpu-avx512bf16" or "cpu": how provenance calls it.
const char* name_of(Unit unit);

using Bf16 = std::uint16_t;  ///< the upper half of an IEEE float

/// Where the voxels of a batch of volumes lie in one flat, channels-last array. Rows, planes and
/// volumes are followed by one zero voxel, row and plane, so that a shift by a kernel tap never
/// needs a border rule: a convolution is 27 matrix products over the whole array.
struct FlatGrid {
    std::int64_t batch = 1, depth = 0, height = 0, width = 0;  ///< voxels

    std::int64_t row() const { return width + 1; }
    std::int64_t plane() const { return (height + 1) * row(); }
    std::int64_t volume() const { return (depth + 1) * plane(); }
    /// Places between the first and the last voxel, borders included, in whole tiles.
    std::int64_t places() const { return (batch * volume() + 31) / 32 * 32; }
    /// Zero places before the first one: what the taps reach.
    std::int64_t margin() const { return (plane() + row() + 1 + 31) / 32 * 32; }
    /// Places of the whole array.
    std::int64_t total() const { return places() + 2 * margin() + 32; }
    bool operator==(const FlatGrid&) const = default;
};

/// For each of places(): 0 for a border, else the number of its volume plus one.
std::vector<std::uint8_t> owners(const FlatGrid& grid);

/// Weights [out, in, 3, 3, 3] in the order that the tiles are loaded. `turned`: those of the
/// gradient with respect to the input (in and out swapped, taps mirrored).
class PackedWeights {
  public:
    PackedWeights(const float* weights, std::int64_t out, std::int64_t in, bool turned);

    std::int64_t in() const { return in_; }    ///< channels of the input, a multiple of 16
    std::int64_t out() const { return out_; }  ///< channels of the output, a multiple of 16
    std::int64_t steps() const { return steps_; }
    const Bf16* tile(std::int64_t tap_row, std::int64_t step, std::int64_t out_tile) const;

  private:
    std::int64_t in_, out_, steps_;
    std::vector<Bf16> data_;
};

/// What follows the sums of a convolution: y = leaky(sum * factor + shift) + added.
struct Epilogue {
    const float* factor = nullptr;  ///< [batch, out]; none: 1
    const float* shift = nullptr;   ///< [batch, out]; none: 0
    float slope = 1;                ///< of the leaky ReLU; 1: none
    const Bf16* added = nullptr;    ///< like the output; none: 0
};

/// `in` and `out` point to the first of total() places; borders of `out` become 0, margins stay.
/// `unit` is one that this processor has, here and below: unit(), or vectors where it has tiles.
void convolve(Unit unit, const FlatGrid& grid, const std::vector<std::uint8_t>& owner,
              const PackedWeights& weights, const Bf16* in, const Epilogue& epilogue, Bf16* out);

/// Gradient of the loss with respect to the weights: `gradient` [27, out, in], tap by tap.
/// `in` [total, in], `sums_gradient` [total, out]; both multiples of 16.
void weight_gradient(Unit unit, const FlatGrid& grid, const Bf16* in, std::int64_t in_channels,
                     const Bf16* sums_gradient, std::int64_t out_channels, float* gradient);

/// Gradient with respect to the sums of a convolution, and of factor and shift ([batch, channels]
/// each, added to). `y` is the convolution's output where its slope is not 1 or it has a factor.
struct Backward {
    const float* factor = nullptr;
    const float* shift = nullptr;
    float slope = 1;
    float* factor_gradient = nullptr;
    float* shift_gradient = nullptr;
};
void epilogue_gradient(const FlatGrid& grid, const std::vector<std::uint8_t>& owner,
                       std::int64_t channels, const Bf16* y, const Bf16* y_gradient,
                       const Backward& how, Bf16* sums_gradient);

}  // namespace iqt::models::nets::bf16
