// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/derive.hpp"

#include <gtest/gtest.h>

#include "pipeline/stages/assess.hpp"
#include "tests/fakes/cubic_like_enhancer.hpp"
#include "tests/fakes/head_phantom.hpp"

namespace iqt::stages {
namespace {

TEST(StoredGain, IsTheSmallestPowerOfTwoThatPutsTheBrightAt1024) {
    const auto gain_of = [](float value) {
        return stored_gain(Volume(Geometry{.size = {10, 10, 10}}, value));
    };
    EXPECT_EQ(gain_of(1024), 1);
    EXPECT_EQ(gain_of(30000), 1);
    EXPECT_EQ(gain_of(1023), 2);
    EXPECT_EQ(gain_of(100), 16);
    EXPECT_EQ(gain_of(1), 1024);
    EXPECT_EQ(gain_of(0), 1);
}

TEST(StoredGain, NeverPushesTheMaximumOverSixteenBits) {
    Volume volume(Geometry{.size = {100, 100, 1}}, 10.0F);
    volume.voxels.front() = 60000;  // one hot voxel beyond the 99.9 percentile
    EXPECT_EQ(stored_gain(volume), 1);
}

TEST(ToStored, RoundsClipsAndCounts) {
    Volume volume(Geometry{.size = {4, 1, 1}});
    volume.voxels = {-3.0F, 1.26F, 70000.0F, 2.0F};
    const StoredPixels stored = to_stored(volume, 2, {100, 50});
    EXPECT_EQ(stored.grid.voxels, (std::vector<std::uint16_t>{0, 3, 65535, 4}));
    EXPECT_EQ(stored.clipped_voxels, 2U);
    EXPECT_EQ(stored.window.center, 200);
    EXPECT_EQ(stored.window.width, 100);
}

TEST(DisplayWindow, IsTheSourcesOwnWhereItHasOne) {
    SourceSeries source = fakes::eligible_series(fakes::head_phantom({20, 20, 9}, {2, 2, 5}, 5));
    const Window robust = display_window(source);
    EXPECT_GT(robust.width, 100);
    source.window = Window{321, 654};
    EXPECT_EQ(display_window(source).center, 321);
}

TEST(Derive, GivesOneWarningPageForEachEnhancedSliceAndTheInputOnDemand) {
    const SourceSeries source =
        fakes::eligible_series(fakes::head_phantom({40, 44, 9}, {2, 2, 5}, 10));
    fakes::CubicLikeEnhancer enhancer;
    const auto enhancement = enhancer.enhance(*source.volume, {});
    const Assessment found = assess(*source.volume, *enhancement);
    const auto plain = derive(source, *enhancement, found, {OutputKind::Enhanced}, 1);
    EXPECT_EQ(plain.warning.size(), 45U);  // never without its warning maps
    EXPECT_FALSE(plain.input_on_grid.has_value());
    const auto more =
        derive(source, *enhancement, found,
               {OutputKind::Warning, OutputKind::Enhanced, OutputKind::InputOnGrid}, 1);
    ASSERT_TRUE(more.input_on_grid.has_value());
    EXPECT_EQ(more.input_on_grid->gain, more.enhanced->gain);
    EXPECT_EQ(more.input_on_grid->window.center, more.enhanced->window.center);
    EXPECT_EQ(more.enhanced->grid.geometry, refine(source.volume->geometry, 1.0));
}

TEST(Derive, DrawsTheSummaryOnDemandFromWhatWasFound) {
    const SourceSeries source =
        fakes::eligible_series(fakes::head_phantom({40, 44, 9}, {2, 2, 5}, 10));
    fakes::CubicLikeEnhancer enhancer;
    const auto enhancement = enhancer.enhance(*source.volume, {});
    Assessment found = assess(*source.volume, *enhancement);
    const auto summary_of = [&](const Assessment& assessment) {
        return derive(source, *enhancement, assessment, {OutputKind::Summary}, 1).summary;
    };
    EXPECT_FALSE(derive(source, *enhancement, found, {OutputKind::Enhanced}, 1).summary);
    const auto plain = summary_of(found);
    ASSERT_TRUE(plain.has_value());
    EXPECT_EQ(plain->pixels, summary_of(found)->pixels);
    found.inconsistent_ml += 12.3;
    const auto flagged = summary_of(found);
    EXPECT_NE(flagged->pixels, plain->pixels);
    found.input_qa = InputQa{};
    found.input_qa->findings.push_back({false, "LOW SNR", "The signal is low."});
    const auto noted = summary_of(found);
    EXPECT_NE(noted->pixels, flagged->pixels);
    found.input_qa->verdict = QaVerdict::Decline;
    EXPECT_NE(summary_of(found)->pixels, noted->pixels) << "the verdict itself is told";
}

TEST(Derive, GivesDeviationsAndWarningClassesOnDemandOnly) {
    const SourceSeries source =
        fakes::eligible_series(fakes::head_phantom({40, 44, 9}, {2, 2, 5}, 10));
    fakes::CubicLikeEnhancer enhancer;
    auto enhancement = enhancer.enhance(*source.volume, {});
    const Assessment found = assess(*source.volume, *enhancement);
    const std::vector<OutputKind> all{OutputKind::Uncertainty, OutputKind::Flags,
                                      OutputKind::Report};
    const auto plain = derive(source, *enhancement, found, {OutputKind::Enhanced}, 1);
    EXPECT_FALSE(plain.uncertainty || plain.flags || plain.report);
    EXPECT_TRUE(plain.classes.empty());
    const auto without = derive(source, *enhancement, found, all, 1);
    EXPECT_FALSE(without.uncertainty.has_value()) << "the model has none: left out";
    EXPECT_TRUE(without.flags && without.report);
    ASSERT_EQ(without.classes.size(), 4U);
    EXPECT_FALSE(without.classes[0].checked);
    EXPECT_FALSE(without.classes[1].checked);
    EXPECT_EQ(without.classes[2].volume_ml, found.inconsistent_ml);
    using Rgb = std::array<std::uint8_t, 3>;
    EXPECT_EQ(without.classes[0].rgb, (Rgb{0xE6, 0x9F, 0x00})) << "orange";
    EXPECT_EQ(without.classes[1].rgb, (Rgb{0x56, 0xB4, 0xE9})) << "sky blue";
    EXPECT_EQ(without.classes[2].rgb, (Rgb{0xD5, 0x5E, 0x00})) << "vermillion";
    EXPECT_EQ(without.classes[3].rgb, (Rgb{0xA0, 0xA0, 0xA0})) << "grey: hatched, no outline";
    const std::array bits{kUncertain, kUnfamiliar, kInconsistent, kNotAssessed};
    for (std::size_t n = 0; n < bits.size(); ++n) EXPECT_EQ(without.classes[n].bit, bits[n]) << n;
    const Geometry& grid = enhancement->mean.geometry;
    EXPECT_NEAR(without.classes[3].volume_ml + found.assessed_ml,
                static_cast<double>(grid.voxel_count()) * grid.spacing_mm[0] * grid.spacing_mm[1] *
                    grid.spacing_mm[2] / 1000,
                1e-6);
    enhancement->total_sd = Volume(grid, 3.0F);
    enhancement->intrinsic_sd = Volume(grid, 2.0F);
    enhancement->parameter_sd = Volume(grid, 1.0F);
    const auto with = derive(source, *enhancement, found, all, 1);
    ASSERT_TRUE(with.uncertainty.has_value());
    EXPECT_EQ(with.uncertainty->parameter_sd.voxels, enhancement->parameter_sd.voxels);
    EXPECT_EQ(with.parameters, plain.parameters) << "a further output leaves other UIDs alone";
}

TEST(Derive, EqualInputGivesEqualBytes) {
    const SourceSeries source =
        fakes::eligible_series(fakes::head_phantom({40, 44, 9}, {2, 2, 5}, 10));
    fakes::CubicLikeEnhancer enhancer;
    const auto run = [&] {
        const auto enhancement = enhancer.enhance(*source.volume, {});
        return derive(source, *enhancement, assess(*source.volume, *enhancement),
                      {OutputKind::Enhanced}, 1);
    };
    const DerivedImages a = run(), b = run();
    EXPECT_EQ(a.enhanced->grid.voxels, b.enhanced->grid.voxels);
    EXPECT_EQ(a.parameters, b.parameters);
    for (std::size_t k = 0; k < a.warning.size(); ++k)
        ASSERT_EQ(a.warning[k].image.pixels, b.warning[k].image.pixels) << k;
}

}  // namespace
}  // namespace iqt::stages
