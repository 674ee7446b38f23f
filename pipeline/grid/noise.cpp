// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/noise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace iqt::grid {
namespace {

constexpr std::size_t kBins = 256;

}  // namespace

double quantile(std::vector<float>& values, double share) {
    if (values.empty()) return 0;
    const double rank = std::clamp(share, 0.0, 1.0) * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::ptrdiff_t>(rank);
    std::nth_element(values.begin(), values.begin() + low, values.end());
    const double below = static_cast<double>(values[static_cast<std::size_t>(low)]);
    const double f = rank - static_cast<double>(low);
    if (f <= 0) return below;
    const double above =
        static_cast<double>(*std::min_element(values.begin() + low + 1, values.end()));
    return below + f * (above - below);
}

double percentile(const Volume& volume, double share) {
    std::vector<float> values = volume.voxels;
    return quantile(values, share);
}

double otsu_threshold(const Volume& volume) {
    if (volume.voxels.empty()) return 0;
    const auto [low_it, high_it] = std::minmax_element(volume.voxels.begin(), volume.voxels.end());
    const double low = static_cast<double>(*low_it);
    double high = static_cast<double>(*high_it);
    if (!(high > low)) return high;
    // A few very bright voxels (spikes, vessels) would leave all anatomy in a handful of bins.
    const double cap = percentile(volume, 0.999);
    if (cap > low) high = cap;
    std::array<double, kBins> count{};
    const double per_value = static_cast<double>(kBins) / (high - low);
    for (const float value : volume.voxels) {
        const double bin = (static_cast<double>(value) - low) * per_value;
        count[static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(kBins - 1)))] += 1;
    }
    double total = 0, total_sum = 0;
    for (std::size_t b = 0; b < kBins; ++b) {
        total += count[b];
        total_sum += count[b] * static_cast<double>(b);
    }
    double weight = 0, sum = 0, best = -1;
    std::size_t best_first = 0, best_last = 0;
    for (std::size_t b = 0; b + 1 < kBins; ++b) {
        weight += count[b];
        sum += count[b] * static_cast<double>(b);
        if (weight <= 0 || weight >= total) continue;
        const double gap = sum / weight - (total_sum - sum) / (total - weight);
        const double between = weight * (total - weight) * gap * gap;
        if (between > best * (1 + 1e-12)) {
            best = between;
            best_first = best_last = b;
        } else if (between >= best * (1 - 1e-12)) {
            best_last = b;  // empty bins between two populations: take the middle of the gap
        }
    }
    const double cut = (static_cast<double>(best_first) + static_cast<double>(best_last)) / 2 + 1;
    return low + cut / per_value;
}

double foreground_scale(const Volume& volume) {
    const double threshold = otsu_threshold(volume);
    std::vector<float> values;
    values.reserve(volume.voxels.size() / 2);
    for (const float value : volume.voxels)
        if (static_cast<double>(value) > threshold) values.push_back(value);
    return values.empty() ? percentile(volume, 0.995) : quantile(values, 0.995);
}

}  // namespace iqt::grid
