// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/resample.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "pipeline/grid/separable.hpp"

namespace iqt::grid {
namespace {

/// A thick-slice grid with oblique axes and an off-centre origin.
Geometry oblique(std::array<int, 3> size = {17, 13, 9}) {
    Geometry g;
    g.size = size;
    g.spacing_mm = {1.6, 1.5, 5.0};
    g.origin_lps_mm = {-31.5, 12.25, -40};
    const double c = std::cos(0.3), s = std::sin(0.3);
    g.axes = {Vec3{c, s, 0}, Vec3{-s, c, 0}, Vec3{0, 0, 1}};
    return g;
}

/// a + b.x in patient millimetres: what interpolation must reproduce wherever the grid lies.
double ramp(const Vec3& p) {
    return 100 + 1.5 * p[0] - 0.75 * p[1] + 0.5 * p[2];
}

Volume ramp_on(const Geometry& g) {
    Volume volume(g);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i)
                volume.at(i, j, k) = static_cast<float>(ramp(g.point_lps_mm(i, j, k)));
    return volume;
}

/// True where all taps of a cubic kernel lie inside the source.
bool is_interior(const Geometry& source, const Vec3& point) {
    const Vec3 at = source.index(point);
    for (std::size_t axis = 0; axis < 3; ++axis)
        if (at[axis] < 1 || at[axis] > source.size[axis] - 2) return false;
    return true;
}

void expect_ramp(const Volume& result, const Geometry& source) {
    int interior = 0;
    const auto& n = result.geometry.size;
    for (int k = 0; k < n[2]; ++k)
        for (int j = 0; j < n[1]; ++j)
            for (int i = 0; i < n[0]; ++i) {
                const Vec3 p = result.geometry.point_lps_mm(i, j, k);
                if (!is_interior(source, p)) continue;
                ++interior;
                ASSERT_NEAR(static_cast<double>(result.at(i, j, k)), ramp(p), 2e-4)
                    << i << ' ' << j << ' ' << k;
            }
    EXPECT_GT(interior, 1000);
}

TEST(Resample, RefinedVolumeHasTheSourcesEdgesInThePatient) {
    const Geometry source = oblique();
    const Geometry fine = resample(ramp_on(source), refine(source, 1.0), Kernel::Cubic).geometry;
    for (const double corner : {0.0, 1.0}) {
        Vec3 a{}, b{};
        for (std::size_t axis = 0; axis < 3; ++axis) {
            a[axis] = corner * source.size[axis] - 0.5;
            b[axis] = corner * fine.size[axis] - 0.5;
        }
        const Vec3 p = source.point_lps_mm(a[0], a[1], a[2]),
                   q = fine.point_lps_mm(b[0], b[1], b[2]);
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(p[c], q[c], 1e-9);
    }
    EXPECT_EQ(fine.size, (std::array<int, 3>{28, 20, 45}));
}

TEST(Resample, LinearRampsAreExactInTheInterior) {
    const Geometry source = oblique();
    const Volume volume = ramp_on(source);
    for (const Kernel kernel : {Kernel::Linear, Kernel::Cubic})
        expect_ramp(resample(volume, refine(source, 1.0), kernel), source);
}

TEST(Resample, SameGridIsTheIdentityForEveryKernel) {
    Volume volume = ramp_on(oblique());
    volume.at(3, 4, 5) = -17.25F;
    for (const Kernel kernel : {Kernel::Nearest, Kernel::Linear, Kernel::Cubic}) {
        EXPECT_EQ(resample(volume, volume.geometry, kernel).voxels, volume.voxels);
        EXPECT_EQ(resample_free(volume, volume.geometry, kernel).voxels, volume.voxels);
    }
}

TEST(Resample, CubicReproducesAQuadraticAndLinearDoesNot) {
    Geometry g;
    g.size = {12, 4, 4};
    Volume volume(g);
    for (std::size_t v = 0; v < volume.voxels.size(); ++v) {
        const auto i = static_cast<float>(v % 12);
        volume.voxels[v] = i * i;
    }
    const Volume fine = resample(volume, refine(g, 0.5), Kernel::Cubic);
    const Volume straight = resample(volume, refine(g, 0.5), Kernel::Linear);
    const double x = fine.geometry.point_lps_mm(10, 0, 0)[0];
    EXPECT_NEAR(static_cast<double>(fine.at(10, 4, 4)), x * x, 1e-4);
    EXPECT_GT(static_cast<double>(straight.at(10, 4, 4)), x * x + 0.1);
}

TEST(Resample, BeyondTheOuterCentresTheEdgeVoxelRepeats) {
    Geometry g;
    g.size = {4, 4, 4};
    Volume volume(g, 5.0F);
    const Volume fine = resample(volume, refine(g, 0.25), Kernel::Cubic);
    for (const float value : fine.voxels) EXPECT_FLOAT_EQ(value, 5.0F);
}

TEST(Resample, ThreadCountChangesNoBit) {
    const Volume volume = ramp_on(oblique({61, 53, 31}));
    const Geometry target = refine(volume.geometry, 0.7);
    set_thread_limit(1);
    const Volume one = resample(volume, target, Kernel::Cubic);
    set_thread_limit(5);
    const Volume five = resample(volume, target, Kernel::Cubic);
    set_thread_limit(0);
    EXPECT_EQ(one.voxels, five.voxels);
}

TEST(ResampleFree, TurnedAxesReproduceARampAndAreZeroOutside) {
    const Geometry source = oblique();
    Geometry target;
    target.size = {40, 40, 40};
    target.spacing_mm = {1.1, 1.1, 1.3};
    target.axes = {Vec3{0, 1, 0}, Vec3{0, 0, 1}, Vec3{1, 0, 0}};
    target.origin_lps_mm = {-40, 5, -45};
    const Volume result = resample_free(ramp_on(source), target, Kernel::Cubic);
    expect_ramp(result, source);
    int outside = 0;
    for (int k = 0; k < 40; ++k) {
        const Vec3 at = source.index(target.point_lps_mm(0, 0, k));
        if (at[2] > -0.51) continue;
        ++outside;
        EXPECT_EQ(result.at(0, 0, k), 0.0F);
    }
    EXPECT_GT(outside, 10);
}

TEST(ResampleFree, EqualAxesOnAShiftedGridAreZeroOutsideToo) {
    const Geometry source = oblique();
    Geometry target = source;
    target.origin_lps_mm = source.point_lps_mm(-3, 0, 0);
    const Volume result = resample_free(ramp_on(source), target, Kernel::Linear);
    EXPECT_EQ(result.at(0, 5, 5), 0.0F);
    EXPECT_EQ(result.at(2, 5, 5), 0.0F);
    EXPECT_NEAR(static_cast<double>(result.at(3, 5, 5)), ramp(source.point_lps_mm(0, 5, 5)), 1e-4);
}

TEST(ParallelFor, EveryItemIsVisitedOnceWhateverTheThreads) {
    for (const int threads : {1, 2, 7}) {
        set_thread_limit(threads);
        std::vector<int> visits(1003, 0);
        parallel_for(visits.size(), 10, [&](std::size_t begin, std::size_t end) {
            for (std::size_t n = begin; n < end; ++n) ++visits[n];
        });
        EXPECT_EQ(visits, std::vector<int>(1003, 1)) << threads;
    }
    set_thread_limit(0);
}

}  // namespace
}  // namespace iqt::grid
