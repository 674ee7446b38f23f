// SPDX-License-Identifier: Apache-2.0
#include "models/metrics.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "pipeline/core/assert.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/resample.hpp"
#include "pipeline/grid/separable.hpp"

namespace iqt::models {
namespace {

constexpr int kWindow = 7;
constexpr double kForegroundShare = 0.05;

/// Sum over a cubic window about each voxel; edges repeat. Sums, because float32 weights of 1/7 do
/// not add up to 1 and the variances below are small differences.
Volume box_sum(const Volume& in) {
    const std::vector<double> weights(kWindow, 1.0);
    Volume out = in;
    for (int axis = 0; axis < 3; ++axis) {
        const int size = in.geometry.size[static_cast<std::size_t>(axis)];
        grid::AxisMapBuilder builder(size, kWindow);
        for (int m = 0; m < size; ++m) builder.add(m - kWindow / 2, weights);
        out = grid::apply_along(out, axis, builder.take());
    }
    return out;
}

Volume product(const Volume& a, const Volume& b) {
    Volume out(a.geometry);
    for (std::size_t v = 0; v < out.voxels.size(); ++v) out.voxels[v] = a.voxels[v] * b.voxels[v];
    return out;
}

/// Taken off the scaled values, so that float32 squares hold the variances of flat bright regions.
constexpr double kShift = 0.5;

/// In units of the peak, less kShift.
Volume scaled(const Volume& in, double peak) {
    Volume out = in;
    const auto factor = static_cast<float>(1 / peak);
    for (float& value : out.voxels) value = value * factor - static_cast<float>(kShift);
    return out;
}

double mean_ssim(const Volume& truth, const Volume& image, double peak,
                 const std::vector<std::size_t>& counted) {
    constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
    constexpr double kVoxels = kWindow * kWindow * kWindow;
    constexpr double kSample = kVoxels / (kVoxels - 1);
    const Volume x = scaled(truth, peak), y = scaled(image, peak);
    const Volume sum_x = box_sum(x), sum_y = box_sum(y);
    const Volume square_x = box_sum(product(x, x)), square_y = box_sum(product(y, y));
    const Volume cross = box_sum(product(x, y));
    double sum = 0;
    for (const std::size_t v : counted) {
        const double mx = static_cast<double>(sum_x.voxels[v]) / kVoxels;
        const double my = static_cast<double>(sum_y.voxels[v]) / kVoxels;
        const double vx = kSample * (static_cast<double>(square_x.voxels[v]) / kVoxels - mx * mx);
        const double vy = kSample * (static_cast<double>(square_y.voxels[v]) / kVoxels - my * my);
        const double vxy = kSample * (static_cast<double>(cross.voxels[v]) / kVoxels - mx * my);
        const double x_mean = mx + kShift, y_mean = my + kShift;
        sum += (2 * x_mean * y_mean + kC1) * (2 * vxy + kC2) /
               ((x_mean * x_mean + y_mean * y_mean + kC1) * (vx + vy + kC2));
    }
    return sum / static_cast<double>(counted.size());
}

}  // namespace

Metrics compare(const Volume& truth, const Volume& image, const Mask* known) {
    IQT_ASSERT(truth.voxels.size() == image.voxels.size());
    IQT_ASSERT(truth.geometry.size == image.geometry.size);
    IQT_ASSERT(known == nullptr || known->voxels.size() == truth.voxels.size());
    Metrics metrics;
    metrics.peak = grid::percentile(truth, 0.995);
    if (!(metrics.peak > 0)) return metrics;
    std::vector<std::size_t> counted;
    double squares = 0;
    for (std::size_t v = 0; v < truth.voxels.size(); ++v) {
        if (known != nullptr && known->voxels[v] == 0) continue;
        const double t = static_cast<double>(truth.voxels[v]);
        if (t <= kForegroundShare * metrics.peak) continue;
        const double error = static_cast<double>(image.voxels[v]) - t;
        squares += error * error;
        counted.push_back(v);
    }
    metrics.voxels = counted.size();
    if (counted.empty()) return metrics;
    metrics.rmse = std::sqrt(squares / static_cast<double>(counted.size()));
    metrics.psnr_db = metrics.rmse > 0 ? 20 * std::log10(metrics.peak / metrics.rmse)
                                       : std::numeric_limits<double>::infinity();
    metrics.ssim = mean_ssim(truth, image, metrics.peak, counted);
    return metrics;
}

Mask known_voxels(const Volume& high_quality, const Geometry& grid) {
    Volume present(high_quality.geometry);
    for (std::size_t v = 0; v < present.voxels.size(); ++v)
        present.voxels[v] = high_quality.voxels[v] == 0.0F ? 0.0F : 1.0F;
    const Volume share = grid::resample_free(present, grid, grid::Kernel::Linear);
    Mask mask(grid);
    for (std::size_t v = 0; v < mask.voxels.size(); ++v)
        mask.voxels[v] = share.voxels[v] > 0.999F ? 1 : 0;
    return mask;
}

}  // namespace iqt::models
