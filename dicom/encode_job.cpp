// SPDX-License-Identifier: Apache-2.0
#include "dicom/encode_job.hpp"

#include <charconv>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/derivation.hpp"
#include "dicom/equipment.hpp"
#include "dicom/source_attributes.hpp"

namespace iqt::dicom {
namespace {

std::string_view description_prefix(OutputKind kind) {
    switch (kind) {
        case OutputKind::Warning:
            return "IQT RUO WARNING ";
        case OutputKind::Summary:
            return "IQT RUO SUMMARY ";
        case OutputKind::Enhanced:
            return "IQT RUO ";
        case OutputKind::InputOnGrid:
            return "IQT RUO INPUT ";
        case OutputKind::Notice:
            return "IQT RUO NOTICE ";
        case OutputKind::Uncertainty:
            return "IQT RUO UNCERTAINTY ";
        case OutputKind::Flags:
            return "IQT RUO FLAGS ";
        case OutputKind::Report:
            return "IQT RUO REPORT ";
    }
    return "IQT RUO ";
}

int place_behind_source(OutputKind kind) {
    switch (kind) {
        case OutputKind::Enhanced:
            return 1;
        case OutputKind::Warning:
            return 2;
        case OutputKind::InputOnGrid:
            return 3;
        case OutputKind::Notice:
            return 4;
        case OutputKind::Uncertainty:
            return 5;
        case OutputKind::Flags:
            return 6;
        case OutputKind::Report:
            return 7;
        case OutputKind::Summary:
            return 8;
    }
    return 9;
}

/// A Parametric Map keeps the modality of what it was made from: PS3.3 C.8.32.1.
const char* modality(OutputKind kind) {
    switch (kind) {
        case OutputKind::Enhanced:
        case OutputKind::InputOnGrid:
        case OutputKind::Uncertainty:
            return "MR";
        case OutputKind::Flags:
            return "SEG";
        case OutputKind::Report:
            return "SR";
        case OutputKind::Warning:
        case OutputKind::Summary:
        case OutputKind::Notice:
            break;
    }
    return "OT";
}

/// source * 100 + k, so that results stand behind their source and never among other series. IS
/// holds 31 bits: the source's leading digits give way. 9900 + k where the source has no number.
std::string series_number(DcmItem& source, OutputKind kind) {
    const int k = place_behind_source(kind);
    const std::string text = text_of(source, DCM_SeriesNumber).value_or("");
    long number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool usable = parsed.ec == std::errc{} && number > 0;
    return std::to_string((usable ? number % 10'000'000 : 99) * 100 + k);
}

void put_dates(const LocalTime& made, DcmItem& out) {
    for (const DcmTagKey& tag : {DCM_InstanceCreationDate, DCM_SeriesDate, DCM_ContentDate})
        put_text(out, tag, made.date);
    for (const DcmTagKey& tag : {DCM_InstanceCreationTime, DCM_SeriesTime, DCM_ContentTime})
        put_text(out, tag, made.time);
}

void put_series(const EncodeJob& job, OutputKind kind, const std::string& series_uid,
                DcmItem& out) {
    put_text(out, DCM_Modality, modality(kind));
    put_text(out, DCM_SeriesInstanceUID, series_uid);
    put_text(out, DCM_SeriesNumber, series_number(job.header, kind));
    const std::string source = text_of(job.header, DCM_SeriesDescription).value_or("");
    const std::string character_set = text_of(job.header, DCM_SpecificCharacterSet).value_or("");
    const auto& contrast = job.source.facts.contrast;
    const std::string suffix =
        job.images.revision > 1 ? " rev " + std::to_string(job.images.revision) : "";
    std::string prefix(description_prefix(kind));
    if (job.images.assessment.overridden) prefix += "OVERRIDE ";
    put_text(out, DCM_SeriesDescription,
             series_description(
                 {prefix, source, character_set, contrast ? to_string(*contrast) : "", suffix}));
}

}  // namespace

bool is_text_page(OutputKind kind) {
    return kind == OutputKind::Notice || kind == OutputKind::Summary;
}

bool is_learned(const ModelInfo& model) {
    return model.architecture != "cubic";
}

std::string model_label(const ModelInfo& model) {
    if (model.id.empty()) return {};
    const std::string digest = model.digest.substr(0, 12);
    const std::string end = " " + ascii_value(model.version, 20) + " " + digest;
    return ascii_value(ascii_value(model.id, 64 - end.size()) + end, 64);
}

std::string frame_of_reference_uid(const EncodeJob& job) {
    const std::string uid = text_of(job.header, DCM_FrameOfReferenceUID).value_or("");
    return uid.empty() ? made_up_frame_of_reference_uid(job.source) : uid;
}

void put_series_header(const EncodeJob& job, OutputKind kind, const std::string& series_uid,
                       DcmDataset& out) {
    copy_patient_and_study(job.header, out);
    copy_series_context(job.header, out);
    copy_lossy_history(job.header,
                       job.source.facts.lossy ? Compression::Lossy : Compression::AsStated, out);
    put_dates(job.made, out);
    put_series(job, kind, series_uid, out);
    if (!is_text_page(kind)) {
        put_text(out, DCM_FrameOfReferenceUID, frame_of_reference_uid(job));
        put_text(out, DCM_PositionReferenceIndicator,
                 text_of(job.header, DCM_PositionReferenceIndicator).value_or(""));
    }
    put_equipment(job, kind, out);
    put_derivation(job, kind, out);
}

void put_document_header(const EncodeJob& job, const std::string& series_uid, DcmDataset& out) {
    copy_patient_and_study(job.header, out);
    copy_institution(job.header, out);
    put_dates(job.made, out);
    put_series(job, OutputKind::Report, series_uid, out);
    put_equipment(job, OutputKind::Report, out);
    put_coding_scheme(job, out);
}

}  // namespace iqt::dicom
