// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "models/nets/bf16_kernels.hpp"

#ifdef IQT_BF16_KERNELS
namespace iqt::models::nets::bf16 {
namespace {

constexpr std::size_t kRows = 8;  // with three vectors of 16: 24 of the 32 registers hold sums

/// Two neighbouring values in every lane pair.
IQT_VECTORS inline __m512bh both(const Bf16* p) {
    int pair = 0;
    std::memcpy(&pair, p, 4);
    return reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
}

IQT_VECTORS inline __m512bh vector(const Bf16* p) {
    return reinterpret_cast<__m512bh>(_mm512_loadu_si512(p));
}

/// sums[r][n] += a[r] x b[n] over `pairs` pairs; b runs on by `b_next`, a by two.
template <std::size_t vectors>
IQT_VECTORS inline void multiply(__m512 (&sums)[kRows][vectors], const Bf16* a,
                                 std::size_t a_stride, const Bf16* b, std::size_t b_vector,
                                 std::size_t b_next, std::int64_t pairs) {
    for (std::int64_t p = 0; p < pairs; ++p, a += 2, b += b_next) {
        __m512bh w[vectors];
#pragma GCC unroll 4
        for (std::size_t n = 0; n < vectors; ++n) w[n] = vector(b + n * b_vector);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < kRows; ++r) {
            const __m512bh x = both(a + r * a_stride);
#pragma GCC unroll 4
            for (std::size_t n = 0; n < vectors; ++n)
                sums[r][n] = _mm512_dpbf16_ps(sums[r][n], x, w[n]);
        }
    }
}

template <std::size_t tiles>
IQT_VECTORS void convolve_places(const Job& job, std::int64_t place, std::int64_t first) {
    constexpr auto places = static_cast<std::size_t>(kPlaces);
    const std::int64_t channels = job.weights.in();
    const auto stride = static_cast<std::size_t>(channels);
    alignas(64) std::array<float, places * 16 * tiles> out;
    for (std::size_t r = 0; r < places; r += kRows) {
        __m512 sums[kRows][tiles];
#pragma GCC unroll 8
        for (auto& row : sums)
#pragma GCC unroll 4
            for (__m512& s : row) s = _mm512_setzero_ps();
        for (std::int64_t row = 0; row < 9; ++row) {
            const std::int64_t shift =
                (row / 3 - 1) * job.grid.plane() + (row % 3 - 1) * job.grid.row() - 1;
            const Bf16* a = job.in + (job.grid.margin() + place + shift) * channels + r * stride;
            for (std::int64_t step = 0, left = 3 * channels; left > 0; ++step, left -= 32, a += 32)
                multiply<tiles>(sums, a, stride, job.weights.tile(row, step, first), 512, 32,
                                (left < 32 ? left : 32) / 2);
        }
#pragma GCC unroll 8
        for (std::size_t n = 0; n < kRows; ++n)
#pragma GCC unroll 4
            for (std::size_t t = 0; t < tiles; ++t)
                _mm512_store_ps(out.data() + ((r + n) * tiles + t) * 16, sums[n][t]);
    }
    finish<static_cast<int>(tiles)>(job, place, first, out.data());
}

template <std::size_t vectors>
IQT_VECTORS void add_rows(const Products& p, std::int64_t row, std::int64_t column) {
    const auto columns = static_cast<std::size_t>(p.columns);
    float* to = p.sums + row * p.columns + column;
    __m512 sums[kRows][vectors];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 4
        for (std::size_t n = 0; n < vectors; ++n)
            sums[r][n] = _mm512_loadu_ps(to + r * columns + n * 16);
    multiply<vectors>(sums, p.turned + row * p.turned_stride,
                      static_cast<std::size_t>(p.turned_stride), p.paired + 2 * column, 32,
                      2 * columns, p.places / 2);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 4
        for (std::size_t n = 0; n < vectors; ++n)
            _mm512_storeu_ps(to + r * columns + n * 16, sums[r][n]);
}

}  // namespace

void convolve_by_vectors(const Job& job, std::int64_t from, std::int64_t to) {
    const std::int64_t tiles = job.weights.out() / 16;
    for (std::int64_t n = 0; n < tiles;) {
        const std::int64_t take = tiles_at_once(tiles - n);
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
}

void add_by_vectors(const Products& products) {
    const std::int64_t tiles = products.columns / 16;
    for (std::int64_t n = 0; n < tiles;) {
        const std::int64_t take = tiles_at_once(tiles - n);
        for (std::int64_t row = 0; row < products.rows; row += static_cast<std::int64_t>(kRows)) {
            if (take == 3)
                add_rows<3>(products, row, n * 16);
            else if (take == 2)
                add_rows<2>(products, row, n * 16);
            else
                add_rows<1>(products, row, n * 16);
        }
        n += take;
    }
}

}  // namespace iqt::models::nets::bf16
#endif
