// SPDX-License-Identifier: Apache-2.0
#include "dicom/derivation.hpp"

#include <memory>
#include <vector>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/equipment.hpp"
#include "pipeline/core/assert.hpp"

namespace iqt::dicom {
namespace {

constexpr std::size_t kShortText = 1024;

const Code kSourceImage{"121322", "DCM", "Source image for image processing operation"};
const Code kResampling{"113085", "DCM", "Spatial resampling"};
const Code kTransfer{"IQT", kNodeCodingScheme, "Image quality transfer (machine learning)"};
const Code kSegmentation{"113076", "DCM", "Segmentation"};
const Code kWarningMap{"IQTWARN", kNodeCodingScheme, "Warning map of an enhanced image"};

std::string what_was_done(const EncodeJob& job, OutputKind kind) {
    const ModelInfo& model = job.images.provenance.model;
    const std::string by = " Model: " + model_label(model) + ".";
    switch (kind) {
        case OutputKind::Enhanced:
            if (!is_learned(model))
                return "Interpolated from the complete source series; not acquired data." + by;
            return "Derived from the complete source series by 3D image quality transfer (machine "
                   "learning); AI-generated, not acquired data." +
                   by;
        case OutputKind::Warning:
            return "Warning map of the enhanced series: regions that are uncertain, unfamiliar, "
                   "inconsistent with the source or not assessed are outlined. " +
                   std::string(kUnmarked) + "." + by;
        case OutputKind::Summary:
            return "Summary of the warning maps of the enhanced series and of the check of its "
                   "input; not an image of the patient. " +
                   std::string(kUnmarked) + "." + by;
        case OutputKind::InputOnGrid:
            return "Source series interpolated (cubic) to the grid of the enhanced series for "
                   "display beside it; not enhanced, no detail added.";
        case OutputKind::Notice:
            return "Notice about the source series; not an image of the patient.";
        case OutputKind::Uncertainty:
            return "Standard deviation of the enhanced series, voxel by voxel, in the rescaled "
                   "units "
                   "of the source series: the model's own estimate." +
                   by;
        case OutputKind::Flags:
            return "Warning classes of the enhanced series, one segment each: uncertain, "
                   "unfamiliar, "
                   "inconsistent with the source, not assessed. " +
                   std::string(kUnmarked) + "." + by;
        case OutputKind::Report:
            return "Report on the enhanced series: model, settings, volume of each warning "
                   "class. " +
                   std::string(kUnmarked) + "." + by;
    }
    return {};
}

std::string training(const ModelInfo& model) {
    std::string text = is_learned(model) ? " Training input was simulated;" : "";
    text += text.empty() ? " Not validated on real 64 mT series."
                         : " not validated on real 64 mT series.";
    return text + (model.training_statement.empty() ? "" : " " + model.training_statement);
}

DcmItem& add_reference(DcmItem& out, const DcmTagKey& sequence, const SourceInstance& instance) {
    DcmItem& item = add_item(out, sequence);
    put_text(item, DCM_ReferencedSOPClassUID, instance.sop_class_uid);
    put_text(item, DCM_ReferencedSOPInstanceUID, instance.sop_instance_uid);
    return item;
}

/// What was done to pixels, in CID 7203 and the node's own codes.
std::vector<Code> derivation_codes(const EncodeJob& job, OutputKind kind) {
    switch (kind) {
        case OutputKind::Warning:
            return {kWarningMap};
        case OutputKind::Flags:
            return {kSegmentation};
        case OutputKind::InputOnGrid:
            return {kResampling};
        default:
            break;
    }
    if (!is_learned(job.images.provenance.model)) return {kResampling};
    return {kResampling, kTransfer};
}

}  // namespace

std::string derivation_description(const EncodeJob& job, OutputKind kind) {
    std::string text(kIntendedUse);
    text += ". " + what_was_done(job, kind);
    if (job.images.assessment.overridden)
        text += " OVERRIDE: a person released the series although it had been declined.";
    if (kind != OutputKind::InputOnGrid && kind != OutputKind::Notice)
        text += training(job.images.provenance.model);
    return ascii_value(text, kShortText);
}

void put_derivation(const EncodeJob& job, OutputKind kind, DcmItem& out) {
    put_text(out, DCM_DerivationDescription, derivation_description(job, kind));
    if (is_text_page(kind)) {
        for (const SourceInstance& instance : job.source.instances)
            add_reference(out, DCM_ReferencedImageSequence, instance);
        return;
    }
    for (const Code& code : derivation_codes(job, kind))
        add_code(out, DCM_DerivationCodeSequence, code);
    add_source_images(job, out);
    const bool resampled_only =
        kind == OutputKind::InputOnGrid ||
        (kind == OutputKind::Enhanced && !is_learned(job.images.provenance.model));
    if (!resampled_only) put_coding_scheme(job, out);
}

void add_frame_derivation(const EncodeJob& job, OutputKind kind, DcmItem& out) {
    add_code(out, DCM_DerivationCodeSequence, derivation_codes(job, kind).back());
}

void add_source_images(const EncodeJob& job, DcmItem& out) {
    for (const SourceInstance& instance : job.source.instances) add_source_image(out, instance);
}

DcmItem& add_source_image(DcmItem& out, const SourceInstance& instance) {
    DcmItem& item = add_reference(out, DCM_SourceImageSequence, instance);
    add_code(item, DCM_PurposeOfReferenceCodeSequence, kSourceImage);
    return item;
}

void put_coding_scheme(const EncodeJob& job, DcmItem& out) {
    DcmItem& scheme = add_item(out, DCM_CodingSchemeIdentificationSequence);
    put_text(scheme, DCM_CodingSchemeDesignator, kNodeCodingScheme);
    put_text(scheme, DCM_CodingSchemeName, "IQT Node local codes");
    put_text(scheme, DCM_CodingSchemeResponsibleOrganization,
             ascii_value(job.options.manufacturer, kShortText));
}

DcmItem& put_first_source_image(DcmItem& out, const std::string& sop_class_uid) {
    auto item = std::make_unique<DcmItem>();
    put_text(*item, DCM_ReferencedSOPClassUID, sop_class_uid);
    add_code(*item, DCM_PurposeOfReferenceCodeSequence, kSourceImage);
    DcmElement* sequence = nullptr;
    IQT_ASSERT(out.findAndGetElement(DCM_SourceImageSequence, sequence).good());
    IQT_ASSERT(dynamic_cast<DcmSequenceOfItems*>(sequence)->prepend(item.get()).good());
    return *item.release();  // the sequence owns it now
}

}  // namespace iqt::dicom
