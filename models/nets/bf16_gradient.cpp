// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <vector>

#include <ATen/Parallel.h>

#include "models/nets/bf16_conv.hpp"
#include "models/nets/bf16_kernels.hpp"

namespace iqt::models::nets::bf16 {

#ifdef IQT_BF16_KERNELS

namespace {

IQT_VECTORS void transpose16(__m512i (&r)[16]) {
    __m512i t[16];
    for (std::size_t i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (std::size_t i = 0; i < 16; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xDD);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xDD);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xDD);
    }
}

/// [place][channel] -> [channel][place], for 32 places.
IQT_VECTORS void turn_places(const Bf16* in, std::int64_t channels, std::int64_t stride,
                             Bf16* out) {
    for (std::int64_t c = 0; c < channels; c += 16) {
        __m512i r[16];
        for (std::size_t j = 0; j < 16; ++j) {
            const Bf16* a = in + 2 * static_cast<std::int64_t>(j) * channels + c;
            r[j] = pair16(a, a + channels);
        }
        transpose16(r);
        for (std::size_t j = 0; j < 16; ++j)
            _mm512_store_si512(out + (c + static_cast<std::int64_t>(j)) * stride, r[j]);
    }
}

IQT_VECTORS void pair_places(const Bf16* in, std::int64_t channels, std::int64_t places,
                             Bf16* out) {
    for (std::int64_t p = 0; p < places; p += 2)
        for (std::int64_t c = 0; c < channels; c += 16)
            _mm512_store_si512(out + p * channels + 2 * c,
                               pair16(in + p * channels + c, in + (p + 1) * channels + c));
}

constexpr std::int64_t kChunk = 1024;  // input, gradient and sums stay in the second cache
constexpr std::int64_t kTurnedStride = kChunk + 32;  // rows of one tile fall into different sets

/// What one thread works on: a piece of the gradient, turned, and of the input with its reach,
/// paired from the first place and from the second.
struct Piece {
    explicit Piece(const FlatGrid& grid, std::int64_t in, std::int64_t out)
        : reach(grid.margin()),
          in_channels(in),
          out_channels(out),
          turned(64 + static_cast<std::size_t>(kTurnedStride * out)) {
        for (auto& p : paired) p.resize(64 + static_cast<std::size_t>((kChunk + 2 * reach) * in));
    }
    static Bf16* aligned(std::vector<Bf16>& v) {
        return reinterpret_cast<Bf16*>((reinterpret_cast<std::uintptr_t>(v.data()) + 63) / 64 * 64);
    }
    std::int64_t reach, in_channels, out_channels;
    std::vector<Bf16> turned;
    std::array<std::vector<Bf16>, 2> paired;
};

void add_chunk(Unit unit, const FlatGrid& grid, Piece& piece, std::int64_t places, float* sums) {
    const auto add = unit == Unit::Tiles ? add_by_tiles : add_by_vectors;
    const std::int64_t in = piece.in_channels, out = piece.out_channels;
    for (std::int64_t tap = 0; tap < 27; ++tap) {
        const std::int64_t at = piece.reach + (tap / 9 - 1) * grid.plane() +
                                (tap / 3 % 3 - 1) * grid.row() + tap % 3 - 1;
        const Bf16* x =
            Piece::aligned(piece.paired[static_cast<std::size_t>(at % 2)]) + at / 2 * 2 * in;
        add({Piece::aligned(piece.turned), kTurnedStride, x, out, in, places,
             sums + tap * out * in});
    }
}

/// `in` and `gradient` point to the first place after the margin.
IQT_VECTORS void add_range(Unit unit, const FlatGrid& grid, const Bf16* in, const Bf16* gradient,
                           Piece& piece, std::int64_t from, std::int64_t to, float* sums) {
    const std::int64_t n_in = piece.in_channels, n_out = piece.out_channels;
    for (std::int64_t p = from; p < to; p += kChunk) {
        const std::int64_t places = std::min(kChunk, to - p), around = places + 2 * piece.reach;
        for (std::int64_t q = 0; q < places; q += 32)
            turn_places(gradient + (p + q) * n_out, n_out, kTurnedStride,
                        Piece::aligned(piece.turned) + q);
        for (std::int64_t odd = 0; odd < 2; ++odd)
            pair_places(in + (p - piece.reach + odd) * n_in, n_in, around - 2 * odd,
                        Piece::aligned(piece.paired[static_cast<std::size_t>(odd)]));
        add_chunk(unit, grid, piece, places, sums);
    }
}

IQT_VECTORS void epilogue_rows(std::int64_t from, std::int64_t to, const FlatGrid& grid,
                               const std::vector<std::uint8_t>& owner, std::int64_t channels,
                               const Bf16* y, const Bf16* dy, const Backward& how, Bf16* out,
                               float* factor_sum, float* shift_sum) {
    const __m512 zero = _mm512_setzero_ps(), one = _mm512_set1_ps(1);
    const __m512 slope = _mm512_set1_ps(how.slope), steep = _mm512_set1_ps(1 / how.slope);
    for (std::int64_t p = from; p < to; ++p) {
        const std::uint8_t own = owner[static_cast<std::size_t>(p)];
        for (std::int64_t c = 0; c < channels; c += 16) {
            const std::int64_t at = (grid.margin() + p) * channels + c;
            if (own == 0) {
                store16(out + at, zero);
                continue;
            }
            const std::int64_t scan = (own - 1) * channels + c;
            __m512 g = load16(dy + at);
            __m512 before = zero;
            if (y) {
                before = load16(y + at);
                const __mmask16 low = _mm512_cmp_ps_mask(before, zero, _CMP_LT_OQ);
                g = _mm512_mask_mul_ps(g, low, g, slope);
                before = _mm512_mask_mul_ps(before, low, before, steep);
            }
            if (shift_sum)
                _mm512_storeu_ps(shift_sum + scan,
                                 _mm512_add_ps(_mm512_loadu_ps(shift_sum + scan), g));
            if (how.factor) {
                const __m512 factor = _mm512_loadu_ps(how.factor + scan);
                const __m512 sums = _mm512_div_ps(
                    _mm512_sub_ps(before, how.shift ? _mm512_loadu_ps(how.shift + scan) : zero),
                    factor);
                if (factor_sum)
                    _mm512_storeu_ps(factor_sum + scan,
                                     _mm512_fmadd_ps(g, sums, _mm512_loadu_ps(factor_sum + scan)));
                g = _mm512_mul_ps(g, factor);
            } else {
                g = _mm512_mul_ps(g, one);
            }
            store16(out + at, g);
        }
    }
}

}  // namespace

void weight_gradient(Unit unit, const FlatGrid& grid, const Bf16* in, std::int64_t in_channels,
                     const Bf16* sums_gradient, std::int64_t out_channels, float* gradient) {
    const auto size = static_cast<std::size_t>(27 * in_channels * out_channels);
    const std::int64_t parts = at::get_num_threads(), tiles = grid.places() / 32;
    std::vector<std::vector<float>> sums(static_cast<std::size_t>(parts));
    at::parallel_for(0, parts, 1, [&](std::int64_t from, std::int64_t to) {
        for (std::int64_t n = from; n < to; ++n) {
            Piece piece(grid, in_channels, out_channels);
            auto& own = sums[static_cast<std::size_t>(n)];
            own.assign(size, 0.0F);
            add_range(unit, grid, in + grid.margin() * in_channels,
                      sums_gradient + grid.margin() * out_channels, piece, tiles * n / parts * 32,
                      tiles * (n + 1) / parts * 32, own.data());
        }
    });
    std::copy(sums[0].begin(), sums[0].end(), gradient);
    for (std::size_t n = 1; n < sums.size(); ++n)
        for (std::size_t k = 0; k < size; ++k) gradient[k] += sums[n][k];
}

void epilogue_gradient(const FlatGrid& grid, const std::vector<std::uint8_t>& owner,
                       std::int64_t channels, const Bf16* y, const Bf16* y_gradient,
                       const Backward& how, Bf16* sums_gradient) {
    const std::int64_t parts = at::get_num_threads();
    const auto size = static_cast<std::size_t>(grid.batch * channels);
    std::vector<std::vector<float>> sums(static_cast<std::size_t>(2 * parts));
    at::parallel_for(0, parts, 1, [&](std::int64_t from, std::int64_t to) {
        for (std::int64_t n = from; n < to; ++n) {
            auto& factors = sums[static_cast<std::size_t>(2 * n)];
            auto& shifts = sums[static_cast<std::size_t>(2 * n + 1)];
            factors.assign(size, 0.0F);
            shifts.assign(size, 0.0F);
            epilogue_rows(grid.places() * n / parts, grid.places() * (n + 1) / parts, grid, owner,
                          channels, y, y_gradient, how, sums_gradient,
                          how.factor_gradient ? factors.data() : nullptr,
                          how.shift_gradient ? shifts.data() : nullptr);
        }
    });
    for (std::int64_t n = 0; n < parts; ++n)
        for (std::size_t k = 0; k < size; ++k) {
            if (how.factor_gradient)
                how.factor_gradient[k] += sums[static_cast<std::size_t>(2 * n)][k];
            if (how.shift_gradient)
                how.shift_gradient[k] += sums[static_cast<std::size_t>(2 * n + 1)][k];
        }
}

#else

void weight_gradient(Unit, const FlatGrid&, const Bf16*, std::int64_t, const Bf16*, std::int64_t,
                     float*) {}
void epilogue_gradient(const FlatGrid&, const std::vector<std::uint8_t>&, std::int64_t, const Bf16*,
                       const Bf16*, const Backward&, Bf16*) {}

#endif

}  // namespace iqt::models::nets::bf16
