// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/forward_model.hpp"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "pipeline/grid/resample.hpp"
#include "pipeline/grid/separable.hpp"
#include "tests/fakes/anatomy_phantom.hpp"

namespace iqt::grid {
namespace {

double mean(const Volume& volume) {
    return std::accumulate(volume.voxels.begin(), volume.voxels.end(), 0.0) /
           static_cast<double>(volume.voxels.size());
}

TEST(Blur, KeepsTheMeanOfAnObjectAwayFromTheEdge) {
    Geometry g;
    g.size = {60, 60, 60};
    Volume volume(g);
    for (int k = 25; k < 35; ++k)
        for (int j = 25; j < 35; ++j)
            for (int i = 25; i < 35; ++i) volume.at(i, j, k) = 100;
    const Volume blurred = blur(volume, {4, 3, 5});
    EXPECT_NEAR(mean(blurred), mean(volume), 1e-5);
    EXPECT_LT(blurred.at(30, 30, 30), 99.9F);
    EXPECT_GT(blurred.at(36, 30, 30), 1.0F);
}

TEST(Blur, APointSpreadsToHalfItsHeightAtHalfTheGivenWidth) {
    Geometry g;
    g.size = {41, 5, 5};
    g.spacing_mm = {0.5, 0.5, 0.5};
    Volume volume(g);
    volume.at(20, 2, 2) = 1;
    const Volume blurred = blur(volume, {6, 0, 0});
    EXPECT_NEAR(static_cast<double>(blurred.at(26, 2, 2) / blurred.at(20, 2, 2)), 0.5, 1e-4);
    EXPECT_EQ(blurred.at(20, 1, 2), 0.0F);
}

TEST(Blur, ZeroWidthChangesNothing) {
    const Volume volume = fakes::anatomy_phantom({20, 20, 20});
    EXPECT_EQ(blur(volume, {0, 0, 0}).voxels, volume.voxels);
}

TEST(Acquire, AConstantStaysConstantOnTheRefinedGrid) {
    Geometry native;
    native.size = {20, 18, 9};
    native.spacing_mm = {1.6, 1.6, 5};
    const Volume fine(refine(native, 1.0), 730.0F);
    const Volume acquired = acquire(fine, native, {});
    EXPECT_EQ(acquired.geometry, native);
    for (const float value : acquired.voxels) EXPECT_NEAR(static_cast<double>(value), 730, 1e-3);
}

TEST(Acquire, EqualsBlurFollowedByLinearSampling) {
    const Volume fine = fakes::anatomy_phantom({60, 64, 60});
    Geometry native = fine.geometry;
    native.spacing_mm = {1.6, 1.6, 5};
    native.size = {37, 40, 12};
    const Vec3 centre = fine.geometry.point_lps_mm(29.5, 31.5, 29.5);
    const Vec3 off = native.point_lps_mm(18, 19.5, 5.5);
    for (std::size_t c = 0; c < 3; ++c) native.origin_lps_mm[c] += centre[c] - off[c];
    const Volume direct = acquire(fine, native, {{1.0, 1.1, 0.9}});
    const Volume two_steps = resample(blur(fine, {1.6, 1.76, 4.5}), native, Kernel::Linear);
    for (std::size_t v = 0; v < direct.voxels.size(); ++v)
        ASSERT_NEAR(static_cast<double>(direct.voxels[v]), static_cast<double>(two_steps.voxels[v]),
                    0.01);
}

TEST(Acquire, ThickSlicesAverageAcrossTheSliceProfile) {
    Geometry native;
    native.size = {8, 8, 12};
    native.spacing_mm = {2, 2, 5};
    Volume fine(refine(native, 1.0));
    for (int j = 0; j < fine.geometry.size[1]; ++j)
        for (int i = 0; i < fine.geometry.size[0]; ++i) fine.at(i, j, 32) = 100;  // one 1 mm sheet
    const Volume acquired = acquire(fine, native, {});
    // Slice 6 is centred on the sheet (fine 32 = native 6): the peak of a Gaussian of FWHM 5 mm.
    EXPECT_NEAR(static_cast<double>(acquired.at(4, 4, 6)), 100 * 0.9394 / 5, 0.1);
    EXPECT_NEAR(static_cast<double>(acquired.at(4, 4, 5) / acquired.at(4, 4, 6)), 1.0 / 16, 1e-3);
    EXPECT_NEAR(static_cast<double>(acquired.at(4, 4, 2)), 0, 1e-4);
}

TEST(Acquire, ThreadCountChangesNoBit) {
    const Volume fine = fakes::anatomy_phantom({70, 70, 70});
    Geometry native = fine.geometry;
    native.spacing_mm = {1.6, 1.6, 5};
    native.size = {43, 43, 14};
    set_thread_limit(1);
    const Volume one = acquire(fine, native, {});
    set_thread_limit(6);
    const Volume six = acquire(fine, native, {});
    set_thread_limit(0);
    EXPECT_EQ(one.voxels, six.voxels);
}

}  // namespace
}  // namespace iqt::grid
