// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/encoder.hpp"
#include "dicom/image_plane.hpp"
#include "tests/dicom/write/encoding_bench.hpp"
#include "tests/fixtures/dicom_builder.hpp"

/// Warning series and notices, read back with DCMTK.
namespace iqt::dicom {
namespace {

using bench::encoded;
using bench::images_on;
using bench::kObliqueSlab;
using bench::numbers;
using bench::of_kind;
using bench::parsed;
using bench::source_of;
using bench::text;

const Geometry kBurnedGrid = refine(kObliqueSlab, 1.0);

SourceSeries source() {
    return source_of(bench::classic(kObliqueSlab));
}

/// Where the file puts the centre of pixel (column, row), in patient coordinates.
Vec3 pixel_centre_lps_mm(DcmItem& data, double column, double row) {
    const auto position = numbers(data, DCM_ImagePositionPatient);
    const auto axes = numbers(data, DCM_ImageOrientationPatient);
    const auto spacing = numbers(data, DCM_PixelSpacing);
    Vec3 point{};
    for (std::size_t c = 0; c < 3; ++c)
        point[c] = position.at(c) + axes.at(c) * spacing.at(1) * column +
                   axes.at(c + 3) * spacing.at(0) * row;
    return point;
}

TEST(WarningCapture, EveryPixelLiesOverTheEnhancedVoxelThatItShows) {
    const DerivedImages images = images_on(kBurnedGrid);
    const auto all = encoded(source(), images);
    const auto& instances = of_kind(all, OutputKind::Warning).instances;
    ASSERT_EQ(instances.size(), static_cast<std::size_t>(kBurnedGrid.size[2]));
    for (int k = 0; k < kBurnedGrid.size[2]; ++k) {
        const auto file = parsed(instances[static_cast<std::size_t>(k)].bytes);
        DcmItem& data = *file->getDataset();
        const WarningPage& page = images.warning[static_cast<std::size_t>(k)];
        for (const auto& [i, j] : {std::pair{0, 0}, std::pair{3, 5}, std::pair{11, 2}}) {
            // The voxel's centre is the middle of its block of scale x scale pixels.
            const double column = page.left_px + (i + 0.5) * page.scale - 0.5;
            const double row = page.top_px + (j + 0.5) * page.scale - 0.5;
            const Vec3 there = pixel_centre_lps_mm(data, column, row);
            const Vec3 voxel = kBurnedGrid.point_lps_mm(i, j, k);
            for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(there[c], voxel[c], 1e-4);
        }
        EXPECT_EQ(text(data, DCM_InstanceNumber), std::to_string(k + 1));
    }
}

TEST(WarningCapture, ImageKNamesEnhancedImageKFirstAndThenEverySource) {
    const auto from = source();
    const auto all = encoded(from, images_on(kBurnedGrid));
    const auto& warning = of_kind(all, OutputKind::Warning).instances;
    const auto& enhanced = of_kind(all, OutputKind::Enhanced).instances;
    for (const std::size_t k : {std::size_t{0}, std::size_t{1}, warning.size() - 1}) {
        const auto file = parsed(warning[k].bytes);
        std::vector<std::string> named;
        DcmItem* item = nullptr;
        for (signed long n = 0;
             file->getDataset()->findAndGetSequenceItem(DCM_SourceImageSequence, item, n).good();
             ++n)
            named.push_back(text(*item, DCM_ReferencedSOPInstanceUID));
        ASSERT_EQ(named.size(), from.instances.size() + 1);
        EXPECT_EQ(named.front(), enhanced[k].sop_instance_uid);
        EXPECT_EQ(named.back(), from.instances.back().sop_instance_uid);
    }
}

TEST(WarningCapture, PixelsOfAnOddNumberOfBytesComeBack) {
    const DerivedImages images = images_on(kBurnedGrid);
    const auto all = encoded(source(), images);
    const auto& instances = of_kind(all, OutputKind::Warning).instances;
    ASSERT_EQ(images.warning.front().image.pixels.size() % 2, 1U);
    for (std::size_t k = 0; k < instances.size(); ++k) {
        const auto file = parsed(instances[k].bytes);
        const Uint8* pixels = nullptr;
        unsigned long count = 0;
        ASSERT_TRUE(file->getDataset()->findAndGetUint8Array(DCM_PixelData, pixels, &count).good());
        const auto& drawn = images.warning[k].image.pixels;
        ASSERT_EQ(count, drawn.size() + 1);
        EXPECT_EQ(std::memcmp(pixels, drawn.data(), drawn.size()), 0);
    }
}

TEST(WarningCapture, SaysWhatItIs) {
    const auto all = encoded(source(), images_on(kBurnedGrid));
    const auto file = parsed(of_kind(all, OutputKind::Warning).instances.front().bytes);
    DcmItem& data = *file->getDataset();
    EXPECT_EQ(text(data, DCM_SOPClassUID), UID_SecondaryCaptureImageStorage);
    EXPECT_EQ(text(data, DCM_Modality), "OT");
    EXPECT_EQ(text(data, DCM_ConversionType), "SYN");
    EXPECT_EQ(text(data, DCM_BurnedInAnnotation), "YES");
    EXPECT_EQ(text(data, DCM_SeriesDescription), "IQT RUO WARNING T2 (AXI)");
    EXPECT_EQ(text(data, DCM_PatientOrientation), "L\\PH");
    EXPECT_THAT(text(data, DCM_DerivationDescription),
                testing::HasSubstr("Unmarked does not mean correct"));
}

TEST(WarningCapture, StandsOnTheMasksGridWhereNoEnhancedSeriesIsMade) {
    DerivedImages images = images_on(kBurnedGrid);
    images.enhanced.reset();
    images.assessment.mask = Mask(kBurnedGrid);
    const auto from = source();
    const auto all = encoded(from, images);
    const auto file = parsed(of_kind(all, OutputKind::Warning).instances.front().bytes);
    DcmItem* item = nullptr;
    ASSERT_TRUE(
        file->getDataset()->findAndGetSequenceItem(DCM_SourceImageSequence, item, 0).good());
    EXPECT_EQ(text(*item, DCM_ReferencedSOPInstanceUID), from.instances.front().sop_instance_uid);
}

TEST(Summary, IsOnePageOfAnyModelsFiguresWithoutAPlaceInThePatient) {
    const auto from = source();
    const DerivedImages images = images_on(kBurnedGrid);
    const auto all = encoded(from, images);
    const auto& series = of_kind(all, OutputKind::Summary);
    ASSERT_EQ(series.instances.size(), 1U);
    const auto file = parsed(series.instances.front().bytes);
    DcmItem& data = *file->getDataset();
    EXPECT_EQ(text(data, DCM_SeriesDescription), "IQT RUO SUMMARY T2 (AXI)");
    EXPECT_EQ(text(data, DCM_Modality), "OT");
    EXPECT_NE(text(data, DCM_DerivationDescription).find("Unmarked does not mean correct"),
              std::string::npos);
    for (const DcmTagKey& tag : {DCM_ImagePositionPatient, DCM_FrameOfReferenceUID,
                                 DCM_PixelSpacing, DCM_SourceImageSequence})
        EXPECT_EQ(data.tagExists(tag), OFFalse);
    EXPECT_EQ(numbers(data, DCM_Columns).at(0), images.summary->width);
    EXPECT_NE(series.series_uid, of_kind(all, OutputKind::Warning).series_uid);
}

TEST(Notice, IsOnePageInTheStudyWithoutAPlaceInThePatient) {
    const auto from = source();
    const DerivedImages images = images_on(kBurnedGrid);
    const auto all = encoded(from, images);
    const auto& series = of_kind(all, OutputKind::Notice);
    ASSERT_EQ(series.instances.size(), 1U);
    const auto file = parsed(series.instances.front().bytes);
    DcmItem& data = *file->getDataset();
    EXPECT_EQ(text(data, DCM_SeriesDescription), "IQT RUO NOTICE T2 (AXI)");
    for (const DcmTagKey& tag : {DCM_ImagePositionPatient, DCM_FrameOfReferenceUID,
                                 DCM_PixelSpacing, DCM_SourceImageSequence})
        EXPECT_EQ(data.tagExists(tag), OFFalse);
    DcmItem* item = nullptr;
    EXPECT_TRUE(data.findAndGetSequenceItem(DCM_ReferencedImageSequence, item,
                                            static_cast<signed long>(from.instances.size()) - 1)
                    .good());
    EXPECT_EQ(numbers(data, DCM_Columns).at(0), images.notice->width);
}

TEST(Notice, NeedsNoModel) {
    DerivedImages images;
    images.notice = images_on(kBurnedGrid).notice;
    images.software_version = "0.1.0";
    const auto all = encoded(source(), images);
    ASSERT_EQ(all.size(), 1U);
    const auto file = parsed(all.front().instances.front().bytes);
    EXPECT_EQ(text(*file->getDataset(), DCM_SoftwareVersions), "0.1.0");
    if (bench::has_program("dciodvfy")) {
        EXPECT_THAT(bench::iod_errors(all.front().instances.front().bytes), testing::IsEmpty());
    }
}

TEST(PatientOrientation, NamesTheDirectionsByWeightAndLeavesOutNoise) {
    EXPECT_EQ(patient_orientation({1, 0, 0}), "L");
    EXPECT_EQ(patient_orientation({0, -1, 1e-9}), "A");
    EXPECT_EQ(patient_orientation({0, 0, -1}), "F");
    EXPECT_EQ(patient_orientation({0.2, 0.9, -0.38}), "PFL");
}

}  // namespace
}  // namespace iqt::dicom
