// SPDX-License-Identifier: Apache-2.0
#include "models/metrics.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/noise.hpp"
#include "tests/fakes/anatomy_phantom.hpp"

namespace iqt::models {
namespace {

TEST(Metrics, EqualImagesArePerfect) {
    const Volume head = fakes::anatomy_phantom({60, 60, 60});
    const Metrics metrics = compare(head, head);
    EXPECT_EQ(metrics.psnr_db, std::numeric_limits<double>::infinity());
    EXPECT_NEAR(metrics.ssim, 1, 1e-6);
    EXPECT_EQ(metrics.rmse, 0);
    EXPECT_GT(metrics.voxels, 10000U);
}

TEST(Metrics, AConstantErrorHasItsKnownPsnr) {
    const Volume head = fakes::anatomy_phantom({60, 60, 60});
    Volume image = head;
    for (float& value : image.voxels) value += 50;
    const Metrics metrics = compare(head, image);
    EXPECT_NEAR(metrics.rmse, 50, 1e-3);
    EXPECT_NEAR(metrics.peak, grid::percentile(head, 0.995), 1e-9);
    EXPECT_NEAR(metrics.psnr_db, 20 * std::log10(metrics.peak / 50), 1e-6);
    EXPECT_LT(metrics.ssim, 1);
}

TEST(Metrics, OnlyVoxelsAboveFivePercentOfThePeakCount) {
    Geometry g;
    g.size = {40, 40, 40};
    Volume truth(g, 1.0F);  // 1 % of the peak: background
    std::uint64_t bright = 0;
    for (std::size_t v = 0; v < truth.voxels.size(); v += 4, ++bright) truth.voxels[v] = 100;
    Volume image = truth;
    for (std::size_t v = 0; v < image.voxels.size(); ++v)
        if (v % 4 != 0) image.voxels[v] = 500;  // errors in the background only
    const Metrics metrics = compare(truth, image);
    EXPECT_EQ(metrics.voxels, bright);
    EXPECT_EQ(metrics.rmse, 0);
}

TEST(Metrics, MaskedVoxelsDoNotCount) {
    const Volume head = fakes::anatomy_phantom({60, 60, 60});
    Volume image = head;
    Mask known(head.geometry, std::uint8_t{1});
    for (int k = 0; k < 30; ++k)
        for (int j = 0; j < 60; ++j)
            for (int i = 0; i < 60; ++i) {
                image.at(i, j, k) = 0;
                known.at(i, j, k) = 0;
            }
    EXPECT_GT(compare(head, image).rmse, 100);
    EXPECT_EQ(compare(head, image, &known).rmse, 0);
    const Mask nothing(head.geometry);
    EXPECT_EQ(compare(head, image, &nothing).voxels, 0U);
}

TEST(Metrics, SsimOfUniformImagesIsItsLuminanceTerm) {
    Geometry g;
    g.size = {20, 20, 20};
    const Volume truth(g, 100.0F), image(g, 80.0F);
    const double expected = (2 * 1 * 0.8 + 1e-4) / (1 + 0.64 + 1e-4);
    EXPECT_NEAR(compare(truth, image).ssim, expected, 3e-5);
}

TEST(Metrics, SsimOfAnInvertedPatternIsNegative) {
    Geometry g;
    g.size = {30, 30, 30};
    Volume truth(g), image(g);
    for (std::size_t v = 0; v < truth.voxels.size(); ++v) {
        const float wave = (v / 2) % 2 == 0 ? 40.0F : -40.0F;
        truth.voxels[v] = 60 + wave;
        image.voxels[v] = 60 - wave;
    }
    EXPECT_LT(compare(truth, image).ssim, -0.8);
}

TEST(Metrics, AnEmptyTruthGivesNothing) {
    Geometry g;
    g.size = {8, 8, 8};
    EXPECT_EQ(compare(Volume(g), Volume(g)).voxels, 0U);
}

TEST(KnownVoxels, ExactZerosAndTheirNeighboursAreUnknown) {
    Geometry g;
    g.size = {20, 20, 20};
    Volume volume(g, 5.0F);
    for (int k = 0; k < 20; ++k)
        for (int j = 0; j < 20; ++j)
            for (int i = 0; i < 8; ++i) volume.at(i, j, k) = 0;
    Geometry fine = g;
    fine.size = {40, 20, 20};
    fine.spacing_mm[0] = 0.5;
    fine.origin_lps_mm[0] = -0.25;
    const Mask known = known_voxels(volume, fine);
    EXPECT_EQ(known.at(10, 10, 10), 0);
    EXPECT_EQ(known.at(16, 10, 10), 0);  // at 7.75: interpolates a zero
    EXPECT_EQ(known.at(17, 10, 10), 1);  // at 8.25
    EXPECT_EQ(known.at(39, 10, 10), 1);
}

/// A grid of waves of several lengths, bright enough to count everywhere.
Volume waves(int edge) {
    Geometry g;
    g.size = {edge, edge, edge};
    g.spacing_mm = {1, 1, 1};
    Volume v(g);
    for (int k = 0; k < edge; ++k)
        for (int j = 0; j < edge; ++j)
            for (int i = 0; i < edge; ++i)
                v.at(i, j, k) = static_cast<float>(600 + 150 * std::sin(i * 0.9) +
                                                   100 * std::sin(j * 0.3) * std::cos(k * 0.7));
    return v;
}

TEST(Metrics, MultiScaleSsimIsOneForEqualImagesAndFallsWithBlurLessThanSsim) {
    const Volume truth = waves(48);
    const Mask counted = counted_voxels(truth);
    EXPECT_NEAR(multi_scale_ssim(truth, truth, counted), 1, 1e-6);
    const Volume soft = grid::blur(truth, {3, 3, 3}), softer = grid::blur(truth, {5, 5, 5});
    const double once = multi_scale_ssim(truth, soft, counted);
    EXPECT_LT(once, 0.99);
    EXPECT_LT(multi_scale_ssim(truth, softer, counted), once);
    EXPECT_GT(once, compare(truth, soft).ssim);
}

TEST(Metrics, HighFrequencyErrorIsZeroForEqualsAndOneForAnImageWithoutDetail) {
    const Volume truth = waves(40);
    const Mask counted = counted_voxels(truth);
    EXPECT_EQ(high_frequency_error(truth, truth, counted), 0);
    const Volume flat(truth.geometry, 600);
    EXPECT_NEAR(high_frequency_error(truth, flat, counted), 1, 1e-3);
}

TEST(Metrics, PsnrOverAMaskCountsOnlyTheMask) {
    const Volume truth = waves(20);
    Volume image = truth;
    Mask half(truth.geometry);
    for (std::size_t n = 0; n < truth.voxels.size(); ++n) {
        half.voxels[n] = n % 2 == 0 ? 1 : 0;
        image.voxels[n] += n % 2 == 0 ? 10.0F : 300.0F;
    }
    EXPECT_NEAR(psnr_over(truth, image, half), 20 * std::log10(compare(truth, image).peak / 10),
                1e-3);
}

TEST(Metrics, RmseOverAMaskSeesTheMaskOnly) {
    const Volume head = fakes::anatomy_phantom({30, 30, 30});
    Volume image = head;
    Mask left(head.geometry), right(head.geometry);
    for (std::size_t v = 0; v < image.voxels.size(); ++v) {
        image.voxels[v] += v % 2 == 0 ? 3.0F : -7.0F;
        (v % 2 == 0 ? left : right).voxels[v] = 1;
    }
    EXPECT_NEAR(rmse_over(head, image, left), 3, 1e-4);
    EXPECT_NEAR(rmse_over(head, image, right), 7, 1e-4);
    EXPECT_EQ(rmse_over(head, image, Mask(head.geometry)), 0);
}

/// Two volumes of 0 and 1 at the corners, `value` in a cube of 10 voxels, which the mask marks.
struct Cube {
    explicit Cube(float value) : volume(geometry()), mask(geometry()) {
        volume.at(0, 0, 0) = 0;
        volume.at(1, 0, 0) = 1;
        for (int k = 5; k < 15; ++k)
            for (int j = 5; j < 15; ++j)
                for (int i = 5; i < 15; ++i) {
                    volume.at(i, j, k) = value;
                    mask.at(i, j, k) = 1;
                }
    }
    static Geometry geometry() {
        Geometry g;
        g.size = {20, 20, 20};
        return g;
    }
    Volume volume;
    Mask mask;
};

TEST(UlfEncScore, OfEqualImagesIsItsLargestValueWhateverTheirUnits) {
    const Cube truth(0.5F);
    Volume image = truth.volume;
    for (float& v : image.voxels) v = 300 * v + 20;
    const UlfEncScore s = ulf_enc_score(truth.volume, image, truth.mask);
    EXPECT_NEAR(s.ssim, 1, 1e-5);
    EXPECT_NEAR(s.psnr_db, 80, 0.1);
    EXPECT_NEAR(s.score, 0.7 + 0.25 + 0.2, 1e-3);
}

TEST(UlfEncScore, AddsUpItsPartsAndAveragesPsnrVoxelByVoxel) {
    const Cube truth(0.5F);
    Cube image(0.5F);
    for (std::size_t v = 0; v < image.volume.voxels.size(); ++v)
        if (image.mask.voxels[v] != 0) image.volume.voxels[v] = v % 2 == 0 ? 0.6F : 0.501F;
    const UlfEncScore s = ulf_enc_score(truth.volume, image.volume, truth.mask);
    EXPECT_NEAR(s.mae, (0.1 + 0.001) / 2, 1e-5);
    EXPECT_NEAR(s.psnr_db, (20 + 10 * std::log10(1 / (1e-6 + 1e-8))) / 2, 1e-2);
    EXPECT_NEAR(s.nmse, (0.01 + 1e-6) / 2 / 0.25, 1e-5);
    EXPECT_NEAR(s.score,
                0.7 * s.ssim + 0.1 * s.psnr_db / 32 + 0.1 * (1 - s.mae) + 0.1 * (1 - s.nmse), 1e-9);
}

TEST(UlfEncScore, CapsItsSquareErrorAndSeesNothingOutsideTheMask) {
    const Cube truth(0.1F), image(0.9F);
    EXPECT_EQ(ulf_enc_score(truth.volume, image.volume, truth.mask).nmse, 1);
    Volume changed = truth.volume;
    changed.at(2, 2, 2) = 0.7F;
    EXPECT_NEAR(ulf_enc_score(truth.volume, changed, truth.mask).mae, 0, 1e-6);
    EXPECT_EQ(ulf_enc_score(truth.volume, changed, Mask(changed.geometry)).score, 0);
}

}  // namespace
}  // namespace iqt::models
