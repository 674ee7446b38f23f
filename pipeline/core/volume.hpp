// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/core/geometry.hpp"

namespace iqt {

/// Voxel values on a grid, contiguous [k][j][i] (i fastest).
template <class T>
struct Grid {
    Geometry geometry;
    std::vector<T> voxels;

    Grid() = default;
    explicit Grid(const Geometry& g, T fill = T{}) : geometry(g), voxels(g.voxel_count(), fill) {}

    std::size_t offset(int i, int j, int k) const {
        const auto ni = static_cast<std::size_t>(geometry.size[0]);
        const auto nj = static_cast<std::size_t>(geometry.size[1]);
        return (static_cast<std::size_t>(k) * nj + static_cast<std::size_t>(j)) * ni +
               static_cast<std::size_t>(i);
    }
    T& at(int i, int j, int k) { return voxels[offset(i, j, k)]; }
    const T& at(int i, int j, int k) const { return voxels[offset(i, j, k)]; }
};

/// Intensities in the source's rescaled units.
using Volume = Grid<float>;
/// Bits of WarningBit per voxel.
using Mask = Grid<std::uint8_t>;

}  // namespace iqt
