// SPDX-License-Identifier: Apache-2.0
#include "models/nets/tiles.hpp"

#include <algorithm>

namespace iqt::models::nets {
namespace {

using Cells = std::array<std::int64_t, 3>;

std::int64_t computed(const Cells& keep, const Cells& cells, std::int64_t halo) {
    std::int64_t product = 1;
    for (std::size_t a = 0; a < 3; ++a) product *= std::min(cells[a], keep[a] + 2 * halo);
    return product;
}

std::int64_t parts(std::int64_t cells, std::int64_t keep) {
    return (cells + keep - 1) / keep;
}

}  // namespace

TilePlan plan_tiles(const Cells& cells, std::int64_t halo, std::int64_t cells_max) {
    Cells keep = cells;
    while (computed(keep, cells, halo) > cells_max && std::max({keep[0], keep[1], keep[2]}) > 1) {
        // The longest axis is cut into one part more, evenly.
        const auto a =
            static_cast<std::size_t>(std::max_element(keep.begin(), keep.end()) - keep.begin());
        const std::int64_t more = parts(cells[a], keep[a]) + 1;
        keep[a] = std::max<std::int64_t>(1, std::min(keep[a] - 1, parts(cells[a], more)));
    }
    TilePlan plan;
    for (std::int64_t d = 0; d < cells[0]; d += keep[0]) {
        for (std::int64_t h = 0; h < cells[1]; h += keep[1]) {
            for (std::int64_t w = 0; w < cells[2]; w += keep[2]) {
                Tile tile;
                tile.keep_from = {d, h, w};
                for (std::size_t a = 0; a < 3; ++a) {
                    tile.keep_size[a] = std::min(keep[a], cells[a] - tile.keep_from[a]);
                    tile.from[a] = std::max<std::int64_t>(0, tile.keep_from[a] - halo);
                    tile.size[a] =
                        std::min(cells[a], tile.keep_from[a] + tile.keep_size[a] + halo) -
                        tile.from[a];
                }
                plan.tiles.push_back(tile);
            }
        }
    }
    plan.description = "whole";
    if (plan.tiles.size() > 1) {
        plan.description = std::to_string(2 * keep[0]) + "x" + std::to_string(2 * keep[1]) + "x" +
                           std::to_string(2 * keep[2]) + "+" + std::to_string(2 * halo);
    }
    return plan;
}

}  // namespace iqt::models::nets
