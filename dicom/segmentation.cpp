// SPDX-License-Identifier: Apache-2.0
#include "dicom/segmentation.hpp"

#include <array>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/algorithm.hpp"
#include "dicom/cielab.hpp"
#include "dicom/class_words.hpp"
#include "dicom/dataset_edit.hpp"
#include "dicom/derivation.hpp"
#include "dicom/image_plane.hpp"
#include "dicom/multi_frame.hpp"
#include "dicom/part10_writer.hpp"
#include "dicom/references.hpp"

namespace iqt::dicom {
namespace {

constexpr std::uint64_t kPixelBytesMax = 0xFFFFFFFE;

/// UIDs of the one instance, of the organization of its frames, of what was assessed, and one for
/// each class.
constexpr std::size_t kOrganization = 1, kAssessed = 2, kFirstClass = 3;

SeriesUids flags_uids(const EncodeJob& job) {
    return result_uids(job.source, job.images, OutputKind::Flags,
                       static_cast<int>(kFirstClass + job.images.classes.size()));
}

struct Frame {
    std::size_t segment = 0;  ///< index into the classes
    int k = 0;
};

bool is_marked(const Mask& mask, WarningBit bit, int k) {
    const std::size_t first = mask.offset(0, 0, k), last = mask.offset(0, 0, k + 1);
    for (std::size_t n = first; n < last; ++n)
        if ((mask.voxels[n] & bit) != 0) return true;
    return false;
}

std::vector<Frame> frames_of(const Mask& mask, const std::vector<WarningClass>& classes) {
    std::vector<Frame> frames;
    for (std::size_t segment = 0; segment < classes.size(); ++segment)
        for (int k = 0; k < mask.geometry.size[2]; ++k)
            if (is_marked(mask, classes[segment].bit, k)) frames.push_back({segment, k});
    if (frames.empty()) frames.push_back({classes.size() - 1, 0});
    return frames;
}

/// Frames follow each other bit by bit, from the least significant one; only the end is padded.
std::vector<std::uint8_t> packed(const Mask& mask, const std::vector<WarningClass>& classes,
                                 const std::vector<Frame>& frames) {
    const std::size_t plane = mask.offset(0, 0, 1);
    const std::size_t bytes = (frames.size() * plane + 7) / 8;
    std::vector<std::uint8_t> bits(bytes + bytes % 2, 0);
    std::size_t at = 0;
    for (const Frame& frame : frames) {
        const std::size_t first = mask.offset(0, 0, frame.k);
        const unsigned bit = classes[frame.segment].bit;
        for (std::size_t n = 0; n < plane; ++n, ++at)
            if ((mask.voxels[first + n] & bit) != 0)
                bits[at / 8] = static_cast<std::uint8_t>(bits[at / 8] | (1U << (at % 8)));
    }
    return bits;
}

void put_segments(const EncodeJob& job, DcmItem& out) {
    const Algorithm algorithm = algorithm_of(job);
    const std::vector<Tracking> tracking = tracking_of(job);
    std::uint16_t number = 0;
    for (const WarningClass& warning_class : job.images.classes) {
        const ClassWords words = words_of(warning_class);
        DcmItem& segment = add_item(out, DCM_SegmentSequence);
        put_text(segment, DCM_TrackingID, tracking[number].id);
        put_text(segment, DCM_TrackingUID, tracking[number].uid);
        put_us(segment, DCM_SegmentNumber, ++number);
        put_text(segment, DCM_SegmentLabel, words.label);
        put_text(segment, DCM_SegmentDescription, words.description);
        put_text(segment, DCM_SegmentAlgorithmType, "AUTOMATIC");
        put_text(segment, DCM_SegmentAlgorithmName, algorithm.name);
        add_algorithm(algorithm, DCM_SegmentationAlgorithmIdentificationSequence, segment);
        add_code(segment, DCM_SegmentedPropertyCategoryCodeSequence,
                 {"309825002", "SCT", "Spatial and Relational Concept"});
        add_code(segment, DCM_SegmentedPropertyTypeCodeSequence, words.code);
        const auto lab = cielab_of(warning_class.rgb);
        segment.putAndInsertUint16Array(DCM_RecommendedDisplayCIELabValue, lab.data(), lab.size());
    }
}

void put_frames(const EncodeJob& job, const std::vector<Frame>& frames,
                const ReferencedSeries& enhanced, DcmItem& out) {
    const Geometry& grid = job.images.assessment.mask.geometry;
    put_shared_groups(grid, out);
    for (const Frame& frame : frames) {
        const auto segment = static_cast<std::uint32_t>(frame.segment + 1);
        DcmItem& groups =
            add_frame(grid, frame.k, {segment, static_cast<std::uint32_t>(frame.k + 1)}, out);
        put_us(add_item(groups, DCM_SegmentIdentificationSequence), DCM_ReferencedSegmentNumber,
               static_cast<std::uint16_t>(segment));
        if (enhanced.instances.empty()) continue;
        DcmItem& derivation = add_item(groups, DCM_DerivationImageSequence);
        add_frame_derivation(job, OutputKind::Flags, derivation);
        put_text(
            add_source_image(derivation, enhanced.instances[static_cast<std::size_t>(frame.k)]),
            DCM_SpatialLocationsPreserved, "YES");
    }
}

void put_segmentation(const Geometry& grid, std::size_t frames, DcmDataset& out) {
    put_text(out, DCM_SOPClassUID, UID_SegmentationStorage);
    put_text(out, DCM_ImageType, "DERIVED\\PRIMARY");
    put_text(out, DCM_SegmentationType, "BINARY");
    put_frames_size(grid, frames, out);
    put_us(out, DCM_BitsAllocated, 1);
    put_us(out, DCM_BitsStored, 1);
    put_us(out, DCM_HighBit, 0);
    put_us(out, DCM_PixelRepresentation, 0);
    put_text(out, DCM_BurnedInAnnotation, "NO");
    put_text(out, DCM_ImageComments,
             std::string(kIntendedUse) + ". " + std::string(kUnmarked) + ".");
}

Status check(const EncodeJob& job, std::size_t frames) {
    const Mask& mask = job.images.assessment.mask;
    const Geometry& grid = mask.geometry;
    const bool other_grid =
        job.images.enhanced && !(job.images.enhanced->grid.geometry == mask.geometry);
    if (other_grid || mask.voxels.size() != grid.voxel_count() || mask.voxels.empty())
        return fail(ErrorKind::Mismatch, "the warning mask does not fill the enhanced grid", {},
                    "report this with the log of the job");
    const std::uint64_t pixels = std::uint64_t{frames} * mask.offset(0, 0, 1);
    if (!is_encodable(grid.size[0], grid.size[1]) || pixels / 8 > kPixelBytesMax)
        return fail(ErrorKind::TooLarge, "the warning mask is too large for one object", {},
                    "leave \"flags\" out of the outputs of the route");
    return {};
}

}  // namespace

std::vector<Tracking> tracking_of(const EncodeJob& job) {
    const SeriesUids uids = flags_uids(job);
    std::vector<Tracking> all;
    for (std::size_t n = 0; n < job.images.classes.size(); ++n)
        all.push_back(
            {words_of(job.images.classes[n]).code.meaning, uids.instances[n + kFirstClass]});
    return all;
}

std::string assessed_tracking_uid(const EncodeJob& job) {
    return flags_uids(job).instances[kAssessed];
}

Result<EncodedSeries> encode_flags(const EncodeJob& job) {
    const Mask& mask = job.images.assessment.mask;
    const std::vector<WarningClass>& classes = job.images.classes;
    if (classes.empty())
        return fail(ErrorKind::Mismatch, "there are no warning classes to make flags of", {},
                    "report this with the log of the job");
    if (auto status = check(job, 0); !status) return fail(status.error());
    const std::vector<Frame> frames = frames_of(mask, classes);
    if (auto status = check(job, frames.size()); !status) return fail(status.error());
    const SeriesUids uids = flags_uids(job);
    const std::string& uid = uids.instances.front();
    DcmFileFormat file;
    DcmDataset& out = *file.getDataset();
    put_series_header(job, OutputKind::Flags, uids.series, out);
    put_text(out, DCM_SOPInstanceUID, uid);
    put_segmentation(mask.geometry, frames.size(), out);
    put_text(out, DCM_InstanceNumber, "1");
    put_content_identification("IQT_FLAGS", std::string(kIntendedUse), out);
    put_segments(job, out);
    put_dimensions(uids.instances[kOrganization],
                   {{DCM_ReferencedSegmentNumber, DCM_SegmentIdentificationSequence, "Segment"},
                    {DCM_ImagePositionPatient, DCM_PlanePositionSequence, "Image Position"}},
                   out);
    std::vector<ReferencedSeries> references{source_reference(job)};
    ReferencedSeries enhanced;
    if (job.images.enhanced) {
        enhanced =
            output_reference(job, OutputKind::Enhanced, UID_MRImageStorage, mask.geometry.size[2]);
        references.push_back(enhanced);
    }
    put_common_references(references, out);
    put_frames(job, frames, enhanced, out);
    const auto bits = packed(mask, classes, frames);
    if (out.putAndInsertUint8Array(DcmTag(DCM_PixelData, EVR_OB), bits.data(), bits.size()).bad())
        return fail(ErrorKind::OutOfResources, "no memory for a result's pixels");
    auto bytes = encode_part10(file);
    if (!bytes) return fail(bytes.error());
    return EncodedSeries{
        OutputKind::Flags, uids.series, {{UID_SegmentationStorage, uid, std::move(*bytes)}}};
}

}  // namespace iqt::dicom
