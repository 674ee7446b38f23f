// SPDX-License-Identifier: Apache-2.0
#include "models/nets/amx_conv.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include <ATen/Parallel.h>

#include "models/nets/amx_tiles.hpp"

#ifdef IQT_AMX
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace iqt::models::nets::amx {
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

#ifdef IQT_AMX

bool available() {
    static const bool yes = [] {
        constexpr int kRequest = 0x1023, kTileData = 18;
        // GCC 12 has no name for the tile features: leaf 7, EDX bits 22 (bfloat16) and 24 (tiles).
        unsigned a = 7, b = 0, c = 0, d = 0;
        __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        return (d >> 22 & 1U) != 0 && (d >> 24 & 1U) != 0 &&
               __builtin_cpu_supports("avx512bf16") != 0 &&
               syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
    }();
    return yes;
}

namespace {

struct Job {
    const FlatGrid& grid;
    const std::vector<std::uint8_t>& owner;
    const PackedWeights& weights;
    const Bf16* in;
    const Epilogue& epilogue;
    Bf16* out;
};

/// Writes 32 places of `tiles` output tiles from their sums [place][16 * tiles].
template <int tiles>
IQT_TILES void finish(const Job& job, std::int64_t place, std::int64_t first, const float* sums) {
    const std::int64_t n_out = job.weights.out();
    const __m512 slope = _mm512_set1_ps(job.epilogue.slope), zero = _mm512_setzero_ps();
    for (std::int64_t r = 0; r < kPlaces; ++r) {
        const std::uint8_t owner = job.owner[static_cast<std::size_t>(place + r)];
        const std::int64_t at = (job.grid.margin() + place + r) * n_out + first * 16;
        for (int n = 0; n < tiles; ++n) {
            if (owner == 0) {
                store16(job.out + at + n * 16, zero);
                continue;
            }
            const std::int64_t scan = (owner - 1) * n_out + (first + n) * 16;
            __m512 v = _mm512_load_ps(sums + (r * tiles + n) * 16);
            if (job.epilogue.factor)
                v = _mm512_mul_ps(v, _mm512_loadu_ps(job.epilogue.factor + scan));
            if (job.epilogue.shift)
                v = _mm512_add_ps(v, _mm512_loadu_ps(job.epilogue.shift + scan));
            v = _mm512_mask_mul_ps(v, _mm512_cmp_ps_mask(v, zero, _CMP_LT_OQ), v, slope);
            if (job.epilogue.added) v = _mm512_add_ps(v, load16(job.epilogue.added + at + n * 16));
            store16(job.out + at + n * 16, v);
        }
    }
}

/// 32 places x (16 * tiles) outputs: tiles 0..2 and 3..5 hold the sums.
template <int tiles>
IQT_TILES void convolve_places(const Job& job, std::int64_t place, std::int64_t first) {
    const std::int64_t channels = job.weights.in(), stride = channels * 2;
    const std::int64_t steps = job.weights.steps();
    _tile_zero(0);
    _tile_zero(3);
    if constexpr (tiles > 1) {
        _tile_zero(1);
        _tile_zero(4);
    }
    if constexpr (tiles > 2) {
        _tile_zero(2);
        _tile_zero(5);
    }
    for (std::int64_t row = 0; row < 9; ++row) {
        const std::int64_t shift =
            (row / 3 - 1) * job.grid.plane() + (row % 3 - 1) * job.grid.row() - 1;
        const Bf16* a = job.in + (job.grid.margin() + place + shift) * channels;
        for (std::int64_t step = 0; step < steps; ++step, a += 32) {
            const Bf16* b = job.weights.tile(row, step, first);
            _tile_loadd(7, b, 64);
            _tile_loadd(6, a, stride);
            _tile_dpbf16ps(0, 6, 7);
            if constexpr (tiles == 1) {
                _tile_loadd(6, a + 16 * channels, stride);
                _tile_dpbf16ps(3, 6, 7);
            } else if constexpr (tiles == 2) {
                _tile_loadd(5, b + 512, 64);
                _tile_dpbf16ps(1, 6, 5);
                _tile_loadd(6, a + 16 * channels, stride);
                _tile_dpbf16ps(3, 6, 7);
                _tile_dpbf16ps(4, 6, 5);
            } else {
                _tile_loadd(6, a + 16 * channels, stride);
                _tile_dpbf16ps(3, 6, 7);
                _tile_loadd(7, b + 512, 64);
                _tile_dpbf16ps(4, 6, 7);
                _tile_loadd(6, a, stride);
                _tile_dpbf16ps(1, 6, 7);
                _tile_loadd(7, b + 1024, 64);
                _tile_dpbf16ps(2, 6, 7);
                _tile_loadd(6, a + 16 * channels, stride);
                _tile_dpbf16ps(5, 6, 7);
            }
        }
    }
    alignas(64) std::array<float, static_cast<std::size_t>(kPlaces * 16 * tiles)> sums;
    constexpr int kRow = 64 * tiles;
    float* low = sums.data() + 16 * 16 * tiles;
    _tile_stored(0, sums.data(), kRow);
    _tile_stored(3, low, kRow);
    if constexpr (tiles > 1) {
        _tile_stored(1, sums.data() + 16, kRow);
        _tile_stored(4, low + 16, kRow);
    }
    if constexpr (tiles > 2) {
        _tile_stored(2, sums.data() + 32, kRow);
        _tile_stored(5, low + 32, kRow);
    }
    finish<tiles>(job, place, first, sums.data());
}

IQT_TILES void convolve_range(const Job& job, std::int64_t from, std::int64_t to) {
    configure_tiles();
    const std::int64_t tiles = job.weights.out() / 16;
    for (std::int64_t n = 0; n < tiles;) {
        const std::int64_t left = tiles - n, take = left == 4 ? 2 : std::min<std::int64_t>(3, left);
        for (std::int64_t place = from; place < to; place += kPlaces) {
            if (take == 3)
                convolve_places<3>(job, place, n);
            else if (take == 2)
                convolve_places<2>(job, place, n);
            else
                convolve_places<1>(job, place, n);
        }
        n += take;
    }
    _tile_release();
}

}  // namespace

void convolve(const FlatGrid& grid, const std::vector<std::uint8_t>& owner,
              const PackedWeights& weights, const Bf16* in, const Epilogue& epilogue, Bf16* out) {
    const Job job{grid, owner, weights, in, epilogue, out};
    // Taken piece by piece: a thread whose core is busy elsewhere does less. Pieces do not meet in
    // any sum, so the result is the same.
    constexpr std::int64_t kPiece = 32 * kPlaces;
    std::atomic<std::int64_t> next{0};
    const std::int64_t parts = at::get_num_threads();
    at::parallel_for(0, parts, 1, [&](std::int64_t, std::int64_t) {
        for (std::int64_t from = 0; (from = next.fetch_add(kPiece)) < grid.places();)
            convolve_range(job, from, std::min(grid.places(), from + kPiece));
    });
}

#else

bool available() {
    return false;
}
void convolve(const FlatGrid&, const std::vector<std::uint8_t>&, const PackedWeights&, const Bf16*,
              const Epilogue&, Bf16*) {}

#endif

}  // namespace iqt::models::nets::amx
