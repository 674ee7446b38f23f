// SPDX-License-Identifier: Apache-2.0
#include "models/metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "pipeline/core/assert.hpp"
#include "pipeline/grid/forward_model.hpp"
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

struct Similarity {
    double ssim = 0;       ///< luminance x contrast x structure
    double luminance = 0;  ///< mean of the first factor
    double structure = 0;  ///< mean of the other two
};

Similarity similarity(const Volume& truth, const Volume& image, double peak,
                      const std::vector<std::size_t>& counted) {
    constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
    constexpr double kVoxels = kWindow * kWindow * kWindow;
    constexpr double kSample = kVoxels / (kVoxels - 1);
    const Volume x = scaled(truth, peak), y = scaled(image, peak);
    const Volume sum_x = box_sum(x), sum_y = box_sum(y);
    const Volume square_x = box_sum(product(x, x)), square_y = box_sum(product(y, y));
    const Volume cross = box_sum(product(x, y));
    Similarity sum;
    for (const std::size_t v : counted) {
        const double mx = static_cast<double>(sum_x.voxels[v]) / kVoxels;
        const double my = static_cast<double>(sum_y.voxels[v]) / kVoxels;
        const double vx = kSample * (static_cast<double>(square_x.voxels[v]) / kVoxels - mx * mx);
        const double vy = kSample * (static_cast<double>(square_y.voxels[v]) / kVoxels - my * my);
        const double vxy = kSample * (static_cast<double>(cross.voxels[v]) / kVoxels - mx * my);
        const double x_mean = mx + kShift, y_mean = my + kShift;
        const double means = x_mean * x_mean + y_mean * y_mean + kC1;
        const double spreads = vx + vy + kC2;
        sum.ssim += (2 * x_mean * y_mean + kC1) * (2 * vxy + kC2) / (means * spreads);
        sum.luminance += (2 * x_mean * y_mean + kC1) / means;
        sum.structure += (2 * vxy + kC2) / spreads;
    }
    const auto n = static_cast<double>(counted.size());
    return {sum.ssim / n, sum.luminance / n, sum.structure / n};
}

double mean_ssim(const Volume& truth, const Volume& image, double peak,
                 const std::vector<std::size_t>& counted) {
    return similarity(truth, image, peak, counted).ssim;
}

std::vector<std::size_t> indices(const Mask& mask) {
    std::vector<std::size_t> out;
    for (std::size_t v = 0; v < mask.voxels.size(); ++v)
        if (mask.voxels[v] != 0) out.push_back(v);
    return out;
}

/// Scaled to 0..1 by the volume's own least and largest voxel; 0 outside the mask.
Volume min_max_scaled(const Volume& in, const Mask& mask) {
    const auto [least, largest] = std::minmax_element(in.voxels.begin(), in.voxels.end());
    const float low = *least, range = *largest - *least;
    Volume out(in.geometry);
    for (std::size_t v = 0; v < out.voxels.size(); ++v)
        if (mask.voxels[v] != 0 && range > 0) out.voxels[v] = (in.voxels[v] - low) / range;
    return out;
}

/// Means of 2 x 2 x 2 voxels; an odd last plane is left out.
template <class T>
Grid<T> halved(const Grid<T>& in, double least) {
    Geometry g = in.geometry;
    for (std::size_t a = 0; a < 3; ++a) {
        g.size[a] /= 2;
        g.spacing_mm[a] *= 2;
    }
    Grid<T> out(g);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                double sum = 0;
                for (int n = 0; n < 8; ++n)
                    sum +=
                        static_cast<double>(in.at(2 * i + n % 2, 2 * j + n / 2 % 2, 2 * k + n / 4));
                out.at(i, j, k) = static_cast<T>(least > 0 ? sum >= least : sum / 8);
            }
    return out;
}

/// Laplacian (voxel units) of the volume blurred by a Gaussian of 1.5 voxels.
Volume laplacian_of_gaussian(const Volume& in) {
    Volume out(in.geometry);
    Volume smooth = in;
    smooth.geometry.spacing_mm = {1, 1, 1};
    constexpr double kSigma = 1.5, kFwhm = 2.354820045 * kSigma;
    smooth = grid::blur(smooth, {kFwhm, kFwhm, kFwhm});
    const auto& n = in.geometry.size;
    for (int k = 1; k + 1 < n[2]; ++k)
        for (int j = 1; j + 1 < n[1]; ++j)
            for (int i = 1; i + 1 < n[0]; ++i)
                out.at(i, j, k) = smooth.at(i - 1, j, k) + smooth.at(i + 1, j, k) +
                                  smooth.at(i, j - 1, k) + smooth.at(i, j + 1, k) +
                                  smooth.at(i, j, k - 1) + smooth.at(i, j, k + 1) -
                                  6 * smooth.at(i, j, k);
    return out;
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

Mask counted_voxels(const Volume& truth, const Mask* known) {
    Mask out(truth.geometry);
    const double least = kForegroundShare * grid::percentile(truth, 0.995);
    for (std::size_t v = 0; v < out.voxels.size(); ++v)
        out.voxels[v] = (known == nullptr || known->voxels[v] != 0) &&
                                static_cast<double>(truth.voxels[v]) > least
                            ? 1
                            : 0;
    return out;
}

double rmse_over(const Volume& truth, const Volume& image, const Mask& where) {
    IQT_ASSERT(truth.voxels.size() == image.voxels.size() &&
               truth.voxels.size() == where.voxels.size());
    double squares = 0, n = 0;
    for (std::size_t v = 0; v < truth.voxels.size(); ++v) {
        if (where.voxels[v] == 0) continue;
        squares += std::pow(
            static_cast<double>(image.voxels[v]) - static_cast<double>(truth.voxels[v]), 2);
        n += 1;
    }
    return n > 0 ? std::sqrt(squares / n) : 0;
}

double psnr_over(const Volume& truth, const Volume& image, const Mask& where) {
    if (std::all_of(where.voxels.begin(), where.voxels.end(), [](auto v) { return v == 0; }))
        return 0;
    return 20 * std::log10(grid::percentile(truth, 0.995) / rmse_over(truth, image, where));
}

UlfEncScore ulf_enc_score(const Volume& truth, const Volume& image, const Mask& brain) {
    IQT_ASSERT(truth.geometry.size == image.geometry.size &&
               truth.geometry.size == brain.geometry.size);
    constexpr double kLeastSquare = 1e-8, kPsnrScale = 32;
    UlfEncScore s;
    const std::vector<std::size_t> voxels = indices(brain);
    if (voxels.empty()) return s;
    const Volume x = min_max_scaled(truth, brain), y = min_max_scaled(image, brain);
    double squares = 0, truth_squares = 0;
    for (const std::size_t v : voxels) {
        const double t = static_cast<double>(x.voxels[v]);
        const double error = static_cast<double>(y.voxels[v]) - t;
        s.mae += std::abs(error);
        s.psnr_db += 10 * std::log10(1 / (error * error + kLeastSquare));
        squares += error * error;
        truth_squares += t * t;
    }
    const auto n = static_cast<double>(voxels.size());
    s.mae /= n;
    s.psnr_db /= n;
    s.nmse = truth_squares > 0 ? std::min(1.0, squares / truth_squares) : 1;
    s.ssim = mean_ssim(x, y, 1, voxels);
    s.score = 0.7 * s.ssim + 0.1 * s.psnr_db / kPsnrScale + 0.1 * (1 - s.mae) + 0.1 * (1 - s.nmse);
    return s;
}

double multi_scale_ssim(const Volume& truth, const Volume& image, const Mask& counted) {
    constexpr std::array<double, 5> kWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
    const double peak = grid::percentile(truth, 0.995);
    Volume x = truth, y = image;
    Mask mask = counted;
    double product = 1, luminance = 1, used = 0;
    for (const double weight : kWeights) {
        const auto voxels = indices(mask);
        const auto& n = x.geometry.size;
        if (voxels.empty() || std::min({n[0], n[1], n[2]}) < kWindow) break;
        const Similarity s = similarity(x, y, peak, voxels);
        product *= std::pow(std::max(0.0, s.structure), weight);
        luminance = s.luminance;
        used += weight;
        x = halved(x, 0);
        y = halved(y, 0);
        mask = halved(mask, 4);
    }
    return used > 0 ? std::pow(product, 1 / used) * std::pow(luminance, kWeights.back()) : 0;
}

double high_frequency_error(const Volume& truth, const Volume& image, const Mask& counted) {
    const Volume x = laplacian_of_gaussian(truth), y = laplacian_of_gaussian(image);
    double difference = 0, norm = 0;
    for (const std::size_t v : indices(counted)) {
        const double t = static_cast<double>(x.voxels[v]);
        difference += std::pow(static_cast<double>(y.voxels[v]) - t, 2);
        norm += t * t;
    }
    return norm > 0 ? std::sqrt(difference / norm) : 0;
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
