// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/noise.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/resample.hpp"
#include "tests/fakes/anatomy_phantom.hpp"

namespace iqt::grid {
namespace {

/// The phantom as thick slices with known Rician noise.
Volume scan(double sigma) {
    const Volume head = fakes::anatomy_phantom();
    Geometry native = head.geometry;
    native.spacing_mm = {1.6, 1.6, 5};
    native.size = {93, 106, 30};
    Volume volume = acquire(head, native, {});
    std::mt19937_64 random(11);
    std::normal_distribution<double> normal(0, sigma);
    for (float& voxel : volume.voxels)
        voxel = static_cast<float>(
            std::hypot(static_cast<double>(voxel) + normal(random), normal(random)));
    return volume;
}

/// As a scanner delivers it whose reconstruction clears the air.
Volume masked(Volume volume, double sigma) {
    const Volume smooth = blur(volume, {6, 6, 0});
    for (std::size_t v = 0; v < volume.voxels.size(); ++v)
        if (static_cast<double>(smooth.voxels[v]) < 3 * sigma) volume.voxels[v] = 0;
    return volume;
}

TEST(Noise, SigmaOfAPhantomIsFoundFromItsAir) {
    for (const double snr : {10.0, 18.0, 30.0}) {
        const double sigma = 1000 / snr;
        EXPECT_NEAR(estimate_noise_sd(scan(sigma)) / sigma, 1, 0.03) << snr;
    }
}

TEST(Noise, SigmaIsFoundWithoutAnyAir) {
    for (const double snr : {10.0, 18.0, 30.0}) {
        const double sigma = 1000 / snr;
        EXPECT_NEAR(estimate_noise_sd(masked(scan(sigma), sigma)) / sigma, 1.05, 0.15) << snr;
    }
}

TEST(Noise, InterpolationInPlaneIsRecognised) {
    const double sigma = 1000.0 / 12;
    for (const bool has_air : {true, false}) {
        Volume volume = scan(sigma);
        if (!has_air) volume = masked(volume, sigma);
        Geometry native = volume.geometry;
        native.spacing_mm[2] = 0.8;  // refine leaves the slice axis as it is
        Geometry target = refine(native, 0.8);
        target.spacing_mm[2] = 5;
        target.origin_lps_mm[2] = volume.geometry.origin_lps_mm[2];
        const Volume fine = resample(volume, target, Kernel::Cubic);
        // Cubic interpolation itself takes away part of the noise: about 0.65 to 0.8 remain.
        const double share = estimate_noise_sd(fine) / sigma;
        EXPECT_GT(share, 0.55) << has_air;
        EXPECT_LT(share, 1.05) << has_air;
    }
}

TEST(Noise, SignalInTheAirIsNotTakenForNoise) {
    const double sigma = 40;
    Volume volume = scan(sigma);
    for (float& voxel : volume.voxels) voxel += 120;  // a veil of 3 sigma over all of the image
    EXPECT_NEAR(estimate_noise_sd(volume) / sigma, 1.0, 0.2);
}

TEST(Noise, AConstantVolumeHasNone) {
    Geometry g;
    g.size = {32, 32, 8};
    EXPECT_EQ(estimate_noise_sd(Volume(g, 12.0F)), 0);
    EXPECT_EQ(estimate_noise_sd(Volume(g, 0.0F)), 0);
    EXPECT_EQ(estimate_noise_sd(Volume()), 0);
}

TEST(Noise, UnitsAreThoseOfTheVolume) {
    Volume volume = scan(50);
    const double before = estimate_noise_sd(volume);
    for (float& voxel : volume.voxels) voxel *= 8;
    EXPECT_NEAR(estimate_noise_sd(volume), 8 * before, 1e-3 * before);
}

TEST(Percentile, IsLinearBetweenOrderStatistics) {
    Geometry g;
    g.size = {5, 1, 1};
    Volume volume(g);
    volume.voxels = {40, 0, 30, 10, 20};
    EXPECT_DOUBLE_EQ(percentile(volume, 0), 0);
    EXPECT_DOUBLE_EQ(percentile(volume, 0.5), 20);
    EXPECT_DOUBLE_EQ(percentile(volume, 0.625), 25);
    EXPECT_DOUBLE_EQ(percentile(volume, 1), 40);
    EXPECT_DOUBLE_EQ(percentile(Volume(), 0.5), 0);
}

TEST(Otsu, CutsBetweenTwoPopulations) {
    Geometry g;
    g.size = {100, 100, 2};
    Volume volume(g);
    std::mt19937_64 random(3);
    std::normal_distribution<double> dark(20, 5), bright(200, 20);
    for (std::size_t v = 0; v < volume.voxels.size(); ++v)
        volume.voxels[v] = static_cast<float>(v % 3 == 0 ? bright(random) : dark(random));
    const double threshold = otsu_threshold(volume);
    EXPECT_GT(threshold, 45);
    EXPECT_LT(threshold, 140);
    EXPECT_NEAR(foreground_scale(volume), 200 + 2.576 * 20, 5);
}

TEST(Otsu, AFewSpikesDoNotMoveTheCut) {
    Volume volume = scan(40);
    const double before = otsu_threshold(volume);
    for (std::size_t v = 0; v < 20; ++v) volume.voxels[v * 1000] = 1e6F;
    EXPECT_NEAR(otsu_threshold(volume), before, 0.1 * before);
}

}  // namespace
}  // namespace iqt::grid
