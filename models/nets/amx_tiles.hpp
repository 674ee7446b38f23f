// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "models/nets/amx_conv.hpp"

#if defined(__x86_64__) && defined(__linux__)
#define IQT_AMX 1
// GCC 12 warns of its own headers' undefined vectors once they are inlined.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#define IQT_TILES                                                      \
    __attribute__((                                                    \
        target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq," \
               "avx512bf16")))
#endif

#ifdef IQT_AMX
/// What the kernels of amx_conv.cpp and amx_gradient.cpp share.
namespace iqt::models::nets::amx {

inline constexpr std::int64_t kPlaces = 32;  ///< places that one pass of a kernel takes

/// All eight tiles: 16 rows of 64 bytes.
IQT_TILES inline void configure_tiles() {
    alignas(64) std::array<std::uint8_t, 64> config{};
    config[0] = 1;
    for (std::size_t n = 0; n < 8; ++n) {
        config[16 + 2 * n] = 64;
        config[48 + n] = 16;
    }
    _tile_loadconfig(config.data());
    __asm__ volatile("" ::: "memory");  // GCC 12's tile loads do not say that they read memory
}

IQT_TILES inline __m512 load16(const Bf16* p) {
    const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

IQT_TILES inline void store16(Bf16* p, __m512 v) {
    const __m256bh packed = _mm512_cvtneps_pbh(v);
    std::memcpy(p, &packed, 32);
}

/// Two places of 16 channels, interleaved: the low halves are place a, the high halves place b.
IQT_TILES inline __m512i pair16(const Bf16* a, const Bf16* b) {
    const __m512i low =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(a)));
    const __m512i high =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(b)));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

}  // namespace iqt::models::nets::amx
#endif
