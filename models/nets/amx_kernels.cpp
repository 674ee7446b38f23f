// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "models/nets/bf16_kernels.hpp"

#ifdef IQT_BF16_KERNELS
namespace iqt::models::nets::bf16 {
namespace {

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
    _tile_release();
}

/// sums [16 * rows][columns] += turned gradient x paired input, over `places`. `wide`: 32 columns.
template <int rows, bool wide>
IQT_TILES void add_products(const Bf16* a, std::int64_t a_stride, const Bf16* b,
                            std::int64_t columns, std::int64_t places, float* sums) {
    const std::int64_t row = columns * 4, next = 16 * columns;
    _tile_loadd(0, sums, row);
    if constexpr (wide) _tile_loadd(3, sums + 16, row);
    if constexpr (rows > 1) _tile_loadd(1, sums + next, row);
    if constexpr (rows > 1 && wide) _tile_loadd(4, sums + next + 16, row);
    if constexpr (rows > 2) _tile_loadd(2, sums + 2 * next, row);
    if constexpr (rows > 2 && wide) _tile_loadd(5, sums + 2 * next + 16, row);
    for (std::int64_t p = 0; p < places; p += 32) {
        const Bf16* g = a + p;
        const Bf16* x = b + p * columns;
        _tile_loadd(7, x, row);
        _tile_loadd(6, g, 2 * a_stride);
        _tile_dpbf16ps(0, 6, 7);
        if constexpr (rows > 1) {
            _tile_loadd(6, g + 16 * a_stride, 2 * a_stride);
            _tile_dpbf16ps(1, 6, 7);
        }
        if constexpr (rows > 2) {
            _tile_loadd(6, g + 32 * a_stride, 2 * a_stride);
            _tile_dpbf16ps(2, 6, 7);
        }
        if constexpr (wide) {
            _tile_loadd(7, x + 32, row);
            if constexpr (rows > 2) {
                _tile_dpbf16ps(5, 6, 7);
                _tile_loadd(6, g + 16 * a_stride, 2 * a_stride);
            }
            if constexpr (rows > 1) {
                _tile_dpbf16ps(4, 6, 7);
                _tile_loadd(6, g, 2 * a_stride);
            }
            _tile_dpbf16ps(3, 6, 7);
        }
    }
    _tile_stored(0, sums, row);
    if constexpr (wide) _tile_stored(3, sums + 16, row);
    if constexpr (rows > 1) _tile_stored(1, sums + next, row);
    if constexpr (rows > 1 && wide) _tile_stored(4, sums + next + 16, row);
    if constexpr (rows > 2) _tile_stored(2, sums + 2 * next, row);
    if constexpr (rows > 2 && wide) _tile_stored(5, sums + 2 * next + 16, row);
}

IQT_TILES void add_all(const Products& p) {
    configure_tiles();
    for (std::int64_t n = 0; n < p.rows;) {
        const std::int64_t take = tiles_at_once((p.rows - n) / 16);
        const Bf16* g = p.turned + n * p.turned_stride;
        for (std::int64_t c = 0; c < p.columns; c += 32) {
            const bool wide = p.columns - c > 16;
            const auto add = [&](auto kernel) {
                kernel(g, p.turned_stride, p.paired + 2 * c, p.columns, p.places,
                       p.sums + n * p.columns + c);
            };
            if (take == 3)
                add(wide ? add_products<3, true> : add_products<3, false>);
            else if (take == 2)
                add(wide ? add_products<2, true> : add_products<2, false>);
            else
                add(wide ? add_products<1, true> : add_products<1, false>);
        }
        n += take * 16;
    }
    _tile_release();
}

}  // namespace

void convolve_by_tiles(const Job& job, std::int64_t from, std::int64_t to) {
    convolve_range(job, from, to);
}

void add_by_tiles(const Products& products) {
    add_all(products);
}

}  // namespace iqt::models::nets::bf16
#endif
