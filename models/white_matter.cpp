// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "models/simulate.hpp"
#include "models/tissue.hpp"
#include "pipeline/grid/noise.hpp"

namespace iqt::models {
namespace {

constexpr std::size_t kBins = 512;
constexpr std::size_t kClasses = 3;
constexpr int kIterations = 100;

using Class = TissueClass;

struct Histogram {
    std::array<double, kBins> count{};
    double low = 0, width = 1;
    double centre(std::size_t bin) const { return low + (static_cast<double>(bin) + 0.5) * width; }
};

/// Central part of the head: a sphere about the foreground's centre of mass holds brain and little
/// of the scalp's fat, which is as bright as white matter in T1.
constexpr double kRadiusMm = 45;

Vec3 centre_of_mass(const Volume& volume, double threshold) {
    const auto& size = volume.geometry.size;
    Vec3 sum{};
    double count = 0;
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i)
                if (static_cast<double>(volume.at(i, j, k)) > threshold) {
                    sum[0] += i;
                    sum[1] += j;
                    sum[2] += k;
                    count += 1;
                }
    for (double& c : sum) c /= std::max(count, 1.0);
    return sum;
}

/// Voxels above half of Otsu's threshold: the threshold itself may cut into the darkest tissue.
Histogram central_histogram(const Volume& volume) {
    Histogram histogram;
    histogram.low = grid::otsu_threshold(volume) / 2;
    const double high = grid::percentile(volume, 0.999);
    histogram.width = std::max(high - histogram.low, 1e-12) / static_cast<double>(kBins);
    const Vec3 centre = centre_of_mass(volume, histogram.low);
    const auto& size = volume.geometry.size;
    const Vec3& step = volume.geometry.spacing_mm;
    const auto square = [&](int index, std::size_t axis) {
        const double d = (index - centre[axis]) * step[axis];
        return d * d;
    };
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                if (square(i, 0) + square(j, 1) + square(k, 2) > kRadiusMm * kRadiusMm) continue;
                const double value = static_cast<double>(volume.at(i, j, k));
                const double bin = (value - histogram.low) / histogram.width;
                if (bin >= 0 && bin < static_cast<double>(kBins))
                    histogram.count[static_cast<std::size_t>(bin)] += 1;
            }
    return histogram;
}

/// Expectation maximisation on a histogram; starts at its 1/6, 3/6 and 5/6 quantiles.
std::array<Class, kClasses> fit_mixture(const Histogram& histogram) {
    std::array<Class, kClasses> classes;
    double total = 0;
    for (const double c : histogram.count) total += c;
    const double range = histogram.width * static_cast<double>(kBins);
    double seen = 0;
    std::size_t next = 0;
    for (std::size_t b = 0; b < kBins && next < kClasses; ++b) {
        seen += histogram.count[b];
        while (next < kClasses && seen >= total * (2.0 * static_cast<double>(next) + 1) / 6)
            classes[next++] = {1.0 / kClasses, histogram.centre(b), range * range / 100};
    }
    for (int iteration = 0; iteration < kIterations && total > 0; ++iteration) {
        std::array<double, kClasses> weight{}, sum{}, squares{};
        for (std::size_t b = 0; b < kBins; ++b) {
            if (histogram.count[b] <= 0) continue;
            const double x = histogram.centre(b);
            std::array<double, kClasses> p{};
            double all = 1e-300;
            for (std::size_t c = 0; c < kClasses; ++c) {
                const double d = x - classes[c].mean;
                p[c] = classes[c].share * std::exp(-0.5 * d * d / classes[c].variance) /
                       std::sqrt(2 * std::numbers::pi * classes[c].variance);
                all += p[c];
            }
            for (std::size_t c = 0; c < kClasses; ++c) {
                const double w = histogram.count[b] * p[c] / all;
                weight[c] += w;
                sum[c] += w * x;
                squares[c] += w * x * x;
            }
        }
        for (std::size_t c = 0; c < kClasses; ++c) {
            if (weight[c] < 1e-9 * total) continue;
            classes[c].share = weight[c] / total;
            classes[c].mean = sum[c] / weight[c];
            classes[c].variance =
                std::max(squares[c] / weight[c] - classes[c].mean * classes[c].mean,
                         histogram.width * histogram.width);
        }
    }
    std::sort(classes.begin(), classes.end(),
              [](const Class& a, const Class& b) { return a.mean < b.mean; });
    return classes;
}

}  // namespace

Tissues fit_tissues(const Volume& high_quality, Contrast contrast) {
    if (high_quality.voxels.empty()) return {};
    const auto classes = fit_mixture(central_histogram(high_quality));
    switch (contrast) {
        case Contrast::T1:
            return {classes[2], classes[1], classes[0]};
        case Contrast::T2:
            return {classes[0], classes[1], classes[2]};
        case Contrast::Flair:
            return {classes[1], classes[2], classes[0]};
    }
    return {classes[2], classes[1], classes[0]};
}

double white_matter_mean(const Volume& high_quality, Contrast contrast) {
    return fit_tissues(high_quality, contrast).white.mean;
}

}  // namespace iqt::models
