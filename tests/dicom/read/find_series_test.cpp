// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dicom/read/shared_data.hpp"
#include "tests/fixtures/dicom_builder.hpp"

namespace iqt::dicom {
namespace {

using fixtures::Plane;
using fixtures::SeriesRecipe;

Volume plain_series() {
    return fixtures::pattern(fixtures::slab(Plane::Axial));
}

void write(const std::filesystem::path& file, std::string_view bytes) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}

TEST(FindSeries, SeriesAreFoundAtAnyDepthAndOtherFilesAreNamed) {
    const test::TempFolder folder;
    SeriesRecipe second;
    second.series_uid = "1.2.826.0.1.3680043.10.999.1.20";
    fixtures::write_files(folder.path() / "b/deep/down", fixtures::classic_mr(plain_series()));
    fixtures::write_files(folder.path() / "a", {fixtures::enhanced_mr(plain_series(), second)});
    write(folder.path() / "b/notes.txt", "not DICOM");
    write(folder.path() / "b/cut.dcm", fixtures::enhanced_mr(plain_series()).substr(0, 2000));
    write(folder.path() / "DICOMDIR", "an index, not an instance");
    write(folder.path() / "empty", "");

    const FolderScan scan = find_series(folder.path());
    ASSERT_EQ(scan.series.size(), 2U);
    EXPECT_EQ(scan.series[0].files.size(), 1U);
    EXPECT_EQ(scan.series[1].files.size(), 9U);
    EXPECT_EQ(scan.series[1].files[0].filename(), "0001.dcm");
    std::vector<std::string> unreadable;
    for (const Error& error : scan.unreadable) {
        unreadable.push_back(std::filesystem::path(error.where).filename());
        EXPECT_EQ(error.kind, ErrorKind::InvalidInput);
    }
    EXPECT_THAT(unreadable, testing::UnorderedElementsAre("notes.txt", "cut.dcm", "empty"));
}

TEST(FindSeries, OneSeriesUidUnderTwoPatientsIsTwoSeries) {
    const test::TempFolder folder;
    SeriesRecipe other;
    other.patient_id = "IQT-0002";
    fixtures::write_files(folder.path() / "a", fixtures::classic_mr(plain_series()));
    fixtures::write_files(folder.path() / "b", fixtures::classic_mr(plain_series(), other));
    EXPECT_EQ(find_series(folder.path()).series.size(), 2U);
}

TEST(FindSeries, OneFileIsASeries) {
    const test::TempFolder folder;
    const auto files =
        fixtures::write_files(folder.path(), {fixtures::enhanced_mr(plain_series())});
    const FolderScan scan = find_series(files[0]);
    ASSERT_EQ(scan.series.size(), 1U);
    EXPECT_EQ(scan.series[0].files, files);
    EXPECT_TRUE(scan.unreadable.empty());
}

TEST(FindSeries, WhatIsNotThereIsAnError) {
    const FolderScan scan = find_series("/nonexistent/folder");
    EXPECT_TRUE(scan.series.empty());
    ASSERT_EQ(scan.unreadable.size(), 1U);
    EXPECT_EQ(scan.unreadable[0].kind, ErrorKind::Io);
}

TEST(FindSeries, FilesAndBytesAreReadAlike) {
    const test::TempFolder folder;
    const std::string object = fixtures::enhanced_mr(plain_series());
    const auto files = fixtures::write_files(folder.path(), {object});
    const auto from_file = DicomSeriesReader().read(test::snapshot_of(files));
    const auto from_bytes = DicomSeriesReader().read(fixtures::snapshot({object}));
    ASSERT_TRUE(from_file && from_bytes);
    EXPECT_EQ(from_file->volume->voxels, from_bytes->volume->voxels);
    EXPECT_EQ(from_file->content_digest, from_bytes->content_digest);
    const auto facts = read_instance_facts(files[0]);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->identity_digest, from_file->identity_digest);
}

}  // namespace
}  // namespace iqt::dicom
