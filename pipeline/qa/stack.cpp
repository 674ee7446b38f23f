// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/stack.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/noise.hpp"

namespace iqt::qa {
namespace {

constexpr double kCoarseMm = 2.0;

Volume with_slices_along_k(const Volume& source) {
    const Geometry& g = source.geometry;
    const auto slice = static_cast<std::size_t>(g.slice_axis());
    if (slice == 2) return source;
    const std::array<std::size_t, 3> order{(slice + 1) % 3, (slice + 2) % 3, slice};
    Geometry turned = g;
    for (std::size_t a = 0; a < 3; ++a) {
        turned.size[a] = g.size[order[a]];
        turned.spacing_mm[a] = g.spacing_mm[order[a]];
        turned.axes[a] = g.axes[order[a]];
    }
    Volume out(turned);
    std::array<int, 3> at{};
    for (at[order[2]] = 0; at[order[2]] < turned.size[2]; ++at[order[2]])
        for (at[order[1]] = 0; at[order[1]] < turned.size[1]; ++at[order[1]])
            for (at[order[0]] = 0; at[order[0]] < turned.size[0]; ++at[order[0]])
                out.at(at[order[0]], at[order[1]], at[order[2]]) = source.at(at[0], at[1], at[2]);
    return out;
}

// Means of fi x fj pixels; what is left over at the far edges is dropped.
Volume averaged(const Volume& full) {
    Geometry g = full.geometry;
    std::array<int, 2> step{1, 1};
    for (std::size_t a = 0; a < 2; ++a) {
        step[a] = std::clamp(static_cast<int>(std::lround(kCoarseMm / g.spacing_mm[a])), 1,
                             std::max(1, g.size[a] / 8));
        const double shift_mm = (step[a] - 1) / 2.0 * g.spacing_mm[a];
        for (std::size_t c = 0; c < 3; ++c) g.origin_lps_mm[c] += shift_mm * g.axes[a][c];
        g.size[a] /= step[a];
        g.spacing_mm[a] *= step[a];
    }
    if (step[0] == 1 && step[1] == 1) return full;
    Volume out(g);
    const auto count = static_cast<float>(step[0] * step[1]);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                float sum = 0;
                for (int y = 0; y < step[1]; ++y)
                    for (int x = 0; x < step[0]; ++x)
                        sum += full.at(i * step[0] + x, j * step[1] + y, k);
                out.at(i, j, k) = sum / count;
            }
    return out;
}

using Voxel = std::array<int, 3>;

struct Change {
    std::uint8_t from = 1, to = 2;
};

// All voxels of value `from` that can be reached from `open` become `to`; returns how many.
std::size_t spread(Mask& mask, const std::vector<Voxel>& open, Change change, bool in_plane) {
    const auto& size = mask.geometry.size;
    std::size_t count = 0;
    const auto take = [&](const Voxel& at) {
        for (std::size_t a = 0; a < 3; ++a)
            if (at[a] < 0 || at[a] >= size[a]) return false;
        std::uint8_t& value = mask.at(at[0], at[1], at[2]);
        if (value != change.from) return false;
        value = change.to;
        ++count;
        return true;
    };
    std::vector<Voxel> next;
    for (const Voxel& seed : open)
        if (take(seed)) next.push_back(seed);
    while (!next.empty()) {
        const Voxel at = next.back();
        next.pop_back();
        for (std::size_t a = 0; a < (in_plane ? 2U : 3U); ++a)
            for (const int d : {-1, 1}) {
                Voxel other = at;
                other[a] += d;
                if (take(other)) next.push_back(other);
            }
    }
    return count;
}

// Leaves only the largest connected object.
void keep_largest(Mask& mask) {
    constexpr std::uint8_t kBest = 2, kOther = 3, kTried = 4;
    std::size_t best = 0;
    const auto& size = mask.geometry.size;
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                if (mask.at(i, j, k) != 1) continue;
                const std::size_t count = spread(mask, {{i, j, k}}, {1, kTried}, false);
                // Small specks of noise are many: only a new best needs a pass over the volume.
                if (count <= best) continue;
                best = count;
                for (std::uint8_t& value : mask.voxels)
                    if (value == kBest) value = kOther;
                spread(mask, {{i, j, k}}, {kTried, kBest}, false);
            }
    for (std::uint8_t& value : mask.voxels) value = value == kBest ? 1 : 0;
}

void fill_holes(Mask& mask) {
    const auto& size = mask.geometry.size;
    for (std::uint8_t& value : mask.voxels) value = value != 0 ? 3 : 1;
    std::vector<Voxel> border;
    for (int k = 0; k < size[2]; ++k) {
        for (int i = 0; i < size[0]; ++i)
            border.insert(border.end(), {{i, 0, k}, {i, size[1] - 1, k}});
        for (int j = 0; j < size[1]; ++j)
            border.insert(border.end(), {{0, j, k}, {size[0] - 1, j, k}});
    }
    spread(mask, border, {1, 2}, true);
    for (std::uint8_t& value : mask.voxels) value = value == 2 ? 0 : 1;
}

}  // namespace

std::array<Vec3, 2> outer_bounds_lps_mm(const Geometry& g) {
    Vec3 low = g.point_lps_mm(0, 0, 0), high = low;
    for (const double i : {-0.5, g.size[0] - 0.5})
        for (const double j : {-0.5, g.size[1] - 0.5})
            for (const double k : {-0.5, g.size[2] - 0.5}) {
                const Vec3 p = g.point_lps_mm(i, j, k);
                for (std::size_t c = 0; c < 3; ++c) {
                    low[c] = std::min(low[c], p[c]);
                    high[c] = std::max(high[c], p[c]);
                }
            }
    return {low, high};
}

Stack make_stack(const Volume& source) {
    Stack stack;
    stack.full = with_slices_along_k(source);
    stack.noise_sd = grid::estimate_noise_sd(stack.full);
    stack.coarse = averaged(stack.full);
    const Geometry& g = stack.coarse.geometry;
    const Volume smooth =
        grid::blur(stack.coarse, {1.5 * g.spacing_mm[0], 1.5 * g.spacing_mm[1], 0.0});
    stack.threshold = std::max(0.5 * grid::otsu_threshold(smooth), 2.2 * stack.noise_sd);
    stack.head = Mask(g);
    for (std::size_t at = 0; at < smooth.voxels.size(); ++at)
        stack.head.voxels[at] = static_cast<double>(smooth.voxels[at]) > stack.threshold ? 1 : 0;
    keep_largest(stack.head);
    fill_holes(stack.head);
    std::vector<float> inside;
    for (std::size_t at = 0; at < smooth.voxels.size(); ++at)
        if (stack.head.voxels[at] != 0 && static_cast<double>(smooth.voxels[at]) > stack.threshold)
            inside.push_back(smooth.voxels[at]);
    stack.head_median = grid::quantile(inside, 0.5);
    return stack;
}

}  // namespace iqt::qa
