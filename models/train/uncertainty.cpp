// SPDX-License-Identifier: Apache-2.0
#include "models/train/uncertainty.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "models/random.hpp"
#include "pipeline/core/assert.hpp"

namespace iqt::models::train {
namespace {

constexpr double kLeastSd = 1e-6;  // of the risky error

double magnitude(float value) {
    return std::abs(static_cast<double>(value));
}

/// Positions by falling key.
template <class Key>
std::vector<std::size_t> falling(std::size_t n, Key&& key) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
    return order;
}

/// Calls body(first, past the last) for each run of equal keys of an order.
template <class Key, class Body>
void for_each_tie(const std::vector<std::size_t>& order, Key&& key, Body&& body) {
    for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
        while (last < order.size() && key(order[last]) == key(order[first])) ++last;
        body(first, last);
    }
}

/// Rank of each sample, the mean rank where keys are equal.
template <class Key>
std::vector<double> ranks(const std::vector<std::size_t>& order, Key&& key) {
    std::vector<double> out(order.size());
    for_each_tie(order, key, [&](std::size_t first, std::size_t last) {
        const double rank = static_cast<double>(first + last - 1) / 2;
        for (std::size_t n = first; n < last; ++n) out[order[n]] = rank;
    });
    return out;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.empty()) return 0;
    const double mean = (static_cast<double>(a.size()) - 1) / 2;  // of ranks
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t n = 0; n < a.size(); ++n) {
        ab += (a[n] - mean) * (b[n] - mean);
        aa += (a[n] - mean) * (a[n] - mean);
        bb += (b[n] - mean) * (b[n] - mean);
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// Values in the order, samples of equal key sharing their mean.
template <class Key, class Value>
std::vector<double> in_order(const std::vector<std::size_t>& order, Key&& key, Value&& value) {
    std::vector<double> out(order.size());
    for_each_tie(order, key, [&](std::size_t first, std::size_t last) {
        double sum = 0;
        for (std::size_t n = first; n < last; ++n) sum += value(order[n]);
        std::fill(out.begin() + static_cast<std::ptrdiff_t>(first),
                  out.begin() + static_cast<std::ptrdiff_t>(last),
                  sum / static_cast<double>(last - first));
    });
    return out;
}

std::array<double, kSparsificationSteps> sparsification(const std::vector<double>& squares) {
    std::array<double, kSparsificationSteps> out{};
    const auto n = squares.size();
    std::size_t left = n;
    double sum = 0;
    std::vector<double> after(n + 1, 0);
    for (std::size_t at = n; at-- > 0;) after[at] = sum += squares[at];
    if (!(sum > 0)) return out;
    for (std::size_t step = 0; step < out.size(); ++step) {
        const std::size_t removed = step * n / out.size();
        left = n - removed;
        out[step] =
            std::sqrt(after[removed] / static_cast<double>(left) / (sum / static_cast<double>(n)));
    }
    return out;
}

double mean_difference(const std::array<double, kSparsificationSteps>& curve,
                       const std::array<double, kSparsificationSteps>& below) {
    double sum = 0;
    for (std::size_t n = 0; n < curve.size(); ++n) sum += curve[n] - below[n];
    return sum / static_cast<double>(curve.size());
}

/// AUC, and recall at 25 % flagged, from the shares of risky voxels by falling SD.
void score_detection(const std::vector<double>& risky, VoxelScores& out) {
    const double all = std::accumulate(risky.begin(), risky.end(), 0.0);
    const double n = static_cast<double>(risky.size()), safe = n - all;
    out.risky_share = all / n;
    const double flagged = kFlaggedShare * n;
    double found = 0, area = 0, found_at_quarter = 0;
    for (std::size_t at = 0; at < risky.size(); ++at) {
        const double room = std::clamp(flagged - static_cast<double>(at), 0.0, 1.0);
        found_at_quarter += room * risky[at];
        area += (1 - risky[at]) * (found + risky[at] / 2);
        found += risky[at];
    }
    out.auc = all > 0 && safe > 0 ? area / (all * safe) : 0.5;
    out.recall_at_quarter = all > 0 ? found_at_quarter / all : 0;
}

void score_threshold(const VoxelSamples& samples, double risky_error, double sd_threshold,
                     VoxelScores& out) {
    double risky = 0, found = 0, flagged = 0;
    for (std::size_t n = 0; n < samples.sd.size(); ++n) {
        const bool is_risky = magnitude(samples.error[n]) > risky_error;
        const bool is_flagged = static_cast<double>(samples.sd[n]) > sd_threshold;
        risky += is_risky ? 1 : 0;
        flagged += is_flagged ? 1 : 0;
        found += is_risky && is_flagged ? 1 : 0;
    }
    const double safe = static_cast<double>(out.n) - risky;
    out.recall = risky > 0 ? found / risky : 0;
    out.false_positive_rate = safe > 0 ? (flagged - found) / safe : 0;
    out.flagged_share = flagged / static_cast<double>(out.n);
}

/// The reliability curve is of normal intervals: an error lies in that of level p where
/// erf(|z| / sqrt 2) <= p.
void score_intervals(const VoxelSamples& samples, double least_sd, const IntervalFactors& factors,
                     VoxelScores& out) {
    for (std::size_t n = 0; n < samples.sd.size(); ++n) {
        const double sd = std::max(static_cast<double>(samples.sd[n]), least_sd);
        const double z = magnitude(samples.error[n]) / sd;
        const double level = std::erf(z / std::numbers::sqrt2);
        out.mean_z2 += z * z;
        for (std::size_t c = 0; c < out.coverage.size(); ++c)
            out.coverage[c] += z <= factors[c] ? 1 : 0;
        const double first = std::ceil(level * kReliabilityLevels - 0.5);
        for (auto c = static_cast<std::size_t>(std::max(0.0, first)); c < kReliabilityLevels; ++c)
            out.reliability[c] += 1;
    }
    const auto n = static_cast<double>(out.n);
    out.mean_z2 /= n;
    for (double& c : out.coverage) c /= n;
    for (std::size_t c = 0; c < kReliabilityLevels; ++c) {
        out.reliability[c] /= n;
        const double level = (static_cast<double>(c) + 0.5) / kReliabilityLevels;
        out.calibration_error += std::abs(level - out.reliability[c]) / kReliabilityLevels;
    }
}

}  // namespace

VoxelSamples sample_voxels(const Volume& truth, const Volume& image, const Volume& sd,
                           const Mask& where) {
    IQT_ASSERT(truth.voxels.size() == image.voxels.size());
    IQT_ASSERT(truth.voxels.size() == sd.voxels.size());
    IQT_ASSERT(truth.voxels.size() == where.voxels.size());
    VoxelSamples out;
    for (std::size_t v = 0; v < truth.voxels.size(); ++v) {
        if (where.voxels[v] == 0) continue;
        out.sd.push_back(sd.voxels[v]);
        out.error.push_back(image.voxels[v] - truth.voxels[v]);
    }
    return out;
}

VoxelScores score_voxels(const VoxelSamples& samples, double risky_error, double sd_threshold,
                         const IntervalFactors& factors) {
    IQT_ASSERT(samples.sd.size() == samples.error.size());
    VoxelScores out;
    out.n = samples.sd.size();
    if (out.n == 0) return out;
    const auto sd = [&](std::size_t v) { return samples.sd[v]; };
    const auto error = [&](std::size_t v) { return std::abs(samples.error[v]); };
    const auto square = [&](std::size_t v) {
        return magnitude(samples.error[v]) * magnitude(samples.error[v]);
    };
    const auto risky = [&](std::size_t v) {
        return magnitude(samples.error[v]) > risky_error ? 1.0 : 0.0;
    };
    const auto by_sd = falling(out.n, sd), by_error = falling(out.n, error);
    out.spearman = correlation(ranks(by_sd, sd), ranks(by_error, error));
    score_detection(in_order(by_sd, sd, risky), out);
    score_threshold(samples, risky_error, sd_threshold, out);
    out.by_sd = sparsification(in_order(by_sd, sd, square));
    out.by_error = sparsification(in_order(by_error, error, square));
    out.ause = mean_difference(out.by_sd, out.by_error);
    std::array<double, kSparsificationSteps> level{};
    level.fill(out.by_error[0]);  // 1, or 0 where there is no error
    out.ause_random = mean_difference(level, out.by_error);
    score_intervals(samples, kLeastSd * risky_error, factors, out);
    return out;
}

double mean_z2(const VoxelSamples& samples) {
    double sum = 0, n = 0;
    for (std::size_t v = 0; v < samples.sd.size(); ++v) {
        if (!(samples.sd[v] > 0)) continue;
        const double z = magnitude(samples.error[v]) / static_cast<double>(samples.sd[v]);
        sum += z * z;
        n += 1;
    }
    return n > 0 ? sum / n : 0;
}

VoxelSamples redrawn(const VoxelSamples& samples, double variance_factor, std::uint64_t seed) {
    VoxelSamples out = samples;
    const double factor = std::sqrt(variance_factor);
    const std::uint64_t key = random::mix(seed ^ 0x7065726665ULL);
    for (std::size_t v = 0; v < out.sd.size(); v += 2) {
        const random::Pair normal = random::normals(key, v / 2);
        for (std::size_t n = v; n < std::min(v + 2, out.sd.size()); ++n) {
            const double sd = factor * static_cast<double>(samples.sd[n]);
            out.sd[n] = static_cast<float>(sd);
            out.error[n] = static_cast<float>(sd * (n == v ? normal.a : normal.b));
        }
    }
    return out;
}

VoxelComparison compare_with_perfect(const VoxelSamples& samples, double risky_error,
                                     double sd_threshold, std::uint64_t seed,
                                     const IntervalFactors& factors) {
    const double factor = mean_z2(samples);
    return {score_voxels(samples, risky_error, sd_threshold, factors),
            score_voxels(redrawn(samples, factor, seed), risky_error,
                         std::sqrt(factor) * sd_threshold)};
}

}  // namespace iqt::models::train
