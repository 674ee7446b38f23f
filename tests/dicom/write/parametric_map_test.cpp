// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>

#include <dcmtk/dcmfg/fgplanpo.h>
#include <dcmtk/dcmfg/fgrealworldvaluemapping.h>
#include <dcmtk/dcmpmap/dpmparametricmapiod.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/encoder.hpp"
#include "tests/dicom/write/encoding_bench.hpp"

/// The uncertainty maps, read back with DCMTK's own reader of Parametric Maps.
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

struct Made {
    SourceSeries source = source_of(classic(kObliqueSlab));
    DerivedImages images = images_on(refine(kObliqueSlab, 1.0));
    std::vector<EncodedSeries> all = encoded(source, images);
    const EncodedSeries& maps() const { return of_kind(all, OutputKind::Uncertainty); }
};

DcmItem& item_of(DcmItem& from, const DcmTagKey& sequence, long number = 0) {
    DcmItem* item = nullptr;
    if (from.findAndGetSequenceItem(sequence, item, number).bad())
        throw std::runtime_error("no item");
    return *item;
}

TEST(ParametricMap, EveryFrameLiesWhereTheEnhancedImageOfItsSliceLies) {
    const Made made;
    const auto& enhanced = of_kind(made.all, OutputKind::Enhanced).instances;
    ASSERT_EQ(made.maps().instances.size(), 3U);
    for (const EncodedInstance& instance : made.maps().instances) {
        const auto file = parsed(instance.bytes);
        DcmItem& data = *file->getDataset();
        EXPECT_EQ(text(data, DCM_NumberOfFrames), std::to_string(enhanced.size()));
        DcmItem& shared = item_of(data, DCM_SharedFunctionalGroupsSequence);
        for (std::size_t k = 0; k < enhanced.size(); ++k) {
            const auto image = parsed(enhanced[k].bytes);
            DcmItem& whole = *image->getDataset();
            DcmItem& frame =
                item_of(data, DCM_PerFrameFunctionalGroupsSequence, static_cast<long>(k));
            EXPECT_EQ(text(item_of(frame, DCM_PlanePositionSequence), DCM_ImagePositionPatient),
                      text(whole, DCM_ImagePositionPatient));
            EXPECT_EQ(
                text(item_of(shared, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient),
                text(whole, DCM_ImageOrientationPatient));
            DcmItem& measures = item_of(shared, DCM_PixelMeasuresSequence);
            for (const DcmTagKey& tag : {DCM_PixelSpacing, DCM_SpacingBetweenSlices})
                EXPECT_EQ(text(measures, tag), text(whole, tag));
            EXPECT_EQ(text(data, DCM_FrameOfReferenceUID), text(whole, DCM_FrameOfReferenceUID));
        }
    }
}

TEST(ParametricMap, ItsOwnLibraryReadsEveryValueAndWhatItMeans) {
    const Made made;
    const UncertaintyMaps& maps = *made.images.uncertainty;
    const char* labels[] = {"TOTAL SD", "INTRINSIC SD", "PARAMETER SD"};
    const Volume* written[] = {&maps.total_sd, &maps.intrinsic_sd, &maps.parameter_sd};
    for (std::size_t n = 0; n < 3; ++n) {
        const auto file = parsed(made.maps().instances.at(n).bytes);
        auto loaded = DPMParametricMapIOD::loadDataset(*file->getDataset());
        auto* pointer = OFget<DPMParametricMapIOD*>(&loaded);
        ASSERT_NE(pointer, nullptr);
        const std::unique_ptr<DPMParametricMapIOD> map(*pointer);
        auto frames_of_any_type = map->getFrames();
        auto* frames = OFget<DPMParametricMapIOD::Frames<Float32>>(&frames_of_any_type);
        ASSERT_NE(frames, nullptr);
        const Geometry& grid = written[n]->geometry;
        const std::size_t plane = written[n]->offset(0, 0, 1);
        for (int k = 0; k < grid.size[2]; ++k) {
            const Float32* frame = frames->getFrame(static_cast<std::size_t>(k));
            ASSERT_NE(frame, nullptr);
            EXPECT_EQ(std::memcmp(frame, written[n]->voxels.data() + written[n]->offset(0, 0, k),
                                  plane * sizeof(float)),
                      0);
        }
        auto* group = dynamic_cast<FGRealWorldValueMapping*>(
            map->getFunctionalGroups().get(0, DcmFGTypes::EFG_REALWORLDVALUEMAPPING));
        ASSERT_NE(group, nullptr);
        ASSERT_EQ(group->getRealWorldValueMapping().size(), 1U);
        OFString label;
        group->getRealWorldValueMapping()[0]->getLUTLabel(label);
        EXPECT_EQ(label, labels[n]);
    }
}

TEST(ParametricMap, SaysWhatQuantityItHoldsAndWhatItCameFrom) {
    const Made made;
    const auto file = parsed(made.maps().instances.front().bytes);
    DcmItem& data = *file->getDataset();
    EXPECT_EQ(text(data, DCM_SOPClassUID), UID_ParametricMapStorage);
    EXPECT_THAT(text(data, DCM_SeriesDescription), testing::StartsWith("IQT RUO UNCERTAINTY"));
    EXPECT_THAT(text(data, DCM_DerivationDescription),
                testing::StartsWith(std::string(kIntendedUse)));
    DcmItem& shared = item_of(data, DCM_SharedFunctionalGroupsSequence);
    DcmItem& mapping = item_of(shared, DCM_RealWorldValueMappingSequence);
    EXPECT_EQ(numbers(mapping, DCM_RealWorldValueSlope).at(0), 1);
    std::vector<std::string> codes;
    for (long n = 0; n < 3; ++n)
        codes.push_back(text(
            item_of(item_of(mapping, DCM_QuantityDefinitionSequence, n), DCM_ConceptCodeSequence),
            DCM_CodeValue));
    EXPECT_THAT(codes, testing::ElementsAre("110852", "386136009", "IQTSDTOTAL"));
    DcmItem& derivation = item_of(shared, DCM_DerivationImageSequence);
    for (std::size_t n = 0; n < made.source.instances.size(); ++n)
        EXPECT_EQ(text(item_of(derivation, DCM_SourceImageSequence, static_cast<long>(n)),
                       DCM_ReferencedSOPInstanceUID),
                  made.source.instances[n].sop_instance_uid);
}

TEST(ParametricMap, DeviationsOnAnotherGridAreRefused) {
    Made made;
    made.images.uncertainty->intrinsic_sd = Volume(kObliqueSlab);
    const bench::FixedClock clock(bench::kLateEvening);
    const auto refused = DicomEncoder({}, clock).encode(made.source, made.images);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::Mismatch);
}

}  // namespace
}  // namespace iqt::dicom
