// SPDX-License-Identifier: Apache-2.0
#include "models/train/baselines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "pipeline/core/assert.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/separable.hpp"

namespace iqt::models::train {
namespace {

/// Coefficients of the spline through the samples of one axis, from -1 to size.
grid::AxisMap prefilter(int size) {
    const double pole = std::sqrt(3.0) - 2;
    constexpr int kRadius = 16;
    std::vector<double> weights;
    for (int n = -kRadius; n <= kRadius; ++n)
        weights.push_back(-6 * pole / (1 - pole * pole) * std::pow(pole, std::abs(n)));
    grid::AxisMapBuilder builder(size, 2 * kRadius + 1);
    for (int n = -1; n <= size; ++n) builder.add(n - kRadius, weights);
    return builder.take();
}

grid::AxisMap spline(const Geometry& from, const Geometry& to, std::size_t axis) {
    const grid::AxisAlignment line = grid::align(from, to, axis);
    grid::AxisMapBuilder builder(from.size[axis] + 2, 4);
    for (int n = 0; n < to.size[axis]; ++n) {
        const double at = line.offset + n * line.step, floor = std::floor(at), f = at - floor;
        const double g = 1 - f;
        const std::array<double, 4> weights{g * g * g / 6, (4 - 3 * f * f * (2 - f)) / 6,
                                            (4 - 3 * g * g * (2 - g)) / 6, f * f * f / 6};
        builder.add(static_cast<int>(floor), weights);
    }
    return builder.take();
}

/// Offsets of a patch and of a search window, and a clamped reader.
struct Reader {
    const Volume& volume;
    double at(int i, int j, int k) const {
        const auto& n = volume.geometry.size;
        return static_cast<double>(volume.at(std::clamp(i, 0, n[0] - 1), std::clamp(j, 0, n[1] - 1),
                                             std::clamp(k, 0, n[2] - 1)));
    }
};

/// Sum over 3 x 3 x 3 of the squared differences of the volume and itself moved by (di, dj, dk).
Volume patch_distance(const Volume& source, int di, int dj, int dk) {
    Volume out(source.geometry);
    const Reader read{source};
    const auto& n = source.geometry.size;
    for (int k = 0; k < n[2]; ++k)
        for (int j = 0; j < n[1]; ++j)
            for (int i = 0; i < n[0]; ++i) {
                const double d =
                    static_cast<double>(source.at(i, j, k)) - read.at(i + di, j + dj, k + dk);
                out.at(i, j, k) = static_cast<float>(d * d);
            }
    const std::array<double, 3> ones{1, 1, 1};
    for (int axis = 0; axis < 3; ++axis) {
        const int size = n[static_cast<std::size_t>(axis)];
        grid::AxisMapBuilder builder(size, 3);
        for (int m = 0; m < size; ++m) builder.add(m - 1, ones);
        out = grid::apply_along(out, axis, builder.take());
    }
    return out;
}

struct Bin {
    double weight = 0, sum = 0;
    int bins = 1;
    double mean() const { return sum / weight; }
};

/// Isotonic means of consecutive bins; empty ones take their neighbour's.
std::vector<double> isotonic(const std::vector<Bin>& bins) {
    std::vector<Bin> pools;
    for (const Bin& bin : bins) {
        pools.push_back(bin);
        while (pools.size() > 1) {
            Bin& last = pools[pools.size() - 1];
            Bin& before = pools[pools.size() - 2];
            const bool empty = last.weight <= 0 || before.weight <= 0;
            if (!empty && before.mean() <= last.mean()) break;
            before = {before.weight + last.weight, before.sum + last.sum, before.bins + last.bins};
            pools.pop_back();
        }
    }
    std::vector<double> out;
    for (const Bin& pool : pools)
        out.insert(out.end(), static_cast<std::size_t>(pool.bins),
                   pool.weight > 0 ? pool.mean() : 0);
    return out;
}

}  // namespace

Volume resample_bspline(const Volume& source, const Geometry& target) {
    Volume out = source;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const int a = static_cast<int>(axis);
        out = grid::apply_along(out, a, prefilter(source.geometry.size[axis]));
        out = grid::apply_along(out, a, spline(source.geometry, target, axis));
    }
    out.geometry = target;
    return out;
}

Volume non_local_means(const Volume& source, double noise_sd, double strength) {
    if (!(noise_sd > 0) || source.voxels.empty()) return source;
    constexpr int kAround = 5;
    constexpr double kPatch = 27;
    const double scale = 1 / (kPatch * 2 * strength * strength * noise_sd * noise_sd);
    std::vector<double> weight(source.voxels.size(), 0), sum(source.voxels.size(), 0);
    const Reader read{source};
    const auto& n = source.geometry.size;
    for (int dk = -1; dk <= 1; ++dk)
        for (int dj = -kAround; dj <= kAround; ++dj)
            for (int di = -kAround; di <= kAround; ++di) {
                const Volume distance = patch_distance(source, di, dj, dk);
                std::size_t v = 0;
                for (int k = 0; k < n[2]; ++k)
                    for (int j = 0; j < n[1]; ++j)
                        for (int i = 0; i < n[0]; ++i, ++v) {
                            const double d = static_cast<double>(distance.voxels[v]);
                            const double w = std::exp(-d * scale);
                            const double value = read.at(i + di, j + dj, k + dk);
                            weight[v] += w;
                            sum[v] += w * value * value;
                        }
            }
    Volume out(source.geometry);
    for (std::size_t v = 0; v < out.voxels.size(); ++v)
        out.voxels[v] = static_cast<float>(
            std::sqrt(std::max(0.0, sum[v] / weight[v] - 2 * noise_sd * noise_sd)));
    return out;
}

Volume best_monotone_map(const Volume& image, const Volume& truth, const Mask& counted) {
    IQT_ASSERT(image.voxels.size() == truth.voxels.size() &&
               image.voxels.size() == counted.voxels.size());
    constexpr std::size_t kBins = 256;
    const double high = grid::percentile(image, 0.9995),
                 low = std::min(0.0, grid::percentile(image, 0));
    if (!(high > low)) return image;
    const double width = (high - low) / static_cast<double>(kBins);
    std::vector<Bin> bins(kBins);
    for (std::size_t v = 0; v < image.voxels.size(); ++v) {
        if (counted.voxels[v] == 0) continue;
        const double at = (static_cast<double>(image.voxels[v]) - low) / width;
        Bin& bin = bins[static_cast<std::size_t>(std::clamp(at, 0.0, kBins - 1.0))];
        bin.weight += 1;
        bin.sum += static_cast<double>(truth.voxels[v]);
    }
    const std::vector<double> curve = isotonic(bins);
    Volume out(image.geometry);
    for (std::size_t v = 0; v < image.voxels.size(); ++v) {
        const double at = std::clamp((static_cast<double>(image.voxels[v]) - low) / width - 0.5,
                                     0.0, kBins - 1.0001);
        const auto n = static_cast<std::size_t>(at);
        const double share = at - static_cast<double>(n);
        out.voxels[v] = static_cast<float>(curve[n] * (1 - share) + curve[n + 1] * share);
    }
    return out;
}

}  // namespace iqt::models::train
