// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/separable.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include <sched.h>

#include "pipeline/core/assert.hpp"

namespace iqt::grid {
namespace {

std::atomic<int> g_thread_limit{0};

int available_threads() {
    const int limit = g_thread_limit.load(std::memory_order_relaxed);
    if (limit > 0) return limit;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// One output row of `inner` contiguous values as a weighted sum of input rows.
void add_rows(const float* in, float* out, std::size_t inner, const AxisMap& map, std::size_t m) {
    const auto taps = static_cast<std::size_t>(map.taps);
    std::fill(out, out + inner, 0.0F);
    for (std::size_t t = 0; t < taps; ++t) {
        const float w = map.weight[m * taps + t];
        if (w == 0.0F) continue;
        const float* row = in + static_cast<std::size_t>(map.index[m * taps + t]) * inner;
        for (std::size_t x = 0; x < inner; ++x) out[x] += w * row[x];
    }
}

void map_line(const float* in, float* out, const AxisMap& map) {
    const auto taps = static_cast<std::size_t>(map.taps);
    const auto count = static_cast<std::size_t>(map.out_size());
    const int* index = map.index.data();
    const float* weight = map.weight.data();
    for (std::size_t m = 0; m < count; ++m, index += taps, weight += taps) {
        float sum = 0.0F;
        for (std::size_t t = 0; t < taps; ++t) sum += weight[t] * in[index[t]];
        out[m] = sum;
    }
}

}  // namespace

void set_thread_limit(int threads) {
    g_thread_limit.store(threads, std::memory_order_relaxed);
}

void parallel_for(std::size_t count, std::size_t least_per_thread,
                  const std::function<void(std::size_t, std::size_t)>& body) {
    if (count == 0) return;
    const std::size_t useful =
        std::max<std::size_t>(1, count / std::max<std::size_t>(1, least_per_thread));
    const std::size_t parts = std::min(useful, static_cast<std::size_t>(available_threads()));
    std::vector<std::jthread> threads;
    threads.reserve(parts - 1);
    for (std::size_t p = 1; p < parts; ++p)
        threads.emplace_back(
            [&body, count, parts, p] { body(count * p / parts, count * (p + 1) / parts); });
    body(0, count / parts);
}

bool AxisMap::is_identity(int in_size) const {
    if (out_size() != in_size) return false;
    const auto width = static_cast<std::size_t>(taps);
    for (int m = 0; m < in_size; ++m)
        for (std::size_t t = 0; t < width; ++t) {
            const std::size_t at = static_cast<std::size_t>(m) * width + t;
            if (weight[at] != 0.0F && (index[at] != m || weight[at] != 1.0F)) return false;
        }
    return true;
}

AxisMapBuilder::AxisMapBuilder(int in_size, int taps) : in_size_(in_size) {
    IQT_ASSERT(in_size > 0 && taps > 0);
    map_.taps = taps;
}

void AxisMapBuilder::add(int first, std::span<const double> weights) {
    IQT_ASSERT(weights.size() == static_cast<std::size_t>(map_.taps));
    for (int t = 0; t < map_.taps; ++t) {
        map_.index.push_back(std::clamp(first + t, 0, in_size_ - 1));
        map_.weight.push_back(static_cast<float>(weights[static_cast<std::size_t>(t)]));
    }
}

Volume apply_along(const Volume& in, int axis, const AxisMap& map) {
    IQT_ASSERT(axis >= 0 && axis < 3);
    const auto a = static_cast<std::size_t>(axis);
    const auto& size = in.geometry.size;
    Geometry geometry = in.geometry;
    geometry.size[a] = map.out_size();
    Volume out(geometry);
    std::size_t inner = 1, outer = 1;
    for (std::size_t c = 0; c < a; ++c) inner *= static_cast<std::size_t>(size[c]);
    for (std::size_t c = a + 1; c < 3; ++c) outer *= static_cast<std::size_t>(size[c]);
    const auto n_in = static_cast<std::size_t>(size[a]);
    const auto n_out = static_cast<std::size_t>(map.out_size());
    if (inner == 1) {
        parallel_for(outer, 1 + 65536 / n_out, [&](std::size_t begin, std::size_t end) {
            for (std::size_t o = begin; o < end; ++o)
                map_line(in.voxels.data() + o * n_in, out.voxels.data() + o * n_out, map);
        });
        return out;
    }
    parallel_for(outer * n_out, 1 + 65536 / inner, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row)
            add_rows(in.voxels.data() + row / n_out * n_in * inner, out.voxels.data() + row * inner,
                     inner, map, row % n_out);
    });
    return out;
}

std::vector<double> gaussian_taps(double sigma) {
    if (!(sigma > 0)) return {1.0};
    const int radius = std::max(1, static_cast<int>(std::ceil(4 * sigma)));
    std::vector<double> taps;
    double sum = 0;
    for (int x = -radius; x <= radius; ++x) {
        taps.push_back(std::exp(-0.5 * x * x / (sigma * sigma)));
        sum += taps.back();
    }
    for (double& tap : taps) tap /= sum;
    return taps;
}

double sigma_from_fwhm(double fwhm) {
    return fwhm / (2 * std::sqrt(2 * std::log(2.0)));
}

bool same_axes(const Geometry& a, const Geometry& b) {
    for (std::size_t axis = 0; axis < 3; ++axis)
        for (std::size_t c = 0; c < 3; ++c)
            if (std::abs(a.axes[axis][c] - b.axes[axis][c]) > 1e-4) return false;
    return true;
}

AxisAlignment align(const Geometry& source, const Geometry& target, std::size_t axis) {
    const Vec3 first = source.index(target.origin_lps_mm);
    return {first[axis], target.spacing_mm[axis] / source.spacing_mm[axis]};
}

}  // namespace iqt::grid
