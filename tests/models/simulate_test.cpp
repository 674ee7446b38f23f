// SPDX-License-Identifier: Apache-2.0
#include "models/simulate.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "models/nifti.hpp"
#include "models/reorient.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/separable.hpp"
#include "tests/fakes/anatomy_phantom.hpp"

namespace iqt::models {
namespace {

/// Intensity-weighted centre in the patient.
Vec3 centroid(const Volume& volume, double above) {
    Vec3 sum{};
    double weight = 0;
    const auto& n = volume.geometry.size;
    for (int k = 0; k < n[2]; ++k)
        for (int j = 0; j < n[1]; ++j)
            for (int i = 0; i < n[0]; ++i) {
                const double value = static_cast<double>(volume.at(i, j, k));
                if (value <= above) continue;
                const Vec3 p = volume.geometry.point_lps_mm(i, j, k);
                for (std::size_t c = 0; c < 3; ++c) sum[c] += value * p[c];
                weight += value;
            }
    for (double& c : sum) c /= weight;
    return sum;
}

Volume with_marker(Vec3& marker) {
    Geometry g = fakes::anatomy_phantom({4, 4, 4}).geometry;
    g.size = {90, 100, 80};
    Volume volume(g);
    const int ci = 62, cj = 31, ck = 55;
    for (int k = -5; k <= 5; ++k)
        for (int j = -5; j <= 5; ++j)
            for (int i = -5; i <= 5; ++i)
                if (i * i + j * j + k * k <= 25) volume.at(ci + i, cj + j, ck + k) = 1000;
    marker = g.point_lps_mm(ci, cj, ck);
    return volume;
}

TEST(Simulate, EverySliceAxisKeepsAMarkerWhereItIsInThePatient) {
    Vec3 marker{};
    const Volume head = with_marker(marker);
    for (int axis = 0; axis < 3; ++axis) {
        SimulateOptions options;
        options.slice_axis = axis;
        options.snr = 0;
        const Volume low = simulate(head, options, 1).low_field;
        EXPECT_EQ(low.geometry.spacing_mm, (Vec3{1.6, 1.6, 5}));
        EXPECT_NEAR(
            std::abs(dot(low.geometry.axes[2], head.geometry.axes[static_cast<std::size_t>(axis)])),
            1, 1e-12);
        EXPECT_TRUE(is_right_handed(low.geometry));
        const Vec3 found = centroid(low, 1);
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(found[c], marker[c], 0.25) << axis;
        const Vec3 read_on_screen = centroid(in_reading_order(low), 1);
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(read_on_screen[c], marker[c], 0.25) << axis;
    }
}

TEST(Simulate, ATurnedHeadIsSeenTurnedAndStaysWhereItIsInThePatient) {
    Geometry g;
    g.size = {81, 81, 81};
    Volume head(g);
    for (int k = -4; k <= 4; ++k)
        for (int j = -4; j <= 4; ++j)
            for (int i = -4; i <= 4; ++i)
                if (i * i + j * j + k * k <= 16) head.at(60 + i, 40 + j, 40 + k) = 1000;
    const Volume turned = head_turned(head, {0, 0, 90});  // from the left to posterior
    EXPECT_GT(turned.at(40, 60, 40), 900);
    EXPECT_LT(turned.at(60, 40, 40), 1);
    // About x, then y: the marker on the x axis follows the second turn only.
    EXPECT_GT(head_turned(head, {90, 90, 0}).at(40, 40, 20), 900);
    Vec3 marker{};
    const Volume oblique = with_marker(marker);
    SimulateOptions options;
    options.snr = 0;
    options.rotate_deg = {8, -6, 10};
    const Volume low = simulate(oblique, options, 1).low_field;
    EXPECT_TRUE(is_right_handed(low.geometry));
    EXPECT_LT(std::abs(dot(low.geometry.axes[2], oblique.geometry.axes[2])), 0.99);
    const Vec3 found = centroid(low, 1);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(found[c], marker[c], 0.25);
    for (const float value : low.voxels) ASSERT_GE(value, 0);
}

TEST(Simulate, ATurnWithinLimitsIsDrawnBySeed) {
    const Volume head = fakes::anatomy_phantom({40, 44, 36});
    SimulateOptions options;
    options.snr = 0;
    options.rotate_within_deg = 5;
    const Geometry one = simulate(head, options, 1).low_field.geometry;
    EXPECT_EQ(one, simulate(head, options, 1).low_field.geometry);
    EXPECT_NE(one, simulate(head, options, 2).low_field.geometry);
    for (std::size_t a = 0; a < 3; ++a)
        EXPECT_GT(dot(one.axes[a], head.geometry.axes[a]), std::cos(9 * std::numbers::pi / 180));
}

TEST(Simulate, ShiftsMoveTheGridInPixelsAndSlices) {
    Vec3 marker{};
    const Volume head = with_marker(marker);
    SimulateOptions options;
    options.snr = 0;
    const Geometry centred = simulate(head, options, 1).low_field.geometry;
    options.in_plane_shift = {0.5, -0.25};
    options.grid_shift = 0.2;
    const Volume low = simulate(head, options, 1).low_field;
    const Vec3 at = centred.index(low.geometry.origin_lps_mm);
    EXPECT_NEAR(at[0], 0.5, 1e-9);
    EXPECT_NEAR(at[1], -0.25, 1e-9);
    EXPECT_NEAR(at[2], 0.2, 1e-9);
    const Vec3 found = centroid(low, 1);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(found[c], marker[c], 0.25);
}

TEST(Simulate, NativeGridIsCentredInTheVolumeAndStaysInside) {
    const Volume head = fakes::anatomy_phantom({91, 77, 64});
    const Geometry native = native_grid(head.geometry, 1.6, 5);
    EXPECT_EQ(native.size, (std::array<int, 3>{56, 48, 12}));
    for (std::size_t axis = 0; axis < 3; ++axis) {
        Vec3 low{}, high{};
        for (std::size_t c = 0; c < 3; ++c) low[c] = high[c] = 0;
        low[axis] = -0.5;
        high[axis] = native.size[axis] - 0.5;
        const double first = head.geometry.index(native.point_lps_mm(low[0], low[1], low[2]))[axis];
        const double last =
            head.geometry.index(native.point_lps_mm(high[0], high[1], high[2]))[axis];
        EXPECT_NEAR(first + 0.5, head.geometry.size[axis] - 0.5 - last, 1e-9);
        EXPECT_GE(first, -0.5 - 1e-9);
    }
}

TEST(Simulate, TheSeedDecidesAndThreadsDoNot) {
    const Volume head = fakes::anatomy_phantom();
    SimulateOptions options;
    options.white_matter = 1000;
    grid::set_thread_limit(1);
    const Volume one = simulate(head, options, 42).low_field;
    grid::set_thread_limit(4);
    const Volume four = simulate(head, options, 42).low_field;
    const Volume other = simulate(head, options, 43).low_field;
    grid::set_thread_limit(0);
    EXPECT_EQ(one.voxels, four.voxels);
    EXPECT_NE(one.voxels, other.voxels);
}

TEST(Simulate, NoiseHasTheSigmaThatTheSnrAsksFor) {
    SimulateOptions options;
    options.snr = 16;
    options.white_matter = 800;
    const Simulation simulation = simulate(fakes::anatomy_phantom(), options, 3);
    EXPECT_DOUBLE_EQ(simulation.noise_sd, 50);
    EXPECT_NEAR(grid::estimate_noise_sd(simulation.low_field), 50, 1.5);
}

TEST(RicianNoise, AirHasTheMeanAndSpreadOfARayleighDistribution) {
    Geometry g;
    g.size = {64, 64, 32};
    Volume air(g);
    add_rician_noise(air, 10, 9);
    double sum = 0, squares = 0;
    for (const float value : air.voxels) {
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
    }
    const double count = static_cast<double>(air.voxels.size());
    EXPECT_NEAR(sum / count, 10 * std::sqrt(std::numbers::pi / 2), 0.06);
    EXPECT_NEAR(squares / count, 200, 2);
}

TEST(RicianNoise, BrightTissueHasGaussianNoiseWithTheRicianBias) {
    Geometry g;
    g.size = {64, 64, 32};
    Volume tissue(g, 100.0F);
    add_rician_noise(tissue, 10, 9);
    double sum = 0, squares = 0;
    for (const float value : tissue.voxels) {
        sum += static_cast<double>(value) - 100;
        squares += (static_cast<double>(value) - 100) * (static_cast<double>(value) - 100);
    }
    const double count = static_cast<double>(tissue.voxels.size());
    EXPECT_NEAR(sum / count, 10.0 * 10 / 200, 0.1);  // sigma^2 / (2 A)
    EXPECT_NEAR(std::sqrt(squares / count), 10, 0.1);
}

TEST(RicianNoise, NeighboursAreIndependent) {
    Geometry g;
    g.size = {64, 64, 32};
    Volume tissue(g, 1000.0F);
    add_rician_noise(tissue, 10, 4);
    double product = 0, squares = 0;
    for (std::size_t v = 1; v < tissue.voxels.size(); ++v) {
        const double a = static_cast<double>(tissue.voxels[v]) - 1000.05;
        const double b = static_cast<double>(tissue.voxels[v - 1]) - 1000.05;
        product += a * b;
        squares += a * a;
    }
    EXPECT_NEAR(product / squares, 0, 0.01);
}

TEST(WhiteMatter, IsTheRightClassOfEachContrast) {
    const Volume t1 = fakes::anatomy_phantom();
    EXPECT_NEAR(white_matter_mean(t1, Contrast::T1), 1000, 60);
    Volume t2 = t1;  // the same anatomy with T2's order: fluid brightest, white matter darkest
    for (float& value : t2.voxels)
        value = value == 1000.0F  ? 500.0F
                : value == 700.0F ? 800.0F
                : value == 250.0F ? 1600.0F
                                  : value;
    EXPECT_NEAR(white_matter_mean(t2, Contrast::T2), 500, 60);
    EXPECT_EQ(white_matter_mean(Volume(), Contrast::T1), 0);
}

TEST(Reorient, IsUndoneByItsInverse) {
    const Volume head = fakes::anatomy_phantom({20, 24, 28});
    const Volume turned =
        reorient(head, {2, 0, 1}, {Direction::Flipped, Direction::Kept, Direction::Flipped});
    EXPECT_EQ(turned.geometry.size, (std::array<int, 3>{28, 20, 24}));
    const Volume back =
        reorient(turned, {1, 2, 0}, {Direction::Kept, Direction::Flipped, Direction::Flipped});
    EXPECT_EQ(back.voxels, head.voxels);
    for (std::size_t c = 0; c < 3; ++c)
        EXPECT_NEAR(back.geometry.origin_lps_mm[c], head.geometry.origin_lps_mm[c], 1e-9);
}

TEST(ReadingOrder, RowsAndColumnsRunAsOnScreen) {
    const Volume head = fakes::anatomy_phantom({20, 24, 28});  // RAS
    const auto axes = [&](int axis) {
        return in_reading_order(with_slices_along_k(head, axis)).geometry.axes;
    };
    EXPECT_EQ(axes(2), (std::array<Vec3, 3>{Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}}));
    EXPECT_EQ(axes(0), (std::array<Vec3, 3>{Vec3{0, 1, 0}, Vec3{0, 0, -1}, Vec3{-1, 0, 0}}));
    EXPECT_EQ(axes(1), (std::array<Vec3, 3>{Vec3{1, 0, 0}, Vec3{0, 0, -1}, Vec3{0, 1, 0}}));
}

TEST(NoiseEstimate, HoldsOnRealAnatomy) {
    const auto data = fakes::shared_data();
    if (!data) GTEST_SKIP() << "no shared MRI data: set IQT_SHARED_DATA";
    struct Case {
        const char* file;
        Contrast contrast;
    };
    for (const Case& c : {Case{"philips_T1_1mm.nii.gz", Contrast::T1},
                          Case{"M2265_T2_1mm_stroke.nii.gz", Contrast::T2},
                          Case{"py_synthsr_FLAIR_1mm.nii.gz", Contrast::Flair}}) {
        const auto head = nifti::read(*data / "validation" / c.file);
        ASSERT_TRUE(head) << to_string(head.error());
        SimulateOptions options;
        options.slice_axis = axis_along(head->geometry, 2);
        options.white_matter = white_matter_mean(*head, c.contrast);
        for (const double snr : {10.0, 18.0, 30.0}) {
            options.snr = snr;
            const Simulation simulation = simulate(*head, options, 1);
            const double share =
                grid::estimate_noise_sd(simulation.low_field) / simulation.noise_sd;
            EXPECT_NEAR(share, 1, 0.01) << c.file << " at SNR " << snr;
        }
    }
}

}  // namespace
}  // namespace iqt::models
