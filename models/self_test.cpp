// SPDX-License-Identifier: Apache-2.0
#include "models/self_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace iqt::models {
namespace {

constexpr double kPeak = 1000;
constexpr double kRmsMax = 0.01, kLargestMax = 0.05;  // shares of the peak
constexpr int kProbeStride = 1009;                    // prime: probes do not line up with any axis
constexpr int kSamples = 4;
constexpr std::uint64_t kSeed = 20260101;

// Uniform in [-1,1), from integers only, so that every machine draws the same.
double noise_at(std::uint64_t n) {
    n = (n + 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;
    n = (n ^ (n >> 27U)) * 0x94d049bb133111ebULL;
    return static_cast<double>((n ^ (n >> 31U)) >> 11U) * 0x1p-52 - 1.0;
}

double head_at(double x, double y, double z) {
    const double r = std::sqrt(x * x + 1.3 * y * y + 1.2 * z * z);
    if (r > 0.92) return 0;
    if (r > 0.84) return 0.3 * kPeak;
    const double fold = 0.06 * std::sin(9 * std::atan2(y, x) + 2 * z) * std::sin(7 * z);
    return r > 0.66 + fold ? 0.6 * kPeak : (r < 0.2 ? 0.15 * kPeak : 0.9 * kPeak);
}

std::vector<double> probes(const Volume& volume) {
    std::vector<double> values;
    for (std::size_t n = kProbeStride / 2; n < volume.voxels.size(); n += kProbeStride)
        values.push_back(std::round(1e5 * static_cast<double>(volume.voxels[n]) / kPeak) / 1e5);
    return values;
}

Status compare(const std::vector<double>& now, const std::vector<double>& stored,
               const std::string& what, const Package& package) {
    double squares = 0, largest = now.size() == stored.size() ? 0 : kPeak;
    for (std::size_t n = 0; n < std::min(now.size(), stored.size()); ++n) {
        // A NaN must fail, not slip through a comparison.
        const double off = std::isfinite(now[n]) ? std::abs(now[n] - stored[n]) : kPeak;
        squares += off * off;
        largest = std::max(largest, off);
    }
    const double rms = now.empty() ? 0 : std::sqrt(squares / static_cast<double>(now.size()));
    if (rms <= kRmsMax && largest <= kLargestMax) return {};
    char text[160];
    std::snprintf(text, sizeof text,
                  "the self-test failed: %s differs from the stored answer by %.3g (RMS) and %.3g "
                  "(largest) of the peak",
                  what.c_str(), rms, largest);
    return fail(ErrorKind::Corrupt, text, package.folder.string(),
                "install the package again; if it still fails, this machine computes wrongly");
}

}  // namespace

Volume golden_input() {
    Geometry geometry;
    geometry.size = {40, 40, 12};
    geometry.spacing_mm = {1.6, 1.6, 5};
    Volume volume(geometry);
    std::size_t n = 0;
    for (int k = 0; k < geometry.size[2]; ++k)
        for (int j = 0; j < geometry.size[1]; ++j)
            for (int i = 0; i < geometry.size[0]; ++i, ++n) {
                const double truth = head_at((i - 19.5) / 19.5, (j - 19.5) / 19.5, (k - 5.5) / 6);
                volume.voxels[n] = static_cast<float>(std::abs(truth + 0.08 * kPeak * noise_at(n)));
            }
    return volume;
}

Result<GoldenAnswer> golden_answer(Enhancer& enhancer) {
    EnhanceRequest request;
    request.contrast =
        enhancer.info().contrasts.empty() ? Contrast::T1 : enhancer.info().contrasts.front();
    request.samples = kSamples;
    request.seed = kSeed;
    const auto result = enhancer.enhance(golden_input(), request);
    if (!result) return fail(result.error());
    return GoldenAnswer{probes(result->mean), probes(result->total_sd)};
}

Status self_test(Enhancer& enhancer, const Package& package) {
    if (!package.golden) return {};
    const auto now = golden_answer(enhancer);
    if (!now) return fail(now.error());
    if (auto same = compare(now->mean, package.golden->mean, "the image", package); !same)
        return same;
    return compare(now->total_sd, package.golden->total_sd, "the uncertainty", package);
}

}  // namespace iqt::models
