// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/consistency.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "pipeline/grid/forward_model.hpp"

namespace iqt::grid {
namespace {

constexpr double kNoise = 10;

/// A bright block seen by a scanner: what was there, and the noisy thick slices of it.
struct Scan {
    explicit Scan(double pixel_mm = 1.6) {
        Geometry fine;
        fine.size = {64, 64, 60};
        truth = Volume(fine, 200.0F);
        native.spacing_mm = {pixel_mm, pixel_mm, 5};
        native.size = {static_cast<int>(64 / pixel_mm), static_cast<int>(64 / pixel_mm), 12};
        native.origin_lps_mm = {(pixel_mm - 1) / 2, (pixel_mm - 1) / 2, 2};
        source = acquire(truth, native, {});
        std::mt19937 random(7);
        std::normal_distribution<float> normal(0, kNoise);
        for (float& v : source.voxels) v += normal(random);
    }
    /// The truth with a ball in the middle of slice 6 that was never acquired.
    Volume with_ball(float step, double radius_mm) const {
        Volume out = truth;
        for (int k = 0; k < 60; ++k)
            for (int j = 0; j < 64; ++j)
                for (int i = 0; i < 64; ++i)
                    if (std::hypot(i - 32, j - 32, k - 32) < radius_mm) out.at(i, j, k) += step;
        return out;
    }
    std::size_t middle() const { return source.offset(native.size[0] / 2, native.size[1] / 2, 6); }
    Volume truth, source;
    Geometry native;
};

double share_above(const Volume& volume, float level) {
    return static_cast<double>(std::count_if(volume.voxels.begin(), volume.voxels.end(),
                                             [&](float v) { return v > level; })) /
           static_cast<double>(volume.voxels.size());
}

TEST(Consistency, AFaintWideChangeStandsOutOverPatchesBeforeItDoesInAVoxel) {
    const Scan scan;
    const Consistency c = consistency_of(scan.source, scan.with_ball(25, 6), kNoise);
    EXPECT_GT(c.patch.voxels[scan.middle()], 4.5F);
    EXPECT_LT(c.voxel.voxels[scan.middle()], 4.0F);
    EXPECT_LT(share_above(c.patch, 4), 0.01) << "only there";
}

TEST(Consistency, AFaithfulImageIsAsFarOffAsTheNoise) {
    const Scan scan;
    const Consistency c = consistency_of(scan.source, scan.truth, kNoise);
    EXPECT_NEAR(share_above(c.voxel, 1), 0.317, 0.02);
    EXPECT_LT(share_above(c.patch, 4), 1e-3);
}

TEST(Consistency, NoiseThatIsCorrelatedWithinTheSliceIsNotTakenForAChange) {
    Scan scan(0.8);
    scan.source = blur(scan.source, {2, 2, 0});
    const Consistency c = consistency_of(scan.source, scan.truth, kNoise / 3);
    EXPECT_LT(share_above(c.patch, 4), 2e-3);
}

/// The same with air beyond 38 mm: a magnitude image never falls to the zero that is there.
Scan beside_air() {
    Scan scan;
    for (int k = 0; k < 60; ++k)
        for (int j = 0; j < 64; ++j)
            for (int i = 38; i < 64; ++i) scan.truth.at(i, j, k) = 0;
    scan.source = acquire(scan.truth, scan.native, {});
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0, kNoise);
    for (float& v : scan.source.voxels) v = std::hypot(v + normal(random), normal(random));
    return scan;
}

TEST(Consistency, AirUnderTheNoiseFloorOfAMagnitudeImageIsNoContradiction) {
    const Scan scan = beside_air();
    const Consistency c = consistency_of(scan.source, scan.truth, kNoise);
    EXPECT_LT(share_above(c.patch, 4), 1e-3);
    EXPECT_LT(share_above(c.voxel, 4), 1e-3);
}

TEST(Consistency, AirThatTheScannerSetToZeroIsNoContradictionEither) {
    Scan scan = beside_air();
    for (float& v : scan.source.voxels)
        if (v < 100) v = 0;
    const Consistency c = consistency_of(scan.source, scan.truth, kNoise);
    EXPECT_LT(share_above(c.patch, 4), 1e-3);
}

TEST(Consistency, AStructureInventedInTheAirStillStandsOut) {
    const Scan scan = beside_air();
    Volume invented = scan.truth;
    for (int k = 20; k < 40; ++k)
        for (int j = 28; j < 36; ++j)
            for (int i = 46; i < 54; ++i) invented.at(i, j, k) = 50;
    const Consistency c = consistency_of(scan.source, invented, kNoise);
    EXPECT_GT(c.patch.voxels[scan.source.offset(31, 20, 6)], 4.5F);
}

TEST(Consistency, WithoutNoiseThereIsNothingToMeasureBy) {
    const Scan scan;
    EXPECT_TRUE(consistency_of(scan.source, scan.truth, 0).voxel.voxels.empty());
}

}  // namespace
}  // namespace iqt::grid
