// SPDX-License-Identifier: Apache-2.0
#include "dicom/series_reader.hpp"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/instance_header.hpp"
#include "tests/fixtures/dicom_builder.hpp"

namespace iqt::dicom {
namespace {

using fixtures::Plane;
using fixtures::SeriesRecipe;

SourceSeries read(const std::vector<std::string>& files) {
    auto series = DicomSeriesReader().read(fixtures::snapshot(files));
    if (!series) throw std::runtime_error(to_string(series.error()));
    return std::move(*series);
}

void expect_near(const Vec3& a, const Vec3& b, double tolerance, const char* what) {
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(a[c], b[c], tolerance) << what << " " << c;
}

/// Every voxel lies where it was put and has the value that it was given.
void expect_same_volume(const Volume& found, const Volume& truth, float tolerance = 0) {
    ASSERT_EQ(found.geometry.size, truth.geometry.size);
    expect_near(found.geometry.spacing_mm, truth.geometry.spacing_mm, 1e-9, "spacing");
    expect_near(found.geometry.origin_lps_mm, truth.geometry.origin_lps_mm, 1e-6, "origin");
    for (std::size_t axis = 0; axis < 3; ++axis)
        expect_near(found.geometry.axes[axis], truth.geometry.axes[axis], 1e-9, "axis");
    ASSERT_EQ(found.voxels.size(), truth.voxels.size());
    for (std::size_t v = 0; v < truth.voxels.size(); ++v)
        ASSERT_NEAR(found.voxels[v], truth.voxels[v], tolerance) << "voxel " << v;
}

void expect_clean(const SeriesFacts& facts) {
    EXPECT_FALSE(facts.own_output || facts.derived || facts.mosaic || facts.localizer ||
                 facts.diffusion_or_map || facts.mixed_orientation || facts.mixed_contrast ||
                 facts.mixed_size || facts.irregular_spacing || facts.lossy ||
                 facts.contrast_agent || facts.two_identities);
    EXPECT_EQ(facts.duplicate_positions, 0);
    EXPECT_EQ(facts.missing_slices, 0);
    EXPECT_EQ(facts.undecodable, "");
}

class EveryPlane : public testing::TestWithParam<Plane> {};

TEST_P(EveryPlane, ClassicSeriesGivesBackItsVolumeInAnyOrderOfInstances) {
    const Volume truth = fixtures::pattern(fixtures::slab(GetParam()));
    auto files = fixtures::classic_mr(truth);
    std::shuffle(files.begin(), files.end(), std::mt19937(7));
    const SourceSeries series = read(files);
    expect_clean(series.facts);
    EXPECT_EQ(series.facts.slice_count, 9);
    ASSERT_TRUE(series.volume);
    expect_same_volume(*series.volume, truth);
}

TEST_P(EveryPlane, EnhancedObjectGivesBackItsVolumeInAnyOrderOfFrames) {
    const Volume truth = fixtures::pattern(fixtures::slab(GetParam()));
    SeriesRecipe recipe;
    recipe.slices = {4, 8, 0, 2, 7, 1, 3, 6, 5};
    const SourceSeries series = read({fixtures::enhanced_mr(truth, recipe)});
    expect_clean(series.facts);
    ASSERT_TRUE(series.volume);
    expect_same_volume(*series.volume, truth);
}

INSTANTIATE_TEST_SUITE_P(SeriesReader, EveryPlane,
                         testing::Values(Plane::Axial, Plane::Sagittal, Plane::Coronal,
                                         Plane::Oblique));

TEST(SeriesReader, ReversedStackAscendsAlongTheNormalAgain) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe recipe;
    recipe.slices = {8, 7, 6, 5, 4, 3, 2, 1, 0};
    expect_same_volume(*read(fixtures::classic_mr(truth, recipe)).volume, truth);
    expect_same_volume(*read({fixtures::enhanced_mr(truth, recipe)}).volume, truth);
}

TEST(SeriesReader, LegacyConvertedClassIsReadAsEnhanced) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe recipe;
    recipe.extra["SOPClassUID"] = "1.2.840.10008.5.1.4.1.1.4.4";
    const SourceSeries series = read({fixtures::enhanced_mr(truth, recipe)});
    ASSERT_TRUE(series.volume);
    expect_same_volume(*series.volume, truth);
}

TEST(SeriesReader, RescaleOfEachSliceIsApplied) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe recipe;
    for (int k = 0; k < 9; ++k) recipe.rescale.push_back({0.25 * (1 + k % 3), -100.0 - 25 * k});
    recipe.rescale.erase(recipe.rescale.begin());
    recipe.bits_stored = 14;
    // Half a stored unit: what rounding to the stored grid may lose.
    expect_same_volume(*read(fixtures::classic_mr(truth, recipe)).volume, truth, 0.38F);
    expect_same_volume(*read({fixtures::enhanced_mr(truth, recipe)}).volume, truth, 0.38F);
}

TEST(SeriesReader, FunctionalGroupsComeBeforeTopLevel) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe recipe;
    recipe.extra = {{"PixelSpacing", "9\\9"},
                    {"ImagePositionPatient", "1\\2\\3"},
                    {"ImageOrientationPatient", "0\\1\\0\\0\\0\\-1"},
                    {"RescaleSlope", "7"}};
    expect_same_volume(*read({fixtures::enhanced_mr(truth, recipe)}).volume, truth);
}

TEST(SeriesReader, TopLevelStandsInForMissingFunctionalGroups) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial, {12, 10, 1}));
    SeriesRecipe recipe;
    recipe.extra = {{"SpacingBetweenSlices", "5"}};
    recipe.without = {"SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"};
    const SourceSeries series = read({fixtures::enhanced_mr(truth, recipe)});
    ASSERT_TRUE(series.volume);
    expect_same_volume(*series.volume, truth);
}

TEST(SeriesReader, SignedValuesKeepTheirSignUnderDirtyHighBits) {
    Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    for (float& v : truth.voxels) v -= 500;
    for (const int bits : {11, 12, 16}) {
        SeriesRecipe recipe;
        recipe.is_signed = true;
        recipe.bits_stored = bits;
        recipe.dirty_bits = 0xa5a5;
        expect_same_volume(*read(fixtures::classic_mr(truth, recipe)).volume, truth);
    }
}

TEST(SeriesReader, UnsignedValuesIgnoreDirtyHighBits) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe clean, dirty;
    clean.bits_stored = dirty.bits_stored = 10;
    dirty.dirty_bits = 0xffff;
    const SourceSeries one = read({fixtures::enhanced_mr(truth, clean)});
    const SourceSeries other = read({fixtures::enhanced_mr(truth, dirty)});
    expect_same_volume(*other.volume, truth);
    EXPECT_EQ(one.content_digest, other.content_digest);
}

TEST(SeriesReader, HighBitAboveBitsStoredMovesTheValuesDown) {
    Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe recipe;
    for (float& v : truth.voxels) v *= 16;
    recipe.extra = {{"BitsStored", "12"}, {"HighBit", "15"}};
    const SourceSeries series = read({fixtures::enhanced_mr(truth, recipe)});
    for (float& v : truth.voxels) v /= 16;
    expect_same_volume(*series.volume, truth);
}

TEST(SeriesReader, WindowIsThatOfTheSource) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    for (const auto& files :
         {fixtures::classic_mr(truth), std::vector{fixtures::enhanced_mr(truth)}}) {
        const SourceSeries series = read(files);
        ASSERT_TRUE(series.window);
        EXPECT_EQ(series.window->center, 500);
        EXPECT_EQ(series.window->width, 1000);
    }
    SeriesRecipe recipe;
    recipe.window.reset();
    EXPECT_FALSE(read(fixtures::classic_mr(truth, recipe)).window);
    recipe.extra = {{"WindowCenter", "40\\300"}, {"WindowWidth", "80\\600"}};
    EXPECT_EQ(read(fixtures::classic_mr(truth, recipe)).window->width, 80);
}

TEST(SeriesReader, HolesAreCountedAndGiveNoVolume) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Oblique));
    SeriesRecipe recipe;
    recipe.slices = {0, 1, 2, 4, 5, 8};
    for (const auto& files :
         {fixtures::classic_mr(truth, recipe), std::vector{fixtures::enhanced_mr(truth, recipe)}}) {
        const SourceSeries series = read(files);
        EXPECT_EQ(series.facts.missing_slices, 3);
        EXPECT_FALSE(series.facts.irregular_spacing);
        EXPECT_EQ(series.facts.slice_count, 6);
        EXPECT_FALSE(series.volume);
        EXPECT_EQ(series.instances.size(), files.size());
    }
}

TEST(SeriesReader, DuplicatePositionsAreCountedAndGiveNoVolume) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe recipe;
    recipe.slices = {0, 1, 2, 3, 3, 4, 5, 5, 5, 6, 7, 8};
    const SourceSeries series = read(fixtures::classic_mr(truth, recipe));
    EXPECT_EQ(series.facts.duplicate_positions, 3);
    EXPECT_EQ(series.facts.slice_count, 9);
    EXPECT_EQ(series.facts.missing_slices, 0);
    EXPECT_FALSE(series.volume);
}

TEST(SeriesReader, TheSameObjectTwiceCountsOnceWhateverItsTransferSyntax) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe compressed;
    compressed.transfer_syntax = "1.2.840.10008.1.2.5";
    auto files = fixtures::classic_mr(truth);
    const auto again = fixtures::classic_mr(truth, compressed);
    files.push_back(files[3]);
    files.push_back(again[5]);
    const SourceSeries series = read(files);
    expect_clean(series.facts);
    EXPECT_EQ(series.instances.size(), 9U);
    ASSERT_TRUE(series.volume);
}

TEST(SeriesReader, OneUidWithTwoPicturesIsADuplicatePosition) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    Volume other = truth;
    other.at(3, 3, 3) += 1;
    auto files = fixtures::classic_mr(truth);
    files.push_back(fixtures::classic_mr(other)[3]);
    EXPECT_EQ(read(files).facts.duplicate_positions, 1);
}

TEST(SeriesReader, IrregularShearedOrUnpositionedStacksGiveNoVolume) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    const auto with_position = [&](const char* position) {
        auto files = fixtures::classic_mr(truth);
        SeriesRecipe moved;
        moved.extra = {{"ImagePositionPatient", position}};
        files[4] = fixtures::classic_mr(truth, moved)[4];
        return read(files);
    };
    EXPECT_TRUE(with_position("-31.25\\-17.5\\63").facts.irregular_spacing);      // 62.75 + 5 %
    EXPECT_FALSE(with_position("-31.25\\-17.5\\62.77").facts.irregular_spacing);  // within 1 %
    EXPECT_TRUE(with_position("-30.25\\-17.5\\62.75").facts.irregular_spacing);   // pushed sideways
    EXPECT_TRUE(with_position("nan\\-17.5\\62.75").facts.irregular_spacing);
    EXPECT_FALSE(with_position("nan\\-17.5\\62.75").volume);
    SeriesRecipe skewed;
    skewed.extra = {{"ImageOrientationPatient", "1\\0\\0\\0.2\\1\\0"}};
    EXPECT_TRUE(read(fixtures::classic_mr(truth, skewed)).facts.irregular_spacing);
}

TEST(SeriesReader, SlightlyRoundedCosinesAreMadeOrthonormal) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe recipe;
    recipe.extra = {{"ImageOrientationPatient", "1.0004\\0\\0\\0.0003\\0.9998\\0"}};
    const SourceSeries series = read(fixtures::classic_mr(truth, recipe));
    ASSERT_TRUE(series.volume);
    const auto& axes = series.volume->geometry.axes;
    for (std::size_t axis = 0; axis < 3; ++axis) EXPECT_NEAR(norm(axes[axis]), 1, 1e-12);
    EXPECT_NEAR(dot(axes[0], axes[1]), 0, 1e-12);
    EXPECT_NEAR(dot(cross(axes[0], axes[1]), axes[2]), 1, 1e-12);
}

TEST(SeriesReader, MixedOrientationSizeAndFrameOfReferenceGiveNoVolume) {
    const Volume axial = fixtures::pattern(fixtures::slab(Plane::Axial));
    const Volume coronal = fixtures::pattern(fixtures::slab(Plane::Coronal));
    SeriesRecipe second;
    second.instance_uid_prefix = "1.2.826.0.1.3680043.10.999.1.4.";
    auto files = fixtures::classic_mr(axial);
    files.push_back(fixtures::classic_mr(coronal, second).front());
    EXPECT_TRUE(read(files).facts.mixed_orientation);
    EXPECT_FALSE(read(files).volume);

    files.back() = fixtures::classic_mr(
        fixtures::pattern(fixtures::slab(Plane::Axial, {16, 10, 9})), second)[8];
    EXPECT_TRUE(read(files).facts.mixed_size);
    EXPECT_FALSE(read(files).volume);

    second.frame_of_reference_uid = "1.2.826.0.1.3680043.10.999.1.77";
    files.back() = fixtures::classic_mr(axial, second)[8];
    EXPECT_TRUE(read(files).facts.mixed_orientation);
}

TEST(SeriesReader, TwoEnhancedObjectsOfOneSeriesArePooled) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    SeriesRecipe lower, upper;
    lower.slices = {0, 1, 2, 3};
    upper.slices = {4, 5, 6, 7, 8};
    upper.instance_uid_prefix = "1.2.826.0.1.3680043.10.999.1.4.";
    const SourceSeries halves =
        read({fixtures::enhanced_mr(truth, upper), fixtures::enhanced_mr(truth, lower)});
    ASSERT_TRUE(halves.volume);
    expect_same_volume(*halves.volume, truth);

    upper.slices.clear();
    const SourceSeries twice =
        read({fixtures::enhanced_mr(truth, upper), fixtures::enhanced_mr(truth)});
    EXPECT_EQ(twice.facts.duplicate_positions, 9);
    EXPECT_FALSE(twice.volume);
}

TEST(SeriesReader, DifferentEchoesAreMixedContrast) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    auto files = fixtures::classic_mr(truth);
    SeriesRecipe late;
    late.echo_time_ms = 120;
    files[8] = fixtures::classic_mr(truth, late)[8];
    EXPECT_TRUE(read(files).facts.mixed_contrast);
}

TEST(SeriesReader, TwoPatientsInOneSeriesAreTwoIdentities) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    auto files = fixtures::classic_mr(truth);
    SeriesRecipe other;
    other.patient_name = "SOMEBODY^ELSE";
    files[2] = fixtures::classic_mr(truth, other)[2];
    EXPECT_TRUE(read(files).facts.two_identities);
}

TEST(SeriesReader, DigestsDependOnPixelsAndIdentityNotOnOrderOrTransferSyntax) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    auto files = fixtures::classic_mr(truth);
    const SourceSeries first = read(files);
    std::reverse(files.begin(), files.end());
    EXPECT_EQ(read(files).content_digest, first.content_digest);
    SeriesRecipe recipe;
    recipe.transfer_syntax = "1.2.840.10008.1.2.4.80";
    EXPECT_EQ(read(fixtures::classic_mr(truth, recipe)).content_digest, first.content_digest);
    Volume changed = truth;
    changed.at(1, 2, 3) += 1;
    EXPECT_NE(read(fixtures::classic_mr(changed)).content_digest, first.content_digest);

    SeriesRecipe corrected;
    corrected.patient_name = "CORRECTED^NAME";
    const SourceSeries renamed = read(fixtures::classic_mr(truth, corrected));
    EXPECT_EQ(renamed.content_digest, first.content_digest);
    EXPECT_NE(renamed.identity_digest, first.identity_digest);
    const auto facts = read_instance_facts(std::string_view(files.front()));
    ASSERT_TRUE(facts);
    EXPECT_EQ(first.identity_digest, facts->identity_digest);
    EXPECT_TRUE(std::is_sorted(first.instances.begin(), first.instances.end(),
                               [](const SourceInstance& a, const SourceInstance& b) {
                                   return a.sop_instance_uid < b.sop_instance_uid;
                               }));
}

TEST(SeriesReader, HeaderAnswersByKeywordAndTagThroughFunctionalGroups) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    const SourceSeries series = read({fixtures::enhanced_mr(truth)});
    const SourceHeader& header = *series.header;
    EXPECT_EQ(header.value("PatientID"), "IQT-0001");
    EXPECT_EQ(header.value("0010,0020"), "IQT-0001");
    EXPECT_EQ(header.value("ImageType"), "ORIGINAL\\PRIMARY\\T2\\NONE");
    EXPECT_EQ(header.value("EffectiveEchoTime"), "194.8");
    EXPECT_EQ(header.value("RepetitionTime"), "2000");
    EXPECT_EQ(header.value("PositionReferenceIndicator"), "");
    EXPECT_EQ(header.value("IssuerOfPatientID"), std::nullopt);
    EXPECT_EQ(header.value("NoSuchKeyword"), std::nullopt);
    EXPECT_EQ(header.value("PixelData"), std::nullopt);
}

TEST(SeriesReader, NoObjectsOrObjectsOfTwoSeriesAreInvalid) {
    const Volume truth = fixtures::pattern(fixtures::slab(Plane::Axial));
    EXPECT_EQ(DicomSeriesReader().read({}).error().kind, ErrorKind::InvalidInput);
    SeriesRecipe other;
    other.series_uid = "1.2.826.0.1.3680043.10.999.1.55";
    other.instance_uid_prefix = "1.2.826.0.1.3680043.10.999.1.4.";
    const auto mixed = DicomSeriesReader().read(
        fixtures::snapshot({fixtures::enhanced_mr(truth), fixtures::enhanced_mr(truth, other)}));
    EXPECT_EQ(mixed.error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace iqt::dicom
