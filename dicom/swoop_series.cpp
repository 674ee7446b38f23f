// SPDX-License-Identifier: Apache-2.0
#include "dicom/swoop_series.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/part10_writer.hpp"
#include "dicom/swoop_parts.hpp"
#include "dicom/text_values.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::dicom {
namespace swoop {
namespace {

constexpr double kStoredAtPercentile = 3000;
/// Rows and columns are 16-bit numbers; an Enhanced object stays below 2 GiB of pixels.
constexpr int kExtentMax = 65535;
constexpr std::size_t kVoxelsMax = 1U << 29U;

double percentile(std::vector<float> values, double share) {
    if (values.empty()) return 0;
    const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + rank, values.end());
    return static_cast<double>(values[static_cast<std::size_t>(rank)]);
}

const char* plane_of(const Geometry& geometry) {
    const Vec3& normal = geometry.axes[2];
    if (std::abs(normal[2]) >= std::max(std::abs(normal[0]), std::abs(normal[1]))) return "AXI";
    return std::abs(normal[0]) >= std::abs(normal[1]) ? "SAG" : "COR";
}

std::string joined(std::initializer_list<double> values) {
    std::string text;
    for (const double value : values) text += (text.empty() ? "" : "\\") + decimal_string(value);
    return text;
}

void fill_pixels(Series& series) {
    const std::vector<float>& voxels = series.volume->voxels;
    const double top = percentile(voxels, 0.999);
    const double factor = top > 0 ? kStoredAtPercentile / top : 1;
    series.pixels.reserve(voxels.size());
    for (const float voxel : voxels)
        series.pixels.push_back(static_cast<std::uint16_t>(
            std::clamp(std::round(static_cast<double>(voxel) * factor), 0.0, 65535.0)));
    const double window = percentile(voxels, 0.995) * factor;
    series.window_top = static_cast<std::uint16_t>(std::clamp(std::round(window), 1.0, 65535.0));
}

void fill_uids(Series& series) {
    const std::string seed = std::to_string(series.options.seed);
    digest::Sha256 content;
    content.add(std::as_bytes(std::span(series.pixels)));
    content.add_field(series.position(0)).add_field(series.orientation());
    content.add_field(series.pixel_spacing()).add_field(series.slice_spacing());
    series.content_digest = content.hex();
    series.study_uid = digest::uid_from_name("synthetic study|" + seed);
    series.frame_of_reference_uid = digest::uid_from_name("synthetic frame of reference|" + seed);
    series.series_uid = digest::uid_from_name(
        "synthetic series|" + seed + "|" + series.description + "|" +
        (series.options.form == SwoopForm::Enhanced ? "enhanced" : "classic") + "|" +
        series.content_digest);
}

/// The attributes of the MR Image module and of the image plane, for slice k.
Result<std::string> classic_object(const Series& series, int k) {
    DcmFileFormat file;
    DcmDataset& set = *file.getDataset();
    put_common(set, series, UID_MRImageStorage, k + 1);
    const Protocol& protocol = series.protocol;
    const bool inversion = protocol.inversion_ms > 0;
    put_text(set, DCM_ImageType, "ORIGINAL\\PRIMARY\\OTHER");
    put_text(set, DCM_AcquisitionDate, kDate);
    put_text(set, DCM_AcquisitionTime, kTime);
    put_text(set, DCM_AcquisitionNumber, "1");
    put_text(set, DCM_ScanningSequence, inversion ? "SE\\IR" : "SE");
    put_text(set, DCM_SequenceVariant, "SK");
    put_empty(set, DCM_ScanOptions);
    put_text(set, DCM_SliceThickness, series.slice_spacing());
    put_text(set, DCM_SpacingBetweenSlices, series.slice_spacing());
    put_text(set, DCM_RepetitionTime, decimal_string(protocol.repetition_ms));
    put_text(set, DCM_EchoTime, decimal_string(protocol.echo_ms));
    if (inversion) put_text(set, DCM_InversionTime, decimal_string(protocol.inversion_ms));
    put_text(set, DCM_EchoTrainLength, std::to_string(protocol.echo_train));
    put_text(set, DCM_FlipAngle, "90");
    put_text(set, DCM_NumberOfAverages, "1");
    put_text(set, DCM_ImagePositionPatient, series.position(k));
    put_text(set, DCM_ImageOrientationPatient, series.orientation());
    put_text(set, DCM_PixelSpacing, series.pixel_spacing());
    put_window(set, series);
    const auto& size = series.volume->geometry.size;
    const auto count = static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]);
    const OFCondition put = set.putAndInsertUint16Array(
        DCM_PixelData, series.pixels.data() + static_cast<std::size_t>(k) * count, count);
    if (put.bad()) return fail(ErrorKind::Internal, "the pixels could not be stored");
    return encode_part10(file);
}

}  // namespace

const Protocol& protocol_of(Contrast contrast) {
    static constexpr Protocol kT1{"T1", "T1", "T1", 880, 5, 354, 10};
    static constexpr Protocol kT2{"T2", "T2", "T2", 2000, 194.8, 0, 80};
    static constexpr Protocol kFlair{
        "FLAIR", "FLUID_ATTENUATED", "FLUID_ATTENUATED", 3500, 162, 1301, 68};
    switch (contrast) {
        case Contrast::T1:
            return kT1;
        case Contrast::T2:
            return kT2;
        case Contrast::Flair:
            return kFlair;
    }
    return kT1;
}

std::string Series::instance_uid(int index) const {
    return digest::uid_from_name("synthetic instance|" + series_uid + "|" + std::to_string(index));
}

std::string Series::position(int k) const {
    const Vec3 at = volume->geometry.point_lps_mm(0, 0, k);
    return joined({at[0], at[1], at[2]});
}

std::string Series::orientation() const {
    const auto& axes = volume->geometry.axes;
    return joined({axes[0][0], axes[0][1], axes[0][2], axes[1][0], axes[1][1], axes[1][2]});
}

std::string Series::pixel_spacing() const {
    return joined({volume->geometry.spacing_mm[1], volume->geometry.spacing_mm[0]});
}

std::string Series::slice_spacing() const {
    return joined({volume->geometry.spacing_mm[2]});
}

void put_window(DcmItem& item, const Series& series) {
    put_text(item, DCM_WindowCenter, decimal_string(series.window_top / 2.0));
    put_text(item, DCM_WindowWidth, std::to_string(series.window_top));
}

void put_common(DcmItem& item, const Series& series, const char* sop_class_uid, int index) {
    struct Constant {
        DcmTagKey tag;
        const char* value;
    };
    static const std::array kConstants{
        Constant{DCM_SpecificCharacterSet, "ISO_IR 192"},
        Constant{DCM_StudyDate, kDate},
        Constant{DCM_SeriesDate, kDate},
        Constant{DCM_ContentDate, kDate},
        Constant{DCM_StudyTime, kTime},
        Constant{DCM_SeriesTime, kTime},
        Constant{DCM_ContentTime, "101900"},
        Constant{DCM_AccessionNumber, "IQTTEST1"},
        Constant{DCM_Modality, "MR"},
        Constant{DCM_Manufacturer, "Hyperfine, Inc."},
        Constant{DCM_ReferringPhysicianName, ""},
        Constant{DCM_StationName, "SYNTHETIC"},
        Constant{DCM_StudyDescription, "Synthetic portable brain MRI"},
        Constant{DCM_ManufacturerModelName, "Swoop"},
        Constant{DCM_PatientName, "IQTTEST^SYNTHETIC"},
        Constant{DCM_PatientID, "IQT-0001"},
        Constant{DCM_PatientBirthDate, "19700101"},
        Constant{DCM_PatientSex, "O"},
        Constant{DCM_PatientAge, "055Y"},
        Constant{DCM_BodyPartExamined, "BRAIN"},
        Constant{DCM_MRAcquisitionType, "3D"},
        Constant{DCM_MagneticFieldStrength, "0.064"},
        Constant{DCM_DeviceSerialNumber, "SYNTHETIC"},
        Constant{DCM_SoftwareVersions, "8.8.0"},
        Constant{DCM_PatientPosition, "HFS"},
        Constant{DCM_StudyID, "1"},
        Constant{DCM_PositionReferenceIndicator, ""},
        Constant{DCM_PhotometricInterpretation, "MONOCHROME2"},
        Constant{DCM_BurnedInAnnotation, "NO"},
        Constant{DCM_LossyImageCompression, "00"},
        Constant{DCM_ImageComments, "Synthetic image of a made-up patient"},
        Constant{DCM_PresentationLUTShape, "IDENTITY"}};
    for (const Constant& constant : kConstants) put_text(item, constant.tag, constant.value);
    if (series.options.synthetic_data == SyntheticData::Written)  // not in the library's dictionary
        item.putAndInsertString(DcmTag(0x0008, 0x001c, EVR_CS), "YES");
    put_text(item, DCM_SOPClassUID, sop_class_uid);
    put_text(item, DCM_SOPInstanceUID, series.instance_uid(index));
    put_text(item, DCM_StudyInstanceUID, series.study_uid);
    put_text(item, DCM_SeriesInstanceUID, series.series_uid);
    put_text(item, DCM_FrameOfReferenceUID, series.frame_of_reference_uid);
    put_text(item, DCM_SeriesDescription, series.description);
    put_text(item, DCM_ProtocolName, series.description);
    put_text(item, DCM_SeriesNumber, std::to_string(series.options.series_number));
    put_text(item, DCM_InstanceNumber, std::to_string(index));
    put_us(item, DCM_SamplesPerPixel, 1);
    put_us(item, DCM_Rows, static_cast<std::uint16_t>(series.volume->geometry.size[1]));
    put_us(item, DCM_Columns, static_cast<std::uint16_t>(series.volume->geometry.size[0]));
    put_us(item, DCM_BitsAllocated, 16);
    put_us(item, DCM_BitsStored, 16);
    put_us(item, DCM_HighBit, 15);
    put_us(item, DCM_PixelRepresentation, 0);
}

}  // namespace swoop

Result<std::vector<std::string>> make_swoop_series(const Volume& volume,
                                                   const SwoopOptions& options) {
    const Geometry& g = volume.geometry;
    if (volume.voxels.empty() || volume.voxels.size() > swoop::kVoxelsMax ||
        *std::max_element(g.size.begin(), g.size.end()) > swoop::kExtentMax)
        return fail(ErrorKind::InvalidInput, "the volume is empty or too large for one series");
    if (dot(cross(g.axes[0], g.axes[1]), g.axes[2]) < 0.999)
        return fail(ErrorKind::InvalidInput,
                    "the slices of the volume do not ascend along rows x columns", {},
                    "flip the slice axis first");
    swoop::Series series;
    series.volume = &volume;
    series.options = options;
    series.protocol = swoop::protocol_of(options.contrast);
    series.description = std::string(series.protocol.name) + " (" + swoop::plane_of(g) + ")";
    swoop::fill_pixels(series);
    swoop::fill_uids(series);
    std::vector<std::string> objects;
    if (options.form == SwoopForm::Enhanced) {
        auto object = swoop::enhanced_object(series);
        if (!object) return fail(object.error());
        objects.push_back(std::move(*object));
        return objects;
    }
    for (int k = 0; k < g.size[2]; ++k) {
        auto object = swoop::classic_object(series, k);
        if (!object) return fail(object.error());
        objects.push_back(std::move(*object));
    }
    return objects;
}

}  // namespace iqt::dicom
