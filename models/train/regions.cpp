// SPDX-License-Identifier: Apache-2.0
#include "models/train/regions.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace iqt::models::train {
namespace {

constexpr std::array<std::array<int, 3>, 6> kFaces{
    {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}};

bool inside(const Geometry& g, int i, int j, int k) {
    return i >= 0 && j >= 0 && k >= 0 && i < g.size[0] && j < g.size[1] && k < g.size[2];
}

/// One sweep forth and one back along an axis: a voxel is at most one step further than the one
/// before it. The voxel before the first and after the last is `outside` steps away.
void sweep(std::vector<int>& steps, const Geometry& g, std::size_t axis, int outside) {
    const std::array<std::ptrdiff_t, 3> stride{1, g.size[0],
                                               static_cast<std::ptrdiff_t>(g.size[0]) * g.size[1]};
    const std::size_t u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;
    const std::ptrdiff_t n = g.size[axis], step = stride[axis];
    for (std::ptrdiff_t q = 0; q < g.size[v]; ++q)
        for (std::ptrdiff_t p = 0; p < g.size[u]; ++p) {
            int* line = steps.data() + p * stride[u] + q * stride[v];
            int last = outside;
            for (std::ptrdiff_t at = 0; at < n; ++at)
                last = line[at * step] = std::min(line[at * step], last + 1);
            last = outside;
            for (std::ptrdiff_t at = n - 1; at >= 0; --at)
                last = line[at * step] = std::min(line[at * step], last + 1);
        }
}

/// Steps by faces from each voxel to the nearest that is set (`to` 1) or not (0; outside is not):
/// the city-block distance, which one pass an axis gives exactly (Rosenfeld and Pfaltz 1968).
std::vector<int> steps_to(const Mask& mask, std::uint8_t to) {
    constexpr int kFar = 1 << 20;
    std::vector<int> steps(mask.voxels.size());
    for (std::size_t n = 0; n < steps.size(); ++n)
        steps[n] = (mask.voxels[n] != 0) == (to != 0) ? 0 : kFar;
    for (std::size_t axis = 0; axis < 3; ++axis)
        sweep(steps, mask.geometry, axis, to == 0 ? 0 : kFar);
    return steps;
}

}  // namespace

std::vector<std::size_t> connected_regions(const Mask& mask, std::vector<int>* label) {
    const Geometry& g = mask.geometry;
    std::vector<int> number(mask.voxels.size(), 0);
    std::vector<std::size_t> sizes;
    std::vector<std::array<int, 3>> open;
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                if (mask.at(i, j, k) == 0 || number[mask.offset(i, j, k)] != 0) continue;
                sizes.push_back(0);
                const int own = static_cast<int>(sizes.size());
                number[mask.offset(i, j, k)] = own;
                open.push_back({i, j, k});
                while (!open.empty()) {
                    const auto at = open.back();
                    open.pop_back();
                    ++sizes.back();
                    for (const auto& f : kFaces) {
                        const int x = at[0] + f[0], y = at[1] + f[1], z = at[2] + f[2];
                        if (!inside(g, x, y, z) || mask.at(x, y, z) == 0) continue;
                        int& there = number[mask.offset(x, y, z)];
                        if (there == 0) {
                            there = own;
                            open.push_back({x, y, z});
                        }
                    }
                }
            }
    std::vector<int> order(sizes.size());
    for (std::size_t n = 0; n < order.size(); ++n) order[n] = static_cast<int>(n);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return sizes[static_cast<std::size_t>(a)] > sizes[static_cast<std::size_t>(b)];
    });
    std::vector<int> rank(sizes.size() + 1, 0);
    std::vector<std::size_t> sorted;
    for (const int n : order) {
        sorted.push_back(sizes[static_cast<std::size_t>(n)]);
        rank[static_cast<std::size_t>(n) + 1] = static_cast<int>(sorted.size());
    }
    for (int& n : number) n = rank[static_cast<std::size_t>(n)];
    if (label != nullptr) *label = std::move(number);
    return sorted;
}

Mask eroded(const Mask& mask, double mm) {
    Mask out = mask;
    const auto& s = mask.geometry.spacing_mm;
    const int reach = static_cast<int>(std::lround(std::abs(mm) / std::min({s[0], s[1], s[2]})));
    const std::uint8_t value = mm > 0 ? 0 : 1;
    const std::vector<int> steps = steps_to(mask, value);
    for (std::size_t n = 0; n < steps.size(); ++n)
        if (steps[n] <= reach && steps[n] > 0) out.voxels[n] = value;
    return out;
}

Mask brain_mask(const Volume& high_quality, Contrast contrast) {
    constexpr double kErode = 4;
    const Tissues tissues = fit_tissues(high_quality, contrast);
    const double threshold =
        0.5 * (contrast == Contrast::T1 ? tissues.grey.mean
                                        : std::min(tissues.white.mean, tissues.grey.mean));
    Mask mask(high_quality.geometry);
    for (std::size_t n = 0; n < mask.voxels.size(); ++n)
        mask.voxels[n] = static_cast<double>(high_quality.voxels[n]) > threshold ? 1 : 0;
    Mask core = eroded(mask, kErode);
    std::vector<int> label;
    connected_regions(core, &label);
    for (std::size_t n = 0; n < core.voxels.size(); ++n) core.voxels[n] = label[n] == 1 ? 1 : 0;
    Mask brain = eroded(core, -kErode);
    for (std::size_t n = 0; n < brain.voxels.size(); ++n)
        brain.voxels[n] = brain.voxels[n] != 0 && mask.voxels[n] != 0 ? 1 : 0;
    // The ventricles and sulci that the threshold left out.
    Mask closed = eroded(eroded(brain, -6), 6);
    for (std::size_t n = 0; n < closed.voxels.size(); ++n) closed.voxels[n] |= brain.voxels[n];
    return closed;
}

Mask segment(const Volume& volume, const Mask& brain, const Tissues& tissues) {
    Mask out(volume.geometry);
    for (std::size_t n = 0; n < out.voxels.size(); ++n) {
        if (brain.voxels[n] == 0) continue;
        const auto p = posteriors(tissues, static_cast<double>(volume.voxels[n]));
        out.voxels[n] =
            static_cast<std::uint8_t>(1 + (std::max_element(p.begin(), p.end()) - p.begin()));
    }
    return out;
}

}  // namespace iqt::models::train
