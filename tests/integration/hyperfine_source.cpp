// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/hyperfine_source.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "pipeline/digest/digest.hpp"

namespace iqt::integration {
namespace {

std::string decimals(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) {
        std::array<char, 32> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "%.8g", value);
        text += (text.empty() ? "" : "\\") + std::string(buffer.data());
    }
    return text;
}

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
    if (item.putAndInsertString(tag, value.c_str()).bad())
        throw std::runtime_error("cannot set " + std::string(tag.toString().c_str()));
}

DcmItem& nested(DcmItem& item, const DcmTagKey& sequence) {
    DcmItem* found = nullptr;
    if (item.findOrCreateSequenceItem(sequence, found, 0).bad())
        throw std::runtime_error("no sequence item");
    return *found;
}

void complete_top_level(DcmDataset& data, const SourceText& text) {
    for (const DcmTagKey& empty : {DCM_PatientBirthDate, DCM_PatientSex, DCM_ReferringPhysicianName,
                                   DCM_AccessionNumber, DCM_PositionReferenceIndicator})
        data.insertEmptyElement(empty);
    put(data, DCM_PatientName, text.patient_name);
    put(data, DCM_PatientID, "IQT-0001");
    put(data, DCM_StudyInstanceUID, digest::uid_from_name("study" + text.uid_seed));
    put(data, DCM_SeriesInstanceUID, digest::uid_from_name("series" + text.uid_seed));
    put(data, DCM_SOPInstanceUID, digest::uid_from_name("instance" + text.uid_seed));
    put(data, DCM_FrameOfReferenceUID, digest::uid_from_name("frame" + text.uid_seed));
    put(data, DCM_SeriesDescription, "FLAIR (" + text.plane + ")");
    put(data, DCM_SeriesTime, "201417");
    put(data, DCM_ContentTime, "201417");
    put(data, DCM_AcquisitionDateTime, "20220627201417");
    put(data, DCM_ManufacturerModelName, "Swoop");
    put(data, DCM_SoftwareVersions, "8.6.0");
    put(data, DCM_BodyPartExamined, "BRAIN");
    put(data, DCM_ImageType, "ORIGINAL\\PRIMARY\\FLUID_ATTENUATED\\NONE");
    put(data, DCM_PixelPresentation, "MONOCHROME");
    put(data, DCM_VolumetricProperties, "VOLUME");
    put(data, DCM_VolumeBasedCalculationTechnique, "NONE");
    put(data, DCM_ComplexImageComponent, "MAGNITUDE");
    put(data, DCM_AcquisitionContrast, "FLUID_ATTENUATED");
    put(data, DCM_BurnedInAnnotation, "NO");
    put(data, DCM_LossyImageCompression, "00");
    put(data, DCM_PresentationLUTShape, "IDENTITY");
    const std::string organization = digest::uid_from_name("dimension" + text.uid_seed);
    put(nested(data, DCM_DimensionOrganizationSequence), DCM_DimensionOrganizationUID,
        organization);
    DcmItem& index = nested(data, DCM_DimensionIndexSequence);
    put(index, DCM_DimensionOrganizationUID, organization);
    index.putAndInsertTagKey(DCM_DimensionIndexPointer, DCM_InStackPositionNumber);
    index.putAndInsertTagKey(DCM_FunctionalGroupPointer, DCM_FrameContentSequence);
}

void set_geometry(DcmDataset& data, const Geometry& g) {
    const std::string orientation = decimals(
        {g.axes[0][0], g.axes[0][1], g.axes[0][2], g.axes[1][0], g.axes[1][1], g.axes[1][2]});
    const std::string spacing = decimals({g.spacing_mm[1], g.spacing_mm[0]});
    const std::string origin =
        decimals({g.origin_lps_mm[0], g.origin_lps_mm[1], g.origin_lps_mm[2]});
    put(data, DCM_ImageOrientationPatient, orientation);
    put(data, DCM_ImagePositionPatient, origin);
    put(data, DCM_PixelSpacing, spacing);
    DcmItem& shared = nested(data, DCM_SharedFunctionalGroupsSequence);
    put(nested(shared, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient, orientation);
    DcmItem& measures = nested(shared, DCM_PixelMeasuresSequence);
    put(measures, DCM_PixelSpacing, spacing);
    put(measures, DCM_SliceThickness, decimals({g.spacing_mm[2]}));
    nested(shared, DCM_MRModifierSequence).putAndInsertFloat64(DCM_InversionTimes, 1400.0);
}

void set_frames(DcmDataset& data, const Geometry& g) {
    delete data.remove(DCM_PerFrameFunctionalGroupsSequence);
    for (int k = 0; k < g.size[2]; ++k) {
        DcmItem* frame = nullptr;
        if (data.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, frame, k).bad())
            throw std::runtime_error("no frame item");
        const auto number = static_cast<Uint32>(k + 1);
        DcmItem& content = nested(*frame, DCM_FrameContentSequence);
        put(content, DCM_StackID, "1");
        content.putAndInsertUint32(DCM_InStackPositionNumber, number);
        content.putAndInsertUint32(DCM_DimensionIndexValues, number);
        put(content, DCM_FrameReferenceDateTime, "20220627201417");
        put(content, DCM_FrameAcquisitionDateTime, "20220627201417");
        content.putAndInsertFloat64(DCM_FrameAcquisitionDuration, 571000.0);
        const Vec3 position = g.point_lps_mm(0, 0, k);
        put(nested(*frame, DCM_PlanePositionSequence), DCM_ImagePositionPatient,
            decimals({position[0], position[1], position[2]}));
    }
    put(data, DCM_NumberOfFrames, std::to_string(g.size[2]));
    data.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(g.size[1]));
    data.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(g.size[0]));
}

}  // namespace

std::string write_completed_hyperfine(const std::filesystem::path& header, const Volume& low_field,
                                      const SourceText& text, const std::filesystem::path& file) {
    DcmFileFormat format;
    if (format.loadFile(header.c_str()).bad()) throw std::runtime_error("cannot read the header");
    DcmDataset& data = *format.getDataset();
    complete_top_level(data, text);
    set_geometry(data, low_field.geometry);
    set_frames(data, low_field.geometry);
    std::vector<Uint16> pixels(low_field.voxels.size());
    std::transform(low_field.voxels.begin(), low_field.voxels.end(), pixels.begin(), [](float v) {
        return static_cast<Uint16>(std::clamp(std::lround(v), 0L, 65535L));
    });
    delete data.remove(DCM_PixelData);
    data.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
    delete format.getMetaInfo()->remove(DCM_MediaStorageSOPInstanceUID);
    if (format.saveFile(file.c_str(), EXS_LittleEndianExplicit).bad())
        throw std::runtime_error("cannot write the series");
    return digest::uid_from_name("series" + text.uid_seed);
}

}  // namespace iqt::integration
