// SPDX-License-Identifier: Apache-2.0
#include "models/kspace.hpp"

#include <cmath>
#include <complex>
#include <numbers>

#include <gtest/gtest.h>

#include "models/simulate.hpp"

namespace iqt::models {
namespace {

Geometry slab(int columns, int rows, int slices) {
    Geometry g;
    g.size = {columns, rows, slices};
    g.spacing_mm = {1.6, 1.6, 5};
    return g;
}

/// A bright smooth blob on a bright ground: its magnitude never touches zero.
Volume blob(const Geometry& g) {
    Volume v(g);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const double x = i - 0.4 * g.size[0], y = j - 0.55 * g.size[1];
                v.at(i, j, k) = static_cast<float>(500 + 400 * std::exp(-(x * x + y * y) / 18) +
                                                   60 * ((i * 7 + j * 3) % 5));
            }
    return v;
}

/// Share of the power of row `j` at `cycles` over the field of view.
double amplitude(const Volume& v, int j, int cycles) {
    std::complex<double> sum = 0;
    const int n = v.geometry.size[0];
    for (int i = 0; i < n; ++i)
        sum += static_cast<double>(v.at(i, j, 0)) *
               std::polar(1.0, -2 * std::numbers::pi * cycles * (i + 0.5) / n);
    return std::abs(sum) / n;
}

double difference(const Volume& a, const Volume& b) {
    double largest = 0;
    for (std::size_t n = 0; n < a.voxels.size(); ++n)
        largest = std::max(
            largest, std::abs(static_cast<double>(a.voxels[n]) - static_cast<double>(b.voxels[n])));
    return largest;
}

TEST(Kspace, NothingAskedForReturnsTheImage) {
    const Volume image = blob(slab(20, 23, 2));
    EXPECT_LT(difference(through_kspace(image, {}, 0, 1), image), 1e-3);
}

TEST(Kspace, ZeroFillingKeepsEdgesAndAddsNoFrequencyBeyondTheAcquiredBand) {
    const Volume image = blob(slab(20, 24, 2));
    Artefacts how;
    how.output_in_plane_mm = 0.8;
    const Volume fine = through_kspace(image, how, 0, 1);
    EXPECT_EQ(fine.geometry.size, (std::array<int, 3>{40, 48, 2}));
    const Vec3 edge = image.geometry.point_lps_mm(-0.5, -0.5, 0);
    const Vec3 fine_edge = fine.geometry.point_lps_mm(-0.5, -0.5, 0);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(edge[c], fine_edge[c], 1e-9);
    for (int cycles = 1; cycles < 10; ++cycles) {
        EXPECT_GT(amplitude(fine, 24, cycles), 1e-2) << cycles;
    }
    for (int cycles = 11; cycles <= 20; ++cycles) {
        EXPECT_LT(amplitude(fine, 24, cycles), 1e-4) << cycles;
    }
}

TEST(Kspace, GhostStandsHalfAFieldAwayWithTheGivenStrength) {
    Volume image(slab(16, 32, 1));
    image.at(5, 6, 0) = 1000;
    Artefacts how;
    how.ghost = 0.2;
    const Volume ghosted = through_kspace(image, how, 0, 1);
    EXPECT_NEAR(ghosted.at(5, 6, 0), 1000, 1e-2);
    EXPECT_NEAR(ghosted.at(5, 22, 0), 200, 1e-2);
    EXPECT_NEAR(ghosted.at(5, 14, 0), 0, 1e-2);
}

TEST(Kspace, FilterScalesAWaveByItsValueThere) {
    const Geometry g = slab(32, 8, 1);
    Volume wave(g);
    for (int j = 0; j < 8; ++j)
        for (int i = 0; i < 32; ++i)
            wave.at(i, j, 0) =
                static_cast<float>(1000 + 100 * std::cos(2 * std::numbers::pi * 8 * i / 32));
    Artefacts how;
    how.mtf_at_nyquist = 0.4;
    // Half the highest frequency: 1 - 0.6 * (1 - cos(pi / 2)) / 2.
    EXPECT_NEAR(amplitude(through_kspace(wave, how, 0, 1), 3, 8) / amplitude(wave, 3, 8), 0.7,
                1e-3);
}

TEST(Kspace, SpikeAddsOneWaveOfTheGivenStrength) {
    Volume image(slab(16, 16, 1), 1000);
    Artefacts how;
    how.spike = 0.1;
    const Volume spiked = through_kspace(image, how, 0, 3);
    double mean = 0, square = 0;
    for (const float v : spiked.voxels) mean += static_cast<double>(v) / 256;
    for (const float v : spiked.voxels) square += std::pow(static_cast<double>(v) - mean, 2) / 256;
    // A complex wave of amplitude 100 on 1000: its real part moves the magnitude by 100 / sqrt 2.
    EXPECT_NEAR(std::sqrt(square), 100 / std::sqrt(2.0), 8);
}

TEST(Kspace, ZipperStaysInOneColumn) {
    const Volume image(slab(24, 20, 2), 500);
    Artefacts how;
    how.zipper = 0.5;
    const Volume zipped = through_kspace(image, how, 0, 5);
    int touched = 0;
    for (int i = 0; i < 24; ++i) {
        double largest = 0;
        for (int j = 0; j < 20; ++j)
            largest = std::max(largest, std::abs(static_cast<double>(zipped.at(i, j, 1)) - 500));
        if (largest > 1) ++touched;
    }
    EXPECT_EQ(touched, 1);
}

TEST(Kspace, NoiseInAirIsRayleighAndTheFilterLeavesItsShare) {
    const Volume air(slab(64, 64, 8));
    for (const double mtf : {1.0, 0.3}) {
        Artefacts how;
        how.mtf_at_nyquist = mtf;
        const Volume noisy = through_kspace(air, how, 10, 7);
        double mean = 0, square = 0;
        for (const float v : noisy.voxels) {
            mean += static_cast<double>(v);
            square += static_cast<double>(v) * static_cast<double>(v);
        }
        mean /= static_cast<double>(noisy.voxels.size());
        square /= static_cast<double>(noisy.voxels.size());
        const double sigma = 10 * noise_share(how, 64, 64);
        EXPECT_NEAR(square, 2 * sigma * sigma, 0.03 * 2 * sigma * sigma) << mtf;
        EXPECT_NEAR(mean, sigma * std::sqrt(std::numbers::pi / 2), 0.02 * sigma * 1.25) << mtf;
    }
}

TEST(Kspace, SlicesMoveByTheGivenSpreadEachOnItsOwn) {
    const Geometry g = slab(60, 60, 200);
    Volume spots(g);
    for (int k = 0; k < 200; ++k)
        for (int j = -4; j <= 4; ++j)
            for (int i = -4; i <= 4; ++i)
                spots.at(30 + i, 30 + j, k) =
                    static_cast<float>(1000 * std::exp(-(i * i + j * j) / 6.0));
    Artefacts how;
    how.motion_mm = 2;
    const Volume moved = move_slices(spots, how, 9);
    double square = 0, neighbours = 0, before = 0;
    for (int k = 0; k < 200; ++k) {
        double sum = 0, at = 0;
        for (int j = 0; j < 60; ++j)
            for (int i = 0; i < 60; ++i) {
                sum += static_cast<double>(moved.at(i, j, k));
                at += i * static_cast<double>(moved.at(i, j, k));
            }
        const double shift_mm = (at / sum - 30) * 1.6;
        square += shift_mm * shift_mm / 200;
        neighbours += shift_mm * before / 200;
        before = shift_mm;
    }
    EXPECT_NEAR(std::sqrt(square), 2, 0.25);
    EXPECT_LT(std::abs(neighbours), 1);
}

TEST(Kspace, TheSameSeedGivesTheSameSeriesAndAnotherSeedAnother) {
    const Volume image = blob(slab(24, 20, 3));
    Artefacts how{0.8, 0.7, 0.05, 0.02, 0.3, 1, 2};
    const auto make = [&](std::uint64_t seed) {
        return through_kspace(move_slices(image, how, seed), how, 20, seed);
    };
    EXPECT_EQ(make(4).voxels, make(4).voxels);
    EXPECT_NE(make(4).voxels, make(5).voxels);
}

}  // namespace
}  // namespace iqt::models
