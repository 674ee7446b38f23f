// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/slices.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "pipeline/grid/forward_model.hpp"

namespace iqt::qa {
namespace {

constexpr std::size_t kSlicesMin = 6;
constexpr double kHeadShareMin = 0.3;  // of the slice with the most head
constexpr std::size_t kPixelsMax = 6000;
constexpr double kReachMm = 14;

// Slices with enough above the threshold, in order: not only of the largest object, since slices in
// a wrong order break the head into several.
std::vector<int> usable_slices(const Stack& stack) {
    const auto& size = stack.coarse.geometry.size;
    const auto threshold = static_cast<float>(stack.threshold);
    std::vector<int> count(static_cast<std::size_t>(size[2]), 0);
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i)
                if (stack.coarse.at(i, j, k) > threshold) ++count[static_cast<std::size_t>(k)];
    const int most = *std::max_element(count.begin(), count.end());
    std::vector<int> slices;
    for (int k = 0; k < size[2]; ++k)
        if (count[static_cast<std::size_t>(k)] > kHeadShareMin * most) slices.push_back(k);
    return slices;
}

Volume smoothed(const Volume& volume) {
    return grid::blur(volume, {6.0, 6.0, 0.0});
}

// Pixels of a slice, thinned, less their mean and of length 1.
std::vector<float> fingerprint(const Volume& volume, int k, int step) {
    std::vector<float> values;
    for (int j = 0; j < volume.geometry.size[1]; j += step)
        for (int i = 0; i < volume.geometry.size[0]; i += step)
            values.push_back(volume.at(i, j, k));
    double sum = 0, square = 0;
    for (const float v : values) sum += static_cast<double>(v);
    const auto mean = static_cast<float>(sum / static_cast<double>(values.size()));
    for (float& v : values) {
        v -= mean;
        square += static_cast<double>(v) * static_cast<double>(v);
    }
    const auto scale = static_cast<float>(square > 0 ? 1 / std::sqrt(square) : 0);
    for (float& v : values) v *= scale;
    return values;
}

double spanning_tree(const std::vector<std::vector<double>>& cost) {
    const std::size_t n = cost.size();
    std::vector<double> nearest(n, std::numeric_limits<double>::max());
    std::vector<bool> joined(n, false);
    nearest[0] = 0;
    double weight = 0;
    for (std::size_t round = 0; round < n; ++round) {
        std::size_t next = n;
        for (std::size_t at = 0; at < n; ++at)
            if (!joined[at] && (next == n || nearest[at] < nearest[next])) next = at;
        joined[next] = true;
        weight += nearest[next];
        for (std::size_t at = 0; at < n; ++at) nearest[at] = std::min(nearest[at], cost[next][at]);
    }
    return weight;
}

// Place of the top of the parabola through three equidistant values, in steps from the middle one.
double parabola_top(double left, double middle, double right) {
    const double bend = left - 2 * middle + right;
    return bend < 0 ? std::clamp(0.5 * (left - right) / bend, -0.5, 0.5) : 0.0;
}

// Correlation of slice k + 1, moved by (di, dj) pixels, with slice k.
double match(const Volume& v, int k, int di, int dj) {
    const auto& size = v.geometry.size;
    double n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    for (int j = std::max(0, -dj); j < std::min(size[1], size[1] - dj); ++j)
        for (int i = std::max(0, -di); i < std::min(size[0], size[0] - di); ++i) {
            const double x = static_cast<double>(v.at(i, j, k));
            const double y = static_cast<double>(v.at(i + di, j + dj, k + 1));
            n += 1, a += x, b += y, aa += x * x, bb += y * y, ab += x * y;
        }
    const double power = (n * aa - a * a) * (n * bb - b * b);
    return power > 0 ? (n * ab - a * b) / std::sqrt(power) : 0;
}

// Shift in mm along i and j from slice k to slice k + 1: uphill from no shift at all.
std::array<double, 2> shift_mm(const Volume& v, int k) {
    const Geometry& g = v.geometry;
    const std::array<int, 2> reach{
        std::min(g.size[0] / 4, static_cast<int>(kReachMm / g.spacing_mm[0])),
        std::min(g.size[1] / 4, static_cast<int>(kReachMm / g.spacing_mm[1]))};
    std::array<int, 2> at{0, 0};
    double best = match(v, k, 0, 0);
    for (bool moved = true; moved;) {
        moved = false;
        for (const auto& [di, dj] :
             {std::array{1, 0}, std::array{-1, 0}, std::array{0, 1}, std::array{0, -1}}) {
            const std::array<int, 2> next{at[0] + di, at[1] + dj};
            if (std::abs(next[0]) > reach[0] || std::abs(next[1]) > reach[1]) continue;
            const double value = match(v, k, next[0], next[1]);
            if (value <= best + 1e-9) continue;
            best = value;
            at = next;
            moved = true;
        }
    }
    const double i =
        at[0] + parabola_top(match(v, k, at[0] - 1, at[1]), best, match(v, k, at[0] + 1, at[1]));
    const double j =
        at[1] + parabola_top(match(v, k, at[0], at[1] - 1), best, match(v, k, at[0], at[1] + 1));
    return {i * g.spacing_mm[0], j * g.spacing_mm[1]};
}

}  // namespace

std::optional<double> order_ratio(const Stack& stack) {
    const std::vector<int> slices = usable_slices(stack);
    if (slices.size() < kSlicesMin) return std::nullopt;
    const Volume smooth = smoothed(stack.coarse);
    const auto& size = smooth.geometry.size;
    int step = 1;
    while (static_cast<std::size_t>(size[0] / step) * static_cast<std::size_t>(size[1] / step) >
           kPixelsMax)
        ++step;
    std::vector<std::vector<float>> prints;
    for (const int k : slices) prints.push_back(fingerprint(smooth, k, step));
    std::vector<std::vector<double>> cost(slices.size(), std::vector<double>(slices.size(), 0));
    for (std::size_t a = 0; a < slices.size(); ++a)
        for (std::size_t b = 0; b < a; ++b) {
            double product = 0;
            for (std::size_t n = 0; n < prints[a].size(); ++n)
                product += static_cast<double>(prints[a][n]) * static_cast<double>(prints[b][n]);
            cost[a][b] = cost[b][a] = std::max(0.0, 1 - product);
        }
    double path = 0;
    for (std::size_t n = 0; n + 1 < slices.size(); ++n) path += cost[n][n + 1];
    const double tree = spanning_tree(cost);
    return tree > 0 ? path / tree : 1.0;
}

std::optional<double> motion_mm(const Stack& stack) {
    const std::vector<int> slices = usable_slices(stack);
    if (slices.size() < kSlicesMin) return std::nullopt;
    const Volume smooth = smoothed(stack.coarse);
    std::vector<std::array<double, 2>> shifts;
    for (std::size_t n = 0; n + 1 < slices.size(); ++n)
        shifts.push_back(slices[n + 1] == slices[n] + 1 ? shift_mm(smooth, slices[n])
                                                        : std::array<double, 2>{0, 0});
    double square = 0;
    for (std::size_t n = 0; n + 1 < shifts.size(); ++n)
        for (std::size_t a = 0; a < 2; ++a) {
            const double off = (shifts[n + 1][a] - shifts[n][a]) / 2;
            square += off * off;
        }
    return std::sqrt(square / static_cast<double>(2 * (shifts.size() - 1)));
}

}  // namespace iqt::qa
