// SPDX-License-Identifier: Apache-2.0
#include "dicom/equipment.hpp"

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"

namespace iqt::dicom {
namespace {

constexpr std::size_t kLongString = 64, kShortString = 16;

std::string software(const EncodeJob& job) {
    const std::string model = model_label(job.images.provenance.model);
    const std::string version = ascii_value(job.images.software_version, kLongString);
    return model.empty() ? version : version + "\\" + model;
}

std::string contribution(const EncodeJob& job, OutputKind kind) {
    const Provenance& how = job.images.provenance;
    if (kind == OutputKind::Notice) return "Notice about the source series";
    if (kind == OutputKind::InputOnGrid)
        return "Source series interpolated to the grid of the enhanced series";
    std::string text = is_learned(how.model) ? "Image quality transfer of the source series: "
                                             : "Interpolation of the source series: ";
    text += model_label(how.model) + ", " + std::to_string(how.samples) + " samples, " +
            how.precision + " on " + how.device;
    return ascii_value(text, 1024);
}

void put_node(const EncodeJob& job, DcmItem& item) {
    put_text(item, DCM_Manufacturer, ascii_value(job.options.manufacturer, kLongString));
    put_text(item, DCM_ManufacturerModelName, kNodeModelName);
    put_if_legal(item, DCM_StationName, ascii_value(job.options.station_name, kShortString));
    put_if_legal(item, DCM_DeviceSerialNumber, ascii_value(job.options.device_serial, kLongString));
    put_text(item, DCM_SoftwareVersions, software(job));
}

void put_scanner(const EncodeJob& job, DcmItem& item) {
    // Manufacturer is Type 1 here, Type 2 in the source.
    if (!copy_if_legal(job.header, DCM_Manufacturer, item))
        put_text(item, DCM_Manufacturer, "UNKNOWN");
    for (const DcmTagKey& tag : {DCM_ManufacturerModelName, DCM_StationName, DCM_InstitutionName,
                                 DCM_DeviceSerialNumber, DCM_SoftwareVersions})
        copy_if_legal(job.header, tag, item);
    put_if_legal(item, DCM_ContributionDateTime,
                 text_of(job.header, DCM_AcquisitionDateTime).value_or(""));
}

/// Type 1 of the Enhanced General Equipment module, which the newer objects have.
void put_some_serial_number(const EncodeJob& job, DcmItem& out) {
    if (out.tagExists(DCM_DeviceSerialNumber) == OFTrue) return;
    const std::string station = ascii_value(job.options.station_name, kShortString);
    put_text(out, DCM_DeviceSerialNumber, station.empty() ? "UNKNOWN" : station);
}

}  // namespace

void put_equipment(const EncodeJob& job, OutputKind kind, DcmItem& out) {
    put_node(job, out);
    if (kind == OutputKind::Uncertainty || kind == OutputKind::Flags || kind == OutputKind::Report)
        put_some_serial_number(job, out);
    copy_verbatim(job.header, DCM_ContributingEquipmentSequence, out);
    DcmItem& scanner = add_item(out, DCM_ContributingEquipmentSequence);
    put_scanner(job, scanner);
    add_code(scanner, DCM_PurposeOfReferenceCodeSequence,
             {"109101", "DCM", "Acquisition Equipment"});
    DcmItem& node = add_item(out, DCM_ContributingEquipmentSequence);
    put_node(job, node);
    put_text(node, DCM_ContributionDateTime, job.made.date_time);
    put_text(node, DCM_ContributionDescription, contribution(job, kind));
    add_code(node, DCM_PurposeOfReferenceCodeSequence, {"109102", "DCM", "Processing Equipment"});

    if (kind != OutputKind::Warning && !is_text_page(kind)) return;
    put_text(out, DCM_ConversionType, "SYN");
    put_text(out, DCM_DateOfSecondaryCapture, job.made.date);
    put_text(out, DCM_TimeOfSecondaryCapture, job.made.time);
    put_text(out, DCM_SecondaryCaptureDeviceManufacturer,
             ascii_value(job.options.manufacturer, kLongString));
    put_text(out, DCM_SecondaryCaptureDeviceManufacturerModelName, kNodeModelName);
    put_text(out, DCM_SecondaryCaptureDeviceSoftwareVersions,
             ascii_value(job.images.software_version, kLongString));
}

}  // namespace iqt::dicom
