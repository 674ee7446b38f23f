// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/head_region.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/noise.hpp"

namespace iqt::stages {
namespace {

using Plane = std::vector<std::uint8_t>;

// Clears what can be reached from the border through background: holes stay filled.
void fill_holes(Plane& plane, int width, int height) {
    Plane outside(plane.size(), 0);
    std::vector<std::pair<int, int>> open;
    const auto push = [&](int i, int j) {
        if (i < 0 || j < 0 || i >= width || j >= height) return;
        const auto at = static_cast<std::size_t>(j * width + i);
        if (plane[at] != 0 || outside[at] != 0) return;
        outside[at] = 1;
        open.emplace_back(i, j);
    };
    for (int i = 0; i < width; ++i) {
        push(i, 0);
        push(i, height - 1);
    }
    for (int j = 0; j < height; ++j) {
        push(0, j);
        push(width - 1, j);
    }
    while (!open.empty()) {
        const auto [i, j] = open.back();
        open.pop_back();
        push(i - 1, j);
        push(i + 1, j);
        push(i, j - 1);
        push(i, j + 1);
    }
    for (std::size_t at = 0; at < plane.size(); ++at) plane[at] = outside[at] == 0 ? 1 : 0;
}

// One pass of a running maximum along lines of a plane, `reach` to either side.
void grow_line(const std::uint8_t* in, std::uint8_t* out, int count, int stride, int reach) {
    int last = -reach - 1;
    for (int n = 0; n < count + reach; ++n) {
        if (n < count && in[n * stride] != 0) last = n;
        const int at = n - reach;
        if (at >= 0) out[at * stride] = last >= at - reach && last >= 0 ? 1 : 0;
    }
}

void grow(Plane& plane, int width, int height, int reach_i, int reach_j) {
    Plane next(plane.size(), 0);
    for (int j = 0; j < height; ++j)
        grow_line(&plane[static_cast<std::size_t>(j * width)],
                  &next[static_cast<std::size_t>(j * width)], width, 1, reach_i);
    for (int i = 0; i < width; ++i)
        grow_line(&next[static_cast<std::size_t>(i)], &plane[static_cast<std::size_t>(i)], height,
                  width, reach_j);
}

}  // namespace

Mask head_region(const Volume& source, double noise_sd, double margin_mm) {
    const Geometry& g = source.geometry;
    // Averaging over about two voxels lowers the noise below the threshold without losing skin.
    const Volume smooth = grid::blur(source, {2 * g.spacing_mm[0], 2 * g.spacing_mm[1], 0.0});
    const double threshold = std::max(0.25 * grid::otsu_threshold(source), 2.5 * noise_sd);
    Mask head(g);
    const int reach_i = static_cast<int>(std::ceil(margin_mm / g.spacing_mm[0]));
    const int reach_j = static_cast<int>(std::ceil(margin_mm / g.spacing_mm[1]));
    const auto plane_size =
        static_cast<std::size_t>(g.size[0]) * static_cast<std::size_t>(g.size[1]);
    bool any_background = false;
    for (int k = 0; k < g.size[2]; ++k) {
        const std::size_t start = head.offset(0, 0, k);
        Plane plane(plane_size);
        for (std::size_t at = 0; at < plane_size; ++at)
            plane[at] = smooth.voxels[start + at] > threshold ? 1 : 0;
        fill_holes(plane, g.size[0], g.size[1]);
        grow(plane, g.size[0], g.size[1], reach_i, reach_j);
        any_background = any_background || std::find(plane.begin(), plane.end(), 0) != plane.end();
        std::copy(plane.begin(), plane.end(),
                  head.voxels.begin() + static_cast<std::ptrdiff_t>(start));
    }
    const bool any_head = std::find(head.voxels.begin(), head.voxels.end(), 1) != head.voxels.end();
    if (!any_background || !any_head) std::fill(head.voxels.begin(), head.voxels.end(), 1);
    return head;
}

}  // namespace iqt::stages
