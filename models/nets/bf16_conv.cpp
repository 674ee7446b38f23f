// SPDX-License-Identifier: Apache-2.0
#include "models/nets/bf16_conv.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <ATen/Parallel.h>

#include "models/nets/bf16_kernels.hpp"

#ifdef IQT_BF16_KERNELS
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace iqt::models::nets::bf16 {
namespace {

Bf16 to_bf16(float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, 4);
    return static_cast<Bf16>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

std::int64_t in_tiles(std::int64_t channels) {
    return (channels + 15) / 16 * 16;
}

}  // namespace

std::vector<std::uint8_t> owners(const FlatGrid& grid) {
    std::vector<std::uint8_t> out(static_cast<std::size_t>(grid.places()), 0);
    for (std::int64_t b = 0; b < grid.batch; ++b)
        for (std::int64_t d = 0; d < grid.depth; ++d)
            for (std::int64_t h = 0; h < grid.height; ++h)
                std::fill_n(out.begin() + b * grid.volume() + d * grid.plane() + h * grid.row(),
                            grid.width, static_cast<std::uint8_t>(b + 1));
    return out;
}

PackedWeights::PackedWeights(const float* weights, std::int64_t out, std::int64_t in, bool turned)
    : in_(in_tiles(turned ? out : in)),
      out_(in_tiles(turned ? in : out)),
      steps_((3 * in_ + 31) / 32) {
    data_.assign(static_cast<std::size_t>(9 * steps_ * out_ * 32), 0);
    for (std::int64_t o = 0; o < out; ++o)
        for (std::int64_t i = 0; i < in; ++i)
            for (std::int64_t tap = 0; tap < 27; ++tap) {
                const std::int64_t at = turned ? 26 - tap : tap, n = turned ? i : o;
                const std::int64_t k = at % 3 * in_ + (turned ? o : i);
                // [tap row][step][out tile][pair of inputs][output][2]
                const std::int64_t tile = (at / 3 * steps_ + k / 32) * (out_ / 16) + n / 16;
                data_[static_cast<std::size_t>(((tile * 16 + k % 32 / 2) * 16 + n % 16) * 2 +
                                               k % 2)] = to_bf16(weights[(o * in + i) * 27 + tap]);
            }
}

const Bf16* PackedWeights::tile(std::int64_t tap_row, std::int64_t step,
                                std::int64_t out_tile) const {
    return &data_[static_cast<std::size_t>(((tap_row * steps_ + step) * (out_ / 16) + out_tile) *
                                           512)];
}

const char* name_of(Unit unit) {
    return unit == Unit::Tiles ? "cpu-amx" : unit == Unit::Vectors ? "cpu-avx512bf16" : "cpu";
}

#ifdef IQT_BF16_KERNELS

namespace {

Unit found() {
    if (__builtin_cpu_supports("avx512bf16") == 0) return Unit::None;
    constexpr int kRequest = 0x1023, kTileData = 18;
    // GCC 12 has no name for the tile features: leaf 7, EDX bits 22 (bfloat16) and 24 (tiles).
    unsigned a = 7, b = 0, c = 0, d = 0;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    const bool tiles = (d >> 22 & 1U) != 0 && (d >> 24 & 1U) != 0;
    return tiles && syscall(SYS_arch_prctl, kRequest, kTileData) == 0 ? Unit::Tiles : Unit::Vectors;
}

}  // namespace

Unit unit() {
    static const Unit best = found();
    return best;
}

void convolve(Unit unit, const FlatGrid& grid, const std::vector<std::uint8_t>& owner,
              const PackedWeights& weights, const Bf16* in, const Epilogue& epilogue, Bf16* out) {
    const Job job{grid, owner, weights, in, epilogue, out};
    const auto range = unit == Unit::Tiles ? convolve_by_tiles : convolve_by_vectors;
    // Taken piece by piece: a thread whose core is busy elsewhere does less. Pieces do not meet in
    // any sum, so the result is the same.
    constexpr std::int64_t kPiece = 32 * kPlaces;
    std::atomic<std::int64_t> next{0};
    const std::int64_t parts = at::get_num_threads();
    at::parallel_for(0, parts, 1, [&](std::int64_t, std::int64_t) {
        for (std::int64_t from = 0; (from = next.fetch_add(kPiece)) < grid.places();)
            range(job, from, std::min(grid.places(), from + kPiece));
    });
}

#else

Unit unit() {
    return Unit::None;
}
void convolve(Unit, const FlatGrid&, const std::vector<std::uint8_t>&, const PackedWeights&,
              const Bf16*, const Epilogue&, Bf16*) {}

#endif

}  // namespace iqt::models::nets::bf16
