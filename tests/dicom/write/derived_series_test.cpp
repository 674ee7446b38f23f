// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/encoder.hpp"
#include "tests/dicom/write/encoding_bench.hpp"
#include "tests/fixtures/dicom_builder.hpp"

/// Derived MR series (enhanced, input_on_grid), read back with DCMTK.
namespace iqt::dicom {
namespace {

using bench::classic;
using bench::encoded;
using bench::images_on;
using bench::kObliqueSlab;
using bench::numbers;
using bench::of_kind;
using bench::parsed;
using bench::source_of;
using bench::text;

std::unique_ptr<DcmFileFormat> first_enhanced(const SourceSeries& source) {
    DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    images.warning.clear();
    images.input_on_grid.reset();
    const auto all = encoded(source, images);
    return parsed(of_kind(all, OutputKind::Enhanced).instances.front().bytes);
}

Vec3 position_of(DcmItem& item) {
    const auto values = numbers(item, DCM_ImagePositionPatient);
    return {values.at(0), values.at(1), values.at(2)};
}

double distance(const Vec3& a, const Vec3& b) {
    return norm({a[0] - b[0], a[1] - b[1], a[2] - b[2]});
}

TEST(DerivedSeries, EverySliceHasItsPlaceToATenthOfAMicrometre) {
    const Geometry grid = refine(kObliqueSlab, 1.0);
    const auto all = encoded(source_of(classic(kObliqueSlab)), images_on(grid));
    for (const OutputKind kind : {OutputKind::Enhanced, OutputKind::InputOnGrid}) {
        const EncodedSeries& series = of_kind(all, kind);
        ASSERT_EQ(series.instances.size(), static_cast<std::size_t>(grid.size[2]));
        for (int k = 0; k < grid.size[2]; ++k) {
            const auto file = parsed(series.instances[static_cast<std::size_t>(k)].bytes);
            DcmItem& data = *file->getDataset();
            EXPECT_LT(distance(position_of(data), grid.point_lps_mm(0, 0, k)), 1e-4);
            EXPECT_EQ(text(data, DCM_InstanceNumber), std::to_string(k + 1));
            EXPECT_EQ(text(data, DCM_SOPInstanceUID),
                      series.instances[static_cast<std::size_t>(k)].sop_instance_uid);
        }
    }
}

TEST(DerivedSeries, BothEdgesOfTheVolumeCoincideWithTheSources) {
    const Geometry grid = refine(kObliqueSlab, 1.0);
    const auto all = encoded(source_of(classic(kObliqueSlab)), images_on(grid));
    const auto& instances = of_kind(all, OutputKind::Enhanced).instances;
    Geometry written;
    const auto first = parsed(instances.front().bytes), last = parsed(instances.back().bytes);
    DcmItem& data = *first->getDataset();
    const auto directions = numbers(data, DCM_ImageOrientationPatient);
    const auto spacing = numbers(data, DCM_PixelSpacing);
    written.axes[0] = {directions[0], directions[1], directions[2]};
    written.axes[1] = {directions[3], directions[4], directions[5]};
    written.axes[2] = cross(written.axes[0], written.axes[1]);
    written.spacing_mm = {spacing[1], spacing[0], numbers(data, DCM_SpacingBetweenSlices)[0]};
    written.origin_lps_mm = position_of(data);
    const double columns = numbers(data, DCM_Columns)[0], rows = numbers(data, DCM_Rows)[0];
    EXPECT_LT(distance(written.point_lps_mm(-0.5, -0.5, -0.5),
                       kObliqueSlab.point_lps_mm(-0.5, -0.5, -0.5)),
              1e-4);
    const auto slices = static_cast<double>(instances.size());
    EXPECT_LT(
        distance(written.point_lps_mm(columns - 0.5, rows - 0.5, slices - 0.5),
                 kObliqueSlab.point_lps_mm(kObliqueSlab.size[0] - 0.5, kObliqueSlab.size[1] - 0.5,
                                           kObliqueSlab.size[2] - 0.5)),
        1e-4);
    EXPECT_LT(distance(position_of(*last->getDataset()), written.point_lps_mm(0, 0, slices - 1)),
              1e-4);
    EXPECT_EQ(numbers(data, DCM_SliceThickness)[0], numbers(data, DCM_SpacingBetweenSlices)[0]);
}

TEST(DerivedSeries, PixelsComeBackAsTheyWere) {
    const DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    const auto all = encoded(source_of(classic(kObliqueSlab)), images);
    const auto& instances = of_kind(all, OutputKind::Enhanced).instances;
    const auto& grid = images.enhanced->grid;
    const auto plane = static_cast<std::size_t>(grid.geometry.size[0] * grid.geometry.size[1]);
    for (std::size_t k = 0; k < instances.size(); ++k) {
        const auto file = parsed(instances[k].bytes);
        const Uint16* pixels = nullptr;
        unsigned long count = 0;
        ASSERT_TRUE(
            file->getDataset()->findAndGetUint16Array(DCM_PixelData, pixels, &count).good());
        ASSERT_EQ(count, plane);
        EXPECT_EQ(std::memcmp(pixels, grid.voxels.data() + k * plane, plane * 2), 0) << k;
    }
}

TEST(DerivedSeries, TheGainIsUndoneByARealWorldMappingAndNotByARescale) {
    const auto file = first_enhanced(source_of(classic(kObliqueSlab)));
    DcmItem& data = *file->getDataset();
    EXPECT_EQ(text(data, DCM_RescaleSlope), "(absent)");
    EXPECT_EQ(text(data, DCM_RescaleIntercept), "(absent)");
    EXPECT_EQ(text(data, DCM_WindowCenter), "2000");
    EXPECT_EQ(text(data, DCM_WindowWidth), "4000");
    DcmItem* mapping = nullptr;
    ASSERT_TRUE(data.findAndGetSequenceItem(DCM_RealWorldValueMappingSequence, mapping).good());
    EXPECT_EQ(numbers(*mapping, DCM_RealWorldValueSlope).at(0), 0.25);
    EXPECT_EQ(numbers(*mapping, DCM_RealWorldValueIntercept).at(0), 0);
    Uint16 last = 0;
    EXPECT_TRUE(mapping->findAndGetUint16(DCM_RealWorldValueLastValueMapped, last).good());
    EXPECT_EQ(last, 65535);
}

TEST(DerivedSeries, NamesEverySourceInstanceAndWhatWasDone) {
    const auto source = source_of(classic(kObliqueSlab));
    const auto file = first_enhanced(source);
    DcmItem& data = *file->getDataset();
    for (std::size_t n = 0; n < source.instances.size(); ++n) {
        DcmItem* item = nullptr;
        ASSERT_TRUE(
            data.findAndGetSequenceItem(DCM_SourceImageSequence, item, static_cast<signed long>(n))
                .good());
        EXPECT_EQ(text(*item, DCM_ReferencedSOPInstanceUID), source.instances[n].sop_instance_uid);
    }
    const std::string words = text(data, DCM_DerivationDescription);
    EXPECT_LE(words.size(), 1024U);
    for (const char* part :
         {"RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE", "iqt-ur 1.0.0", "simulated",
          "not validated on real 64 mT series", "Trained on 30 adult 3 T scans"})
        EXPECT_THAT(words, testing::HasSubstr(part));
    EXPECT_EQ(text(data, DCM_SeriesDescription), "IQT RUO T2 (AXI)");
    EXPECT_EQ(text(data, DCM_ImageType), "DERIVED\\SECONDARY\\OTHER\\IQT");
    EXPECT_EQ(text(data, DCM_BurnedInAnnotation), "NO");
}

TEST(DerivedSeries, ALongOrForeignTrainingStatementIsCutToAscii) {
    DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    images.provenance.model.training_statement = "Z\xc3\xbcrich " + std::string(3000, 'x');
    const auto all = encoded(source_of(classic(kObliqueSlab)), images);
    const auto file = parsed(of_kind(all, OutputKind::Enhanced).instances.front().bytes);
    const std::string words = text(*file->getDataset(), DCM_DerivationDescription);
    EXPECT_EQ(words.size(), 1024U);
    for (const char byte : words) EXPECT_TRUE(byte >= ' ' && byte <= '~');
}

TEST(DerivedSeries, PlainInterpolationIsNotCalledMachineLearning) {
    DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    images.provenance.model.architecture = "cubic";
    const auto all = encoded(source_of(classic(kObliqueSlab)), images);
    const auto file = parsed(of_kind(all, OutputKind::Enhanced).instances.front().bytes);
    DcmItem& data = *file->getDataset();
    EXPECT_THAT(text(data, DCM_DerivationDescription),
                testing::Not(testing::HasSubstr("machine learning")));
    DcmItem* code = nullptr;
    EXPECT_TRUE(data.findAndGetSequenceItem(DCM_DerivationCodeSequence, code, 0).good());
    EXPECT_TRUE(data.findAndGetSequenceItem(DCM_DerivationCodeSequence, code, 1).bad());
}

TEST(DerivedSeries, ScannerAndNodeAreContributingEquipmentBehindTheSourcesOwn) {
    const auto source = source_of(classic(kObliqueSlab), [](DcmDataset& data) {
        DcmItem* item = nullptr;
        ASSERT_TRUE(data.findOrCreateSequenceItem(DCM_ContributingEquipmentSequence, item).good());
        ASSERT_TRUE(item->putAndInsertString(DCM_Manufacturer, "Gateway").good());
        ASSERT_TRUE(item->putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), "PRIVATE").good());
        ASSERT_TRUE(
            data.putAndInsertString(DCM_StationName, "A NAME OF OVER 16 CHARACTERS").good());
    });
    const auto file = first_enhanced(source);
    DcmItem& data = *file->getDataset();
    std::vector<std::string> manufacturers;
    DcmItem* item = nullptr;
    for (signed long n = 0;
         data.findAndGetSequenceItem(DCM_ContributingEquipmentSequence, item, n).good(); ++n) {
        manufacturers.push_back(text(*item, DCM_Manufacturer));
        EXPECT_EQ(text(*item, DcmTagKey(0x0009, 0x0010)), "(absent)");
        if (n == 1) {  // an over-long SH is not carried into what we assert
            EXPECT_EQ(text(*item, DCM_StationName), "(absent)");
        }
    }
    EXPECT_THAT(manufacturers,
                testing::ElementsAre("Gateway", "Hyperfine, Inc.", "iqt-node project"));
    EXPECT_EQ(text(data, DCM_Manufacturer), "iqt-node project");
    EXPECT_EQ(text(data, DCM_ManufacturerModelName), "IQT Node");
    EXPECT_EQ(text(data, DCM_SoftwareVersions), "0.1.0\\iqt-ur 1.0.0 0a1b2c3d4e5f");
}

TEST(DerivedSeries, AcquisitionComesFromFunctionalGroups) {
    fixtures::SeriesRecipe recipe;
    recipe.inversion_time_ms = 1301;
    const auto volume = fixtures::pattern(kObliqueSlab);
    const auto file = first_enhanced(source_of({fixtures::enhanced_mr(volume, recipe)}));
    DcmItem& data = *file->getDataset();
    EXPECT_EQ(text(data, DCM_ScanningSequence), "SE\\IR");
    EXPECT_EQ(text(data, DCM_SequenceVariant), "NONE");
    EXPECT_EQ(numbers(data, DCM_RepetitionTime).at(0), 2000);
    EXPECT_EQ(text(data, DCM_EchoTime), "194.8");
    EXPECT_EQ(text(data, DCM_InversionTime), "1301");
    EXPECT_EQ(text(data, DCM_EchoTrainLength), "80");
    EXPECT_EQ(text(data, DCM_FlipAngle), "90");
    EXPECT_EQ(text(data, DCM_MagneticFieldStrength), "(absent)");
    EXPECT_NEAR(numbers(data, DCM_ImagingFrequency).at(0), 0.064 * 42.577, 1e-9);
    EXPECT_EQ(text(data, DCM_SharedFunctionalGroupsSequence), "(absent)");
    EXPECT_EQ(text(data, DCM_NumberOfFrames), "(absent)");
}

TEST(DerivedSeries, InversionRecoveryIsNotClaimedWithoutItsTime) {
    const auto source = source_of(classic(kObliqueSlab), [](DcmDataset& data) {
        ASSERT_TRUE(data.putAndInsertString(DCM_ScanningSequence, "IR").good());
        delete data.remove(DCM_InversionTime);
        delete data.remove(DCM_SequenceVariant);
        delete data.remove(DCM_EchoTrainLength);
    });
    const auto file = first_enhanced(source);
    DcmItem& data = *file->getDataset();
    EXPECT_EQ(text(data, DCM_ScanningSequence), "RM");
    EXPECT_EQ(text(data, DCM_SequenceVariant), "NONE");
    EXPECT_EQ(text(data, DCM_EchoTrainLength), "");
    if (bench::has_program("dciodvfy")) {
        const auto all = encoded(source, images_on(refine(kObliqueSlab, 1.0)));
        EXPECT_THAT(bench::iod_errors(of_kind(all, OutputKind::Enhanced).instances[0].bytes),
                    testing::IsEmpty());
    }
}

TEST(DerivedSeries, AMissingFrameOfReferenceIsMadeUpOnceForAllResults) {
    const auto source = source_of(classic(kObliqueSlab), [](DcmDataset& data) {
        delete data.remove(DCM_FrameOfReferenceUID);
    });
    const auto all = encoded(source, images_on(refine(kObliqueSlab, 1.0)));
    std::vector<std::string> frames;
    for (const OutputKind kind :
         {OutputKind::Warning, OutputKind::Enhanced, OutputKind::InputOnGrid}) {
        const auto file = parsed(of_kind(all, kind).instances.back().bytes);
        frames.push_back(text(*file->getDataset(), DCM_FrameOfReferenceUID));
    }
    EXPECT_EQ(frames[0].rfind("2.25.", 0), 0U);
    EXPECT_EQ(frames[0], frames[1]);
    EXPECT_EQ(frames[0], frames[2]);
}

TEST(DerivedSeries, SeriesNumbersStandBehindTheSourceAndStayLegal) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"10", "1001"}, {"2147483647", "748364701"}, {"", "9901"}, {"-3", "9901"}, {"x", "9901"}};
    for (const auto& one : cases) {
        const auto& number = one.first;
        const auto& expected = one.second;
        const auto file = first_enhanced(source_of(classic(kObliqueSlab), [&](DcmDataset& data) {
            ASSERT_TRUE(data.putAndInsertString(DCM_SeriesNumber, number.c_str()).good());
        }));
        EXPECT_EQ(text(*file->getDataset(), DCM_SeriesNumber), expected) << number;
    }
}

TEST(DerivedSeries, OnceLossyStaysLossy) {
    const auto file = first_enhanced(source_of(classic(kObliqueSlab), [](DcmDataset& data) {
        ASSERT_TRUE(data.putAndInsertString(DCM_LossyImageCompression, "01").good());
        ASSERT_TRUE(data.putAndInsertString(DCM_LossyImageCompressionRatio, "12.5").good());
        ASSERT_TRUE(data.putAndInsertString(DCM_LossyImageCompressionMethod, "ISO_10918_1").good());
    }));
    EXPECT_EQ(text(*file->getDataset(), DCM_LossyImageCompression), "01");
    EXPECT_EQ(text(*file->getDataset(), DCM_LossyImageCompressionRatio), "12.5");
}

TEST(DerivedSeries, ARevisionSaysSo) {
    DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    images.revision = 3;
    const auto all = encoded(source_of(classic(kObliqueSlab)), images);
    const auto file = parsed(of_kind(all, OutputKind::Enhanced).instances.front().bytes);
    EXPECT_EQ(text(*file->getDataset(), DCM_SeriesDescription), "IQT RUO T2 (AXI) rev 3");
}

TEST(DerivedSeries, AnOverrideStandsInTheDescriptionOfEveryOutput) {
    DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    images.assessment.overridden = true;
    const auto all = encoded(source_of(classic(kObliqueSlab)), images);
    EXPECT_FALSE(all.empty());
    for (const EncodedSeries& series : all) {
        const auto file = parsed(series.instances.front().bytes);
        EXPECT_THAT(text(*file->getDataset(), DCM_SeriesDescription),
                    testing::HasSubstr("OVERRIDE"));
    }
    const auto file = parsed(of_kind(all, OutputKind::Enhanced).instances.front().bytes);
    EXPECT_THAT(text(*file->getDataset(), DCM_DerivationDescription),
                testing::HasSubstr("OVERRIDE"));
}

TEST(Encoder, GivesEqualUidsAndPixelsAtAnotherTimeAndEqualFilesAtTheSame) {
    const auto source = source_of(classic(kObliqueSlab));
    const auto images = images_on(refine(kObliqueSlab, 1.0));
    const auto now = encoded(source, images), again = encoded(source, images);
    const auto later = encoded(source, images, bench::kLateEvening + 86'400'000);
    ASSERT_EQ(now.size(), later.size());
    for (std::size_t s = 0; s < now.size(); ++s) {
        EXPECT_EQ(now[s].series_uid, later[s].series_uid);
        for (std::size_t n = 0; n < now[s].instances.size(); ++n) {
            const EncodedInstance &one = now[s].instances[n], &other = later[s].instances[n];
            EXPECT_EQ(one.bytes, again[s].instances[n].bytes);
            EXPECT_EQ(one.sop_instance_uid, other.sop_instance_uid);
            EXPECT_NE(one.bytes, other.bytes);       // the dates differ
            const auto size = one.bytes.size() / 4;  // pixel data stand last
            EXPECT_EQ(one.bytes.substr(one.bytes.size() - size),
                      other.bytes.substr(other.bytes.size() - size));
        }
    }
}

TEST(Encoder, TellsTheTimeOnTheSourcesClockElseOnTheSites) {
    const auto images = images_on(refine(kObliqueSlab, 1.0));
    const auto zoned = source_of(classic(kObliqueSlab), [](DcmDataset& data) {
        ASSERT_TRUE(data.putAndInsertString(DCM_TimezoneOffsetFromUTC, "+0900").good());
    });
    EncoderOptions options;
    options.timezone = "-0500";
    for (const auto& [source, date, time, offset] :
         {std::tuple{zoned, "20250103", "083000.250", "+0900"},
          std::tuple{source_of(classic(kObliqueSlab)), "20250102", "183000.250", "(absent)"}}) {
        const auto all = encoded(source, images, bench::kLateEvening, options);
        const auto file = parsed(of_kind(all, OutputKind::Warning).instances.front().bytes);
        DcmItem& data = *file->getDataset();
        EXPECT_EQ(text(data, DCM_ContentDate), date);
        EXPECT_EQ(text(data, DCM_ContentTime), time);
        EXPECT_EQ(text(data, DCM_DateOfSecondaryCapture), date);
        EXPECT_EQ(text(data, DCM_TimezoneOffsetFromUTC), offset);
    }
}

TEST(Encoder, RefusesWhatDoesNotFitTogether) {
    const bench::FixedClock clock(0);
    const DicomEncoder encoder({}, clock);
    DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    EXPECT_EQ(encoder.encode(SourceSeries{}, images).error().kind, ErrorKind::NotSupported);
    images.enhanced->grid.voxels.pop_back();
    EXPECT_EQ(encoder.encode(source_of(classic(kObliqueSlab)), images).error().kind,
              ErrorKind::Mismatch);
    images = images_on(refine(kObliqueSlab, 1.0));
    images.warning.pop_back();
    EXPECT_EQ(encoder.encode(source_of(classic(kObliqueSlab)), images).error().kind,
              ErrorKind::Mismatch);
    images = images_on(refine(kObliqueSlab, 1.0));
    images.notice->pixels.pop_back();
    EXPECT_EQ(encoder.encode(source_of(classic(kObliqueSlab)), images).error().kind,
              ErrorKind::Mismatch);
    auto source = source_of(classic(kObliqueSlab));
    source.instances.clear();
    EXPECT_EQ(encoder.encode(source, images_on(refine(kObliqueSlab, 1.0))).error().kind,
              ErrorKind::InvalidInput);
}

TEST(Encoder, MakesOnlyWhatThereIsInTheOrderOfSending) {
    DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    std::vector<OutputKind> kinds;
    for (const auto& series : encoded(source_of(classic(kObliqueSlab)), images))
        kinds.push_back(series.kind);
    EXPECT_THAT(kinds, testing::ElementsAre(OutputKind::Warning, OutputKind::Summary,
                                            OutputKind::Enhanced, OutputKind::InputOnGrid,
                                            OutputKind::Notice, OutputKind::Uncertainty,
                                            OutputKind::Flags, OutputKind::Report));
    images.enhanced.reset();
    images.input_on_grid.reset();
    images.uncertainty.reset();
    images.flags = images.report = false;
    images.warning.clear();
    images.summary.reset();
    const auto notice = encoded(source_of(classic(kObliqueSlab)), images);
    ASSERT_EQ(notice.size(), 1U);
    EXPECT_EQ(notice.front().kind, OutputKind::Notice);
}

}  // namespace
}  // namespace iqt::dicom
