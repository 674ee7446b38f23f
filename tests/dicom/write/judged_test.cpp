// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/encoder.hpp"
#include "tests/dicom/write/encoding_bench.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fixtures/dicom_builder.hpp"

/// The outputs before independent judges: dciodvfy (one object) and dcentvfy (objects together).
namespace iqt::dicom {
namespace {

using bench::encoded;
using bench::images_on;
using bench::source_of;

class Judged : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(bench::has_program("dciodvfy") && bench::has_program("dcentvfy"))
            << "the judges are missing: deploy/setup_dev.sh installs dicom3tools";
    }
};

std::vector<std::string> all_objects(const std::vector<EncodedSeries>& all) {
    std::vector<std::string> objects;
    for (const EncodedSeries& series : all)
        for (const EncodedInstance& instance : series.instances) objects.push_back(instance.bytes);
    return objects;
}

void expect_no_errors(const std::vector<EncodedSeries>& all) {
    EXPECT_EQ(all.size(), 8U);
    for (const EncodedSeries& series : all)
        for (const std::size_t n : std::set{std::size_t{0}, series.instances.size() - 1})
            EXPECT_THAT(bench::iod_errors(series.instances[n].bytes), testing::IsEmpty())
                << to_string(series.kind) << " " << n;
}

TEST_F(Judged, TheJudgeFindsErrorsWhereThereAreSome) {
    const auto all = encoded(source_of(fixtures::classic_mr(fixtures::pattern(
                                 fixtures::slab(fixtures::Plane::Axial, {12, 10, 3})))),
                             images_on(fixtures::slab(fixtures::Plane::Axial, {12, 10, 3})));
    const auto file = bench::parsed(all.front().instances.front().bytes);
    delete file->getDataset()->remove(DCM_ConversionType);
    delete file->getDataset()->remove(DCM_SOPInstanceUID);
    ASSERT_TRUE(file->getDataset()->putAndInsertString(DCM_SOPInstanceUID, "1.02.x").good());
    const fakes::TempFolder folder;
    const auto path = folder.path() / "wrong.dcm";
    ASSERT_TRUE(file->saveFile(path.c_str(), EXS_LittleEndianExplicit).good());
    EXPECT_FALSE(bench::iod_errors(bench::bytes_of(path)).empty());
}

TEST_F(Judged, ResultsOfAClassicSeriesAreWithoutError) {
    const auto plane = fixtures::slab(fixtures::Plane::Axial, {12, 10, 3});
    expect_no_errors(encoded(source_of(fixtures::classic_mr(fixtures::pattern(plane))),
                             images_on(refine(plane, 1.0))));
}

TEST_F(Judged, ResultsOfAnEnhancedSeriesAreWithoutErrorInEveryPlane) {
    for (const auto plane : {fixtures::Plane::Axial, fixtures::Plane::Sagittal,
                             fixtures::Plane::Coronal, fixtures::Plane::Oblique}) {
        const auto slab = fixtures::slab(plane, {12, 10, 3});
        expect_no_errors(encoded(source_of({fixtures::enhanced_mr(fixtures::pattern(slab))}),
                                 images_on(refine(slab, 1.0))));
    }
}

TEST_F(Judged, ResultsOfAnInversionRecoverySeriesAreWithoutError) {
    fixtures::SeriesRecipe recipe;
    recipe.inversion_time_ms = 1301;
    const auto slab = fixtures::slab(fixtures::Plane::Axial, {12, 10, 3});
    const auto volume = fixtures::pattern(slab);
    expect_no_errors(
        encoded(source_of({fixtures::enhanced_mr(volume, recipe)}), images_on(refine(slab, 1.0))));
    expect_no_errors(
        encoded(source_of(fixtures::classic_mr(volume, recipe)), images_on(refine(slab, 1.0))));
}

TEST_F(Judged, SourceAndResultsAreOnePatientOneStudyOneFrame) {
    const auto slab = fixtures::slab(fixtures::Plane::Sagittal, {12, 10, 3});
    const auto volume = fixtures::pattern(slab);
    fixtures::SeriesRecipe recipe;
    recipe.patient_id_issuer = "HOSPITAL";
    recipe.extra = {{"PatientComments", ""},
                    {"OtherPatientNames", "OTHER^NAME"},
                    {"ReferringPhysicianName", "DOC^TOR"},
                    {"StudyDescription", "Brain"},
                    {"AdmissionID", "ADM1"},
                    {"PatientWeight", "70"}};
    const std::vector<std::vector<std::string>> sources{fixtures::classic_mr(volume, recipe),
                                                        {fixtures::enhanced_mr(volume, recipe)}};
    for (auto files : sources) {
        const auto all = encoded(source_of(files), images_on(refine(slab, 1.0)));
        for (auto& object : all_objects(all)) files.push_back(std::move(object));
        EXPECT_THAT(bench::entity_complaints(files), testing::IsEmpty());
    }
}

TEST_F(Judged, TheEntityJudgeSeesAChangedPatientName) {
    const auto slab = fixtures::slab(fixtures::Plane::Axial, {12, 10, 3});
    const auto volume = fixtures::pattern(slab);
    fixtures::SeriesRecipe other;
    other.patient_name = "SOMEBODY^ELSE";
    const auto all =
        encoded(source_of(fixtures::classic_mr(volume, other)), images_on(refine(slab, 1.0)));
    auto files = fixtures::classic_mr(volume);
    files.push_back(all.front().instances.front().bytes);
    EXPECT_FALSE(bench::entity_complaints(files).empty());
}

TEST_F(Judged, ResultsOfARealScannerHeaderAreWithoutError) {
    const auto file = bench::shared_data("dicom/hyperfine/anatomical/001/001.dcm");
    if (file.empty()) GTEST_SKIP() << "no shared data: set IQT_SHARED_DATA";
    Geometry grid{{112, 138, 8}, {1.59, 1.61, 5}, {0, 0, -175}, {}};
    grid.axes = {Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}};
    const auto source = source_of({bench::bytes_of(file)});
    expect_no_errors(encoded(source, images_on(refine(grid, 1.0))));
}

}  // namespace
}  // namespace iqt::dicom
