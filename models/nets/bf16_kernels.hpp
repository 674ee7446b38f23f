// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "models/nets/bf16_conv.hpp"

#if defined(__x86_64__) && defined(__linux__)
#define IQT_BF16_KERNELS 1
// GCC 12 warns of its own headers' undefined vectors once they are inlined.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#define IQT_VECTORS __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define IQT_TILES                                                      \
    __attribute__((                                                    \
        target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq," \
               "avx512bf16")))
#endif

#ifdef IQT_BF16_KERNELS
/// What the kernels of bf16_conv.cpp and bf16_gradient.cpp share: the same packed operands for both
/// units, so that only the innermost products differ (amx_kernels.cpp, avx512_kernels.cpp).
namespace iqt::models::nets::bf16 {

inline constexpr std::int64_t kPlaces = 32;  ///< places that one pass of a kernel takes

/// One convolution; see convolve().
struct Job {
    const FlatGrid& grid;
    const std::vector<std::uint8_t>& owner;
    const PackedWeights& weights;
    const Bf16* in;
    const Epilogue& epilogue;
    Bf16* out;
};

/// Places [from, to) of the output, both multiples of kPlaces.
void convolve_by_tiles(const Job& job, std::int64_t from, std::int64_t to);
void convolve_by_vectors(const Job& job, std::int64_t from, std::int64_t to);

/// sums [rows][columns] += turned [rows][places] x paired [places / 2][columns][2].
struct Products {
    const Bf16* turned;
    std::int64_t turned_stride;
    const Bf16* paired;
    std::int64_t rows, columns;  ///< multiples of 16
    std::int64_t places;         ///< a multiple of 32
    float* sums;
};
void add_by_tiles(const Products& products);
void add_by_vectors(const Products& products);

IQT_VECTORS inline __m512 load16(const Bf16* p) {
    const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

IQT_VECTORS inline void store16(Bf16* p, __m512 v) {
    const __m256bh packed = _mm512_cvtneps_pbh(v);
    std::memcpy(p, &packed, 32);
}

/// Two places of 16 channels, interleaved: the low halves are place a, the high halves place b.
IQT_VECTORS inline __m512i pair16(const Bf16* a, const Bf16* b) {
    const __m512i low =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(a)));
    const __m512i high =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(b)));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

/// Writes 32 places of `tiles` output tiles from their sums [place][16 * tiles].
template <int tiles>
IQT_VECTORS void finish(const Job& job, std::int64_t place, std::int64_t first, const float* sums) {
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

/// How many of the tiles that are left one pass takes: three, but four as two and two.
inline std::int64_t tiles_at_once(std::int64_t left) {
    return left == 4 ? 2 : left < 3 ? left : 3;
}

}  // namespace iqt::models::nets::bf16
#endif
