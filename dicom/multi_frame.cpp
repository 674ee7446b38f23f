// SPDX-License-Identifier: Apache-2.0
#include "dicom/multi_frame.hpp"

#include <vector>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/image_plane.hpp"
#include "pipeline/core/assert.hpp"

namespace iqt::dicom {

void put_dimensions(const std::string& organization_uid,
                    std::initializer_list<Dimension> dimensions, DcmItem& out) {
    put_text(add_item(out, DCM_DimensionOrganizationSequence), DCM_DimensionOrganizationUID,
             organization_uid);
    for (const Dimension& dimension : dimensions) {
        DcmItem& item = add_item(out, DCM_DimensionIndexSequence);
        put_text(item, DCM_DimensionOrganizationUID, organization_uid);
        IQT_ASSERT(item.putAndInsertTagKey(DCM_DimensionIndexPointer, dimension.attribute).good());
        IQT_ASSERT(item.putAndInsertTagKey(DCM_FunctionalGroupPointer, dimension.group).good());
        put_text(item, DCM_DimensionDescriptionLabel, dimension.label);
    }
}

DcmItem& put_shared_groups(const Geometry& stack, DcmItem& out) {
    DcmItem& shared = add_item(out, DCM_SharedFunctionalGroupsSequence);
    DcmItem& measures = add_item(shared, DCM_PixelMeasuresSequence);
    put_slice_spacing(stack, measures);
    put_pixel_spacing(stack.spacing_mm[0], stack.spacing_mm[1], measures);
    put_orientation(stack, add_item(shared, DCM_PlaneOrientationSequence));
    return shared;
}

DcmItem& add_frame(const Geometry& stack, int k, std::initializer_list<std::uint32_t> indices,
                   DcmItem& out) {
    DcmItem& frame = add_item(out, DCM_PerFrameFunctionalGroupsSequence);
    DcmItem& content = add_item(frame, DCM_FrameContentSequence);
    const auto place = static_cast<Uint32>(k + 1);
    put_text(content, DCM_StackID, "1");
    IQT_ASSERT(content.putAndInsertUint32(DCM_InStackPositionNumber, place).good());
    const std::vector<Uint32> values(indices);
    IQT_ASSERT(
        content.putAndInsertUint32Array(DCM_DimensionIndexValues, values.data(), values.size())
            .good());
    put_image_position(stack.point_lps_mm(0, 0, k), add_item(frame, DCM_PlanePositionSequence));
    return frame;
}

void put_frames_size(const Geometry& stack, std::size_t frames, DcmItem& out) {
    put_text(out, DCM_NumberOfFrames, std::to_string(frames));
    put_us(out, DCM_SamplesPerPixel, 1);
    put_text(out, DCM_PhotometricInterpretation, "MONOCHROME2");
    put_us(out, DCM_Columns, static_cast<std::uint16_t>(stack.size[0]));
    put_us(out, DCM_Rows, static_cast<std::uint16_t>(stack.size[1]));
}

void put_content_identification(const char* label, const std::string& description, DcmItem& out) {
    put_text(out, DCM_ContentLabel, label);
    put_text(out, DCM_ContentDescription, description);
    put_empty(out, DCM_ContentCreatorName);
}

}  // namespace iqt::dicom
