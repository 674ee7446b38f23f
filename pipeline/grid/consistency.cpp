// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/consistency.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/noise.hpp"

namespace iqt::grid {
namespace {

constexpr double kPatchMm = 4.8;     // edge of the window within the slice
constexpr double kBright = 0.1;      // of the scan's scale: voxels that the SD is taken over
constexpr double kMadToSd = 1.4826;  // of a normal distribution

/// Mean over 2 r + 1 voxels along one axis; the window ends at the volume's edges.
Volume mean_along(const Volume& in, std::size_t axis, int r) {
    if (r == 0) return in;
    Volume out(in.geometry);
    const auto& size = in.geometry.size;
    std::array<int, 3> at{};
    for (at[2] = 0; at[2] < size[2]; ++at[2])
        for (at[1] = 0; at[1] < size[1]; ++at[1])
            for (at[0] = 0; at[0] < size[0]; ++at[0]) {
                std::array<int, 3> p = at;
                const int from = std::max(0, at[axis] - r);
                const int to = std::min(size[axis] - 1, at[axis] + r);
                double sum = 0;
                for (p[axis] = from; p[axis] <= to; ++p[axis])
                    sum += static_cast<double>(in.at(p[0], p[1], p[2]));
                out.at(at[0], at[1], at[2]) = static_cast<float>(sum / (to - from + 1));
            }
    return out;
}

/// How far an acquired value lies from what the scanner would have shown of `signal`: the signal
/// itself where the scanner took its noise away, at most its mean in a magnitude image otherwise.
double contradiction(double signal, double acquired, double noise_sd) {
    const double floored = std::sqrt(signal * signal + std::numbers::pi / 2 * noise_sd * noise_sd);
    return acquired < signal ? signal - acquired : std::min(0.0, floored - acquired);
}

double robust_sd(std::vector<float> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    const float median = *middle;
    for (float& v : values) v = std::abs(v - median);
    std::nth_element(values.begin(), middle, values.end());
    return kMadToSd * static_cast<double>(*middle);
}

}  // namespace

Consistency consistency_of(const Volume& source, const Volume& enhanced, double noise_sd) {
    if (noise_sd <= 0) return {};
    Volume residual = acquire(enhanced, source.geometry, PointSpread{});
    for (std::size_t n = 0; n < residual.voxels.size(); ++n)
        residual.voxels[n] =
            static_cast<float>(contradiction(static_cast<double>(residual.voxels[n]),
                                             static_cast<double>(source.voxels[n]), noise_sd) /
                               noise_sd);
    Volume patch = residual;
    const auto slab = static_cast<std::size_t>(source.geometry.slice_axis());
    for (std::size_t axis = 0; axis < 3; ++axis)
        if (axis != slab) {
            const double reach = kPatchMm / source.geometry.spacing_mm[axis];
            patch = mean_along(patch, axis, static_cast<int>(std::lround((reach - 1) / 2)));
        }
    const auto bright = static_cast<float>(kBright * foreground_scale(source));
    std::vector<float> inside;
    for (std::size_t n = 0; n < patch.voxels.size(); ++n)
        if (source.voxels[n] > bright) inside.push_back(patch.voxels[n]);
    const double sd = robust_sd(std::move(inside));
    for (float& v : patch.voxels) v = sd > 0 ? static_cast<float>(std::abs(v) / sd) : 0.0F;
    for (float& v : residual.voxels) v = std::abs(v);
    return {std::move(residual), std::move(patch)};
}

}  // namespace iqt::grid
