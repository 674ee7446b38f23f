// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <dcmtk/dcmfg/fgpixmsr.h>
#include <dcmtk/dcmfg/fgplanor.h>
#include <dcmtk/dcmfg/fgplanpo.h>
#include <dcmtk/dcmfg/fgseg.h>
#include <dcmtk/dcmseg/segdoc.h>
#include <dcmtk/dcmseg/segutils.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/cielab.hpp"
#include "dicom/encoder.hpp"
#include "tests/dicom/write/encoding_bench.hpp"
#include "tests/fixtures/dicom_builder.hpp"

/// The flags, read back with DCMTK's own reader of Segmentations.
namespace iqt::dicom {
namespace {

using bench::encoded;
using bench::images_on;
using bench::of_kind;
using bench::parsed;
using bench::source_of;
using bench::text;

const Geometry kOddSlab = fixtures::slab(fixtures::Plane::Oblique, {11, 9, 3});
const Geometry kOddGrid = refine(kOddSlab, 1.0);

DerivedImages images_with(const Mask& mask) {
    DerivedImages images = images_on(kOddGrid);
    images.assessment.mask = mask;
    return images;
}

std::vector<EncodedSeries> encoded_with(const DerivedImages& images) {
    return encoded(source_of(bench::classic(kOddSlab)), images);
}

/// A Segmentation as DCMTK understands it.
class Reader {
  public:
    explicit Reader(const std::vector<EncodedSeries>& all)
        : file_(parsed(of_kind(all, OutputKind::Flags).instances.at(0).bytes)) {
        DcmSegmentation* made = nullptr;
        EXPECT_TRUE(DcmSegmentation::loadDataset(*file_->getDataset(), made).good());
        segmentation_.reset(made);
    }

    DcmItem& data() { return *file_->getDataset(); }
    DcmSegmentation& segmentation() { return *segmentation_; }
    std::vector<std::size_t> frames_of(std::size_t segment) {
        OFVector<size_t> frames;
        segmentation_->getFramesForSegment(segment, frames);
        return {frames.begin(), frames.end()};
    }

    /// Patient positions of all voxels of a segment, by the object's own geometry.
    std::vector<Vec3> points(std::size_t segment) {
        std::vector<Vec3> found;
        for (const std::size_t number : frames_of(segment)) {
            const std::unique_ptr<DcmIODTypes::Frame> frame(DcmSegUtils::unpackBinaryFrame(
                segmentation_->getFrame(number), static_cast<Uint16>(kOddGrid.size[1]),
                static_cast<Uint16>(kOddGrid.size[0])));
            const Geometry plane = plane_of(static_cast<Uint32>(number));
            for (int j = 0; j < kOddGrid.size[1]; ++j)
                for (int i = 0; i < kOddGrid.size[0]; ++i)
                    if (frame->pixData[j * kOddGrid.size[0] + i] != 0)
                        found.push_back(plane.point_lps_mm(i, j, 0));
        }
        return found;
    }

  private:
    template <class Group>
    Group& group(Uint32 frame, DcmFGTypes::E_FGType type) {
        return dynamic_cast<Group&>(*segmentation_->getFunctionalGroups().get(frame, type));
    }

    Geometry plane_of(Uint32 frame) {
        Geometry plane;
        Vec3& at = plane.origin_lps_mm;
        group<FGPlanePosPatient>(frame, DcmFGTypes::EFG_PLANEPOSPATIENT)
            .getImagePositionPatient(at[0], at[1], at[2]);
        Vec3 &row = plane.axes[0], &column = plane.axes[1];
        group<FGPlaneOrientationPatient>(frame, DcmFGTypes::EFG_PLANEORIENTPATIENT)
            .getImageOrientationPatient(row[0], row[1], row[2], column[0], column[1], column[2]);
        auto& measures = group<FGPixelMeasures>(frame, DcmFGTypes::EFG_PIXELMEASURES);
        measures.getPixelSpacing(plane.spacing_mm[1], 0);
        measures.getPixelSpacing(plane.spacing_mm[0], 1);
        return plane;
    }

    std::unique_ptr<DcmFileFormat> file_;
    std::unique_ptr<DcmSegmentation> segmentation_;
};

TEST(Segmentation, APlantedVoxelIsFoundAtItsPlaceInThePatient) {
    Mask mask(kOddGrid);
    mask.at(3, 5, 7) = kInconsistent | kUncertain;
    mask.at(10, 8, 14) = kInconsistent;
    Reader reader(encoded_with(images_with(mask)));
    const auto expect_at = [](const std::vector<Vec3>& found, std::vector<Vec3> wanted) {
        ASSERT_EQ(found.size(), wanted.size());
        for (std::size_t n = 0; n < found.size(); ++n)
            for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(found[n][c], wanted[n][c], 1e-4);
    };
    expect_at(reader.points(1), {kOddGrid.point_lps_mm(3, 5, 7)});
    expect_at(reader.points(3), {kOddGrid.point_lps_mm(3, 5, 7), kOddGrid.point_lps_mm(10, 8, 14)});
    EXPECT_TRUE(reader.points(2).empty());
    EXPECT_TRUE(reader.points(4).empty());
}

TEST(Segmentation, EveryVoxelOfEveryClassComesBack) {
    const DerivedImages images = images_on(kOddGrid);
    Reader reader(encoded_with(images));
    const Mask& mask = images.assessment.mask;
    for (std::size_t segment = 0; segment < 4; ++segment) {
        std::size_t marked = 0;
        for (const std::uint8_t bits : mask.voxels)
            if ((bits & images.classes[segment].bit) != 0) ++marked;
        EXPECT_EQ(reader.points(segment + 1).size(), marked) << segment;
    }
    EXPECT_EQ(reader.points(1).empty(), false);
}

TEST(Segmentation, EveryFrameNamesAndLiesInTheEnhancedImageOfItsSlice) {
    const auto all = encoded_with(images_on(kOddGrid));
    Reader reader(all);
    const auto& enhanced = of_kind(all, OutputKind::Enhanced).instances;
    const auto frames = reader.frames_of(4);
    ASSERT_EQ(frames.size(), enhanced.size());
    for (std::size_t k = 0; k < frames.size(); ++k) {
        const auto image = parsed(enhanced[k].bytes);
        DcmItem *frame = nullptr, *item = nullptr;
        ASSERT_TRUE(reader.data()
                        .findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, frame,
                                                static_cast<long>(frames[k]))
                        .good());
        ASSERT_TRUE(frame->findAndGetSequenceItem(DCM_PlanePositionSequence, item).good());
        EXPECT_EQ(text(*item, DCM_ImagePositionPatient),
                  text(*image->getDataset(), DCM_ImagePositionPatient));
        ASSERT_TRUE(frame->findAndGetSequenceItem(DCM_DerivationImageSequence, item).good());
        ASSERT_TRUE(item->findAndGetSequenceItem(DCM_SourceImageSequence, item).good());
        EXPECT_EQ(text(*item, DCM_ReferencedSOPInstanceUID), enhanced[k].sop_instance_uid);
        EXPECT_EQ(text(*item, DCM_ReferencedSOPClassUID), UID_MRImageStorage);
    }
}

TEST(Segmentation, DescribesAllClassesAndSaysWhatWasNotChecked) {
    const DerivedImages images = images_on(kOddGrid);
    Reader reader(encoded_with(images));
    std::vector<std::string> labels;
    for (long n = 0; n < 4; ++n) {
        DcmItem *segment = nullptr, *algorithm = nullptr;
        ASSERT_TRUE(reader.data().findAndGetSequenceItem(DCM_SegmentSequence, segment, n).good());
        labels.push_back(text(*segment, DCM_SegmentLabel));
        EXPECT_EQ(text(*segment, DCM_SegmentAlgorithmType), "AUTOMATIC");
        EXPECT_THAT(text(*segment, DCM_SegmentDescription),
                    testing::EndsWith(std::string(kUnmarked) + "."));
        ASSERT_TRUE(
            segment
                ->findAndGetSequenceItem(DCM_SegmentationAlgorithmIdentificationSequence, algorithm)
                .good());
        EXPECT_EQ(text(*algorithm, DCM_AlgorithmName), "iqt-ur");
        EXPECT_THAT(text(*algorithm, DCM_AlgorithmParameters),
                    testing::HasSubstr("model_sha256=" + images.provenance.model.digest));
        const Uint16* lab = nullptr;
        unsigned long count = 0;
        ASSERT_TRUE(
            segment->findAndGetUint16Array(DCM_RecommendedDisplayCIELabValue, lab, &count).good());
        ASSERT_EQ(count, 3U);
        EXPECT_THAT(
            std::vector<Uint16>(lab, lab + 3),
            testing::ElementsAreArray(cielab_of(images.classes[static_cast<std::size_t>(n)].rgb)));
    }
    EXPECT_THAT(labels, testing::ElementsAre("Uncertain", "Unfamiliar (not checked)",
                                             "Inconsistent", "Not assessed"));
    EXPECT_THAT(text(reader.data(), DCM_SeriesDescription), testing::StartsWith("IQT RUO FLAGS"));
}

TEST(Segmentation, AnUnmarkedVolumeIsOneEmptyFrameWithoutError) {
    const auto all = encoded_with(images_with(Mask(kOddGrid)));
    Reader reader(all);
    EXPECT_EQ(reader.segmentation().getNumberOfFrames(), 1U);
    for (std::size_t segment = 1; segment <= 4; ++segment)
        EXPECT_TRUE(reader.points(segment).empty());
    EXPECT_THAT(bench::iod_errors(of_kind(all, OutputKind::Flags).instances.at(0).bytes),
                testing::IsEmpty());
}

TEST(Segmentation, AMaskOnAnotherGridIsRefused) {
    const auto source = source_of(bench::classic(kOddSlab));
    const bench::FixedClock clock(bench::kLateEvening);
    const auto refused = DicomEncoder({}, clock).encode(source, images_with(Mask(kOddSlab)));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::Mismatch);
}

}  // namespace
}  // namespace iqt::dicom
