// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/encoder.hpp"
#include "dicom/instance_header.hpp"
#include "dicom/series_reader.hpp"
#include "tests/dicom/write/encoding_bench.hpp"
#include "tests/fixtures/dicom_builder.hpp"

/// Source and results both through this product's own reader.
namespace iqt::dicom {
namespace {

using bench::encoded;
using bench::images_on;
using bench::of_kind;

SourceSeries read(const std::vector<std::string>& files) {
    initialise();
    auto series = DicomSeriesReader().read(fixtures::snapshot(files));
    EXPECT_TRUE(series.has_value()) << (series ? "" : to_string(series.error()));
    return series ? std::move(*series) : SourceSeries{};
}

std::vector<std::string> files_of(const EncodedSeries& series) {
    std::vector<std::string> files;
    for (const EncodedInstance& instance : series.instances) files.push_back(instance.bytes);
    return files;
}

void expect_same_grid(const Geometry& read_grid, const Geometry& written) {
    EXPECT_EQ(read_grid.size, written.size);
    for (const auto& [i, j, k] : {std::array{0, 0, 0}, std::array{1, 0, 0}, std::array{0, 1, 0},
                                  std::array{0, 0, 1}, std::array{1, 1, 1}}) {
        const Vec3 a = read_grid.point_lps_mm(i * written.size[0] - 0.5, j * written.size[1] - 0.5,
                                              k * written.size[2] - 0.5);
        const Vec3 b = written.point_lps_mm(i * written.size[0] - 0.5, j * written.size[1] - 0.5,
                                            k * written.size[2] - 0.5);
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(a[c], b[c], 1e-4);
    }
}

TEST(ReadBack, VolumeAndPlaceOfResultsAreWhatWasWrittenInEveryPlane) {
    for (const auto plane : {fixtures::Plane::Axial, fixtures::Plane::Sagittal,
                             fixtures::Plane::Coronal, fixtures::Plane::Oblique}) {
        const auto source = read({fixtures::enhanced_mr(fixtures::pattern(fixtures::slab(plane)))});
        ASSERT_TRUE(source.volume.has_value());
        const DerivedImages images = images_on(refine(source.volume->geometry, 1.0));
        const auto all = encoded(source, images);
        for (const OutputKind kind : {OutputKind::Enhanced, OutputKind::InputOnGrid}) {
            const auto again = read(files_of(of_kind(all, kind)));
            const StoredPixels& written =
                kind == OutputKind::Enhanced ? *images.enhanced : *images.input_on_grid;
            ASSERT_TRUE(again.volume.has_value());
            expect_same_grid(again.volume->geometry, written.grid.geometry);
            ASSERT_EQ(again.volume->voxels.size(), written.grid.voxels.size());
            for (std::size_t n = 0; n < written.grid.voxels.size(); ++n)
                ASSERT_EQ(again.volume->voxels[n], static_cast<float>(written.grid.voxels[n]));
            ASSERT_TRUE(again.window.has_value());
            EXPECT_EQ(again.window->center, written.window.center);
            EXPECT_EQ(again.identity_digest, source.identity_digest);
        }
    }
}

TEST(ReadBack, ResultsAreKnownAsOwnAndDerived) {
    const auto source =
        read(fixtures::classic_mr(fixtures::pattern(fixtures::slab(fixtures::Plane::Axial))));
    const auto all = encoded(source, images_on(refine(source.volume->geometry, 1.0)));
    for (const OutputKind kind : {OutputKind::Enhanced, OutputKind::InputOnGrid}) {
        const auto again = read(files_of(of_kind(all, kind)));
        EXPECT_TRUE(again.facts.own_output);
        EXPECT_TRUE(again.facts.derived);
    }
    EXPECT_FALSE(source.facts.own_output);
}

TEST(ReadBack, TheHeaderOfOneObjectIsEnoughForANotice) {
    initialise();
    const DicomSeriesReader reader;
    const Volume volume = fixtures::pattern(fixtures::slab(fixtures::Plane::Axial));
    for (const std::string& object :
         {fixtures::classic_mr(volume).front(), fixtures::enhanced_mr(volume)}) {
        auto source = reader.read_header(fixtures::in_memory(object));
        ASSERT_TRUE(source) << to_string(source.error());
        EXPECT_FALSE(source->facts.own_output);
        EXPECT_FALSE(source->volume.has_value());
        EXPECT_EQ(source->header->value("SeriesDescription"), "T2 (AXI)");
        source->series_uid = "1.2.3";
        source->instances = {{"1.2.840.10008.5.1.4.1.1.4", "1.2.3.4", {}}};
        DerivedImages images;
        images.notice = images_on(volume.geometry).notice;
        images.parameters = "notice=given_up;revision=1";
        images.software_version = "0.1.0";
        const auto all = encoded(*source, images);
        ASSERT_EQ(all.size(), 1U);
        const std::string& page = all.front().instances.front().bytes;
        if (bench::has_program("dciodvfy")) {
            EXPECT_THAT(bench::iod_errors(page), testing::IsEmpty());
        }
        const auto again = reader.read_header(fixtures::in_memory(page));
        ASSERT_TRUE(again) << to_string(again.error());
        EXPECT_TRUE(again->facts.own_output) << "or there would be notices about notices";
    }
}

TEST(ReadBack, AnObjectThatIsNoneHasNoHeader) {
    const auto none = DicomSeriesReader().read_header(fixtures::in_memory("not DICOM"));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::InvalidInput);
}

TEST(ReadBack, ACorrectedPatientNameGivesOtherUidsAndTheSameNameTheSame) {
    const auto volume = fixtures::pattern(fixtures::slab(fixtures::Plane::Axial));
    fixtures::SeriesRecipe corrected;
    corrected.patient_name = "IQTTEST^CORRECTED";
    const auto uids = [&](const fixtures::SeriesRecipe& recipe) {
        std::vector<std::string> all;
        for (const auto& series :
             encoded(read(fixtures::classic_mr(volume, recipe)), images_on(volume.geometry))) {
            all.push_back(series.series_uid);
            for (const auto& instance : series.instances) all.push_back(instance.sop_instance_uid);
        }
        return all;
    };
    const auto before = uids({}), after = uids(corrected);
    EXPECT_EQ(before, uids({}));
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t n = 0; n < before.size(); ++n) EXPECT_NE(before[n], after[n]);
}

TEST(ReadBack, ARealScannerHeaderKeepsItsPlace) {
    const auto file = bench::shared_data("dicom/hyperfine/anatomical/001/001.dcm");
    if (file.empty()) GTEST_SKIP() << "no shared data: set IQT_SHARED_DATA";
    const auto source = read({bench::bytes_of(file)});
    ASSERT_TRUE(source.volume.has_value());
    const Geometry grid = refine(source.volume->geometry, 1.0);
    const auto again =
        read(files_of(of_kind(encoded(source, images_on(grid)), OutputKind::Enhanced)));
    ASSERT_TRUE(again.volume.has_value());
    expect_same_grid(again.volume->geometry, grid);
    EXPECT_EQ(again.facts.field_strength_t.has_value(), source.facts.field_strength_t.has_value());
}

}  // namespace
}  // namespace iqt::dicom
