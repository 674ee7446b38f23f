// SPDX-License-Identifier: Apache-2.0
#include "models/train/baselines.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "models/metrics.hpp"
#include "models/random.hpp"
#include "pipeline/core/geometry.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models::train {
namespace {

Geometry box(int i, int j, int k) {
    Geometry g;
    g.size = {i, j, k};
    g.spacing_mm = {1.6, 1.6, 5};
    return g;
}

/// A smooth pattern, sampled at the centres of any grid.
Volume pattern(const Geometry& g) {
    Volume v(g);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const Vec3 p = g.point_lps_mm(i, j, k);
                v.at(i, j, k) =
                    static_cast<float>(500 + 200 * std::sin(p[0] / 1.6) + 100 * std::cos(p[1] / 2) +
                                       100 * std::sin(p[2] / 6));
            }
    return v;
}

double rms_inside(const Volume& a, const Volume& b, int rim) {
    double sum = 0, n = 0;
    const auto& s = a.geometry.size;
    for (int k = rim; k < s[2] - rim; ++k)
        for (int j = rim; j < s[1] - rim; ++j)
            for (int i = rim; i < s[0] - rim; ++i) {
                sum += std::pow(
                    static_cast<double>(a.at(i, j, k)) - static_cast<double>(b.at(i, j, k)), 2);
                n += 1;
            }
    return std::sqrt(sum / n);
}

TEST(Baselines, SplineGoesThroughItsSamplesAndFollowsWavesCloserThanCubic) {
    const Volume low = pattern(box(40, 40, 24));
    EXPECT_LT(rms_inside(resample_bspline(low, low.geometry), low, 0), 1e-2);
    const Geometry fine = refine(low.geometry, 1.0);
    const Volume truth = pattern(fine);
    const double spline = rms_inside(resample_bspline(low, fine), truth, 12);
    const double cubic = rms_inside(grid::resample(low, fine, grid::Kernel::Cubic), truth, 12);
    EXPECT_LT(spline, 0.7 * cubic);
}

TEST(Baselines, NonLocalMeansTakesNoiseAwayAndKeepsAnEdge) {
    Volume clean(box(40, 30, 8)), noisy(box(40, 30, 8));
    for (int k = 0; k < 8; ++k)
        for (int j = 0; j < 30; ++j)
            for (int i = 0; i < 40; ++i) {
                clean.at(i, j, k) = i < 20 ? 300 : 600;
                const auto n = random::normals(11, clean.offset(i, j, k));
                noisy.at(i, j, k) = static_cast<float>(
                    std::hypot(static_cast<double>(clean.at(i, j, k)) + 30 * n.a, 30 * n.b));
            }
    const Volume smooth = non_local_means(noisy, 30, 0.7);
    EXPECT_LT(rms_inside(smooth, clean, 2), 0.4 * rms_inside(noisy, clean, 2));
    EXPECT_GT(smooth.at(21, 15, 4) - smooth.at(18, 15, 4), 270);
}

TEST(Baselines, MonotoneMapUndoesAMonotoneCurveAndIsMonotone) {
    const Volume truth = pattern(box(50, 50, 10));
    Volume bent = truth;
    for (float& v : bent.voxels) v = 3 * std::sqrt(std::max(0.0F, v));
    const Mask all(truth.geometry, 1);
    const Volume back = best_monotone_map(bent, truth, all);
    EXPECT_LT(rms_inside(back, truth, 0), 0.02 * rms_inside(bent, truth, 0));
    // Against a falling truth the best that rises is flat: the mean.
    Volume falling = truth;
    for (float& v : falling.voxels) v = 1000 - v;
    const Volume flat = best_monotone_map(truth, falling, all);
    EXPECT_NEAR(flat.at(3, 4, 5), flat.at(30, 20, 2), 1);
}

}  // namespace
}  // namespace iqt::models::train
