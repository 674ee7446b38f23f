// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace iqt::models::nets {

/// One tile of a grid of half-resolution cells, per axis: what is computed, and the part of it that
/// is kept.
struct Tile {
    std::array<std::int64_t, 3> from{}, size{};            ///< computed, with halo, inside the grid
    std::array<std::int64_t, 3> keep_from{}, keep_size{};  ///< kept, in the grid
};

struct TilePlan {
    std::vector<Tile> tiles;  ///< kept parts cover the grid once
    std::string description;  ///< "whole", or kept size and halo in full-grid voxels
};

/// Splits a grid so that no tile computes more than `cells_max` cells, unless a tile of one kept
/// cell already does. One tile, without halo, where the grid fits.
TilePlan plan_tiles(const std::array<std::int64_t, 3>& cells, std::int64_t halo,
                    std::int64_t cells_max);

}  // namespace iqt::models::nets
