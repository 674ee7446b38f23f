// SPDX-License-Identifier: Apache-2.0
#include "dicom/measurement_report.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/algorithm.hpp"
#include "dicom/class_words.hpp"
#include "dicom/dataset_edit.hpp"
#include "dicom/derivation.hpp"
#include "dicom/equipment.hpp"
#include "dicom/part10_writer.hpp"
#include "dicom/references.hpp"
#include "dicom/segmentation.hpp"
#include "dicom/sr_content.hpp"

namespace iqt::dicom {
namespace {

using sr::Relation;

const Code kComment{"121106", "DCM", "Comment"};
const Code kMagneticResonance{"MR", "DCM", "Magnetic Resonance"};
const Code kOther{"OT", "DCM", "Other"};

/// A series that the report names.
struct Listed {
    ReferencedSeries series;
    Code modality;
};

std::vector<Listed> listed(const EncodeJob& job) {
    const DerivedImages& images = job.images;
    std::vector<Listed> all{{source_reference(job), kMagneticResonance}};
    if (images.enhanced)
        all.push_back({output_reference(job, OutputKind::Enhanced, UID_MRImageStorage,
                                        images.enhanced->grid.geometry.size[2]),
                       kMagneticResonance});
    if (!images.warning.empty())
        all.push_back({output_reference(job, OutputKind::Warning, UID_SecondaryCaptureImageStorage,
                                        static_cast<int>(images.warning.size())),
                       kOther});
    if (images.uncertainty)
        all.push_back({output_reference(job, OutputKind::Uncertainty, UID_ParametricMapStorage, 3),
                       kMagneticResonance});
    return all;
}

/// The flags, where a measurement names one of their segments.
std::optional<ReferencedSeries> segments(const EncodeJob& job) {
    if (!job.images.flags) return std::nullopt;
    for (const WarningClass& one : job.images.classes)
        if (one.checked && one.volume_ml > 0)
            return output_reference(job, OutputKind::Flags, UID_SegmentationStorage, 1);
    return std::nullopt;
}

/// TID 1004: this node is the observer.
void add_observer(const EncodeJob& job, DcmItem& root) {
    const auto relation = Relation::HasObservationContext;
    const EncoderOptions& options = job.options;
    sr::add_code_item(root, relation, {"121005", "DCM", "Observer Type"},
                      {"121007", "DCM", "Device"});
    sr::add_uid(
        root, relation, {"121012", "DCM", "Device Observer UID"},
        device_observer_uid(options.manufacturer, options.station_name, options.device_serial));
    const auto add = [&](const Code& name, const std::string& value) {
        if (!value.empty()) sr::add_text(root, relation, name, value);
    };
    add({"121013", "DCM", "Device Observer Name"}, options.station_name);
    add({"121014", "DCM", "Device Observer Manufacturer"}, options.manufacturer);
    add({"121015", "DCM", "Device Observer Model Name"}, kNodeModelName);
    add({"121016", "DCM", "Device Observer Serial Number"}, options.device_serial);
}

/// TID 1600, one group for each series.
void add_image_library(const std::vector<Listed>& all, DcmItem& root) {
    DcmItem& library = sr::add_container(root, {"111028", "DCM", "Image Library"}, "1600");
    for (const Listed& one : all) {
        DcmItem& group =
            sr::add_container(library, {"126200", "DCM", "Image Library Group"}, nullptr);
        sr::add_code_item(group, Relation::HasAcquisitionContext, {"121139", "DCM", "Modality"},
                          one.modality);
        for (const SourceInstance& instance : one.series.instances)
            sr::add_image(group, {std::nullopt, instance, 0});
    }
}

/// TID 4019, beside a number that the model led to.
void add_algorithm_items(const Algorithm& algorithm, DcmItem& number) {
    const auto relation = Relation::HasConceptModifier;
    sr::add_text(number, relation, {"111001", "DCM", "Algorithm Name"}, algorithm.name);
    sr::add_text(number, relation, {"111003", "DCM", "Algorithm Version"}, algorithm.version);
    for (const std::string& parameter : algorithm.parameters)
        sr::add_text(number, relation, {"111002", "DCM", "Algorithm Parameters"}, parameter);
}

/// A region whose volume is told.
struct Region {
    Tracking tracking;
    Code finding;
    double volume_ml = 0;
    int segment = 0;  ///< of the flags; 0 = not among them
};

std::vector<Region> regions(const EncodeJob& job) {
    const std::vector<Tracking> tracking = tracking_of(job);
    std::vector<Region> all;
    for (std::size_t n = 0; n < tracking.size(); ++n) {
        const WarningClass& one = job.images.classes[n];
        if (!one.checked) continue;
        const bool has_segment = job.images.flags && one.volume_ml > 0;
        all.push_back({tracking[n], words_of(one).code, one.volume_ml,
                       has_segment ? static_cast<int>(n) + 1 : 0});
    }
    const Code assessed{"ASSESSED", kNodeCodingScheme, "Region of an enhanced image assessed"};
    all.push_back({{assessed.meaning, assessed_tracking_uid(job)},
                   assessed,
                   job.images.assessment.assessed_ml,
                   0});
    return all;
}

/// TID 1411 (a segment) or TID 1501 (no region of interest is named).
void add_region(const EncodeJob& job, const Region& region,
                const std::optional<ReferencedSeries>& flags, DcmItem& measurements) {
    const bool has_segment = region.segment > 0 && flags;
    DcmItem& group = sr::add_container(measurements, {"125007", "DCM", "Measurement Group"},
                                       has_segment ? "1411" : "1501");
    const auto context = Relation::HasObservationContext;
    sr::add_text(group, context, {"112039", "DCM", "Tracking Identifier"}, region.tracking.id);
    sr::add_uid(group, context, {"112040", "DCM", "Tracking Unique Identifier"},
                region.tracking.uid);
    sr::add_code_item(group, Relation::Contains, {"121071", "DCM", "Finding"}, region.finding);
    if (has_segment) {
        sr::add_image(group, {Code{"121191", "DCM", "Referenced Segment"}, flags->instances.front(),
                              region.segment});
        sr::add_uid(group, Relation::Contains, {"121232", "DCM", "Source series for segmentation"},
                    result_uids(job.source, job.images, OutputKind::Enhanced, 0).series);
    }
    sr::add_code_item(group, Relation::HasConceptModifier, {"363698007", "SCT", "Finding Site"},
                      {"12738006", "SCT", "Brain"});
    DcmItem& number =
        sr::add_number(group, {"118565006", "SCT", "Volume"},
                       std::round(region.volume_ml * 1000) / 1000, {"ml", "UCUM", "milliliter"});
    add_algorithm_items(algorithm_of(job), number);
}

/// What numbers do not say: TID 1500, Qualitative Evaluations.
void add_words(const EncodeJob& job, DcmItem& root) {
    DcmItem& words =
        sr::add_container(root, {"C0034375", "UMLS", "Qualitative Evaluations"}, nullptr);
    const auto add = [&](const Code& name, const std::string& text) {
        sr::add_text(words, Relation::Contains, name, text);
    };
    add(kComment, derivation_description(job, OutputKind::Report));
    for (const WarningClass& one : job.images.classes)
        if (!one.checked) add(kComment, words_of(one).label + ": " + words_of(one).description);
    const Code input{"INPUTCHECK", kNodeCodingScheme, "Check of the input series"};
    const auto& qa = job.images.assessment.input_qa;
    add(input, qa ? to_sentence(qa->verdict) : "The pixels of the input were not checked.");
    for (const std::string& banner : job.images.assessment.banners) add(input, banner);
    if (qa) {
        for (const QaFinding& finding : qa->findings) add(input, finding.sentence);
        add(input, to_sentence(qa->figures));
    }
}

void put_document(const EncodeJob& job, DcmDataset& out) {
    const std::vector<Listed> images = listed(job);
    const auto flags = segments(job);
    std::vector<ReferencedSeries> evidence;
    for (const Listed& one : images) evidence.push_back(one.series);
    if (flags) evidence.push_back(*flags);
    put_evidence(job, evidence, out);
    sr::put_container(out, {"126000", "DCM", "Imaging Measurement Report"}, "1500");
    sr::add_code_item(out, Relation::HasConceptModifier,
                      {"121049", "DCM", "Language of Content Item and Descendants"},
                      {"en", "RFC5646", "English"});
    add_observer(job, out);
    sr::add_code_item(out, Relation::HasConceptModifier, {"121058", "DCM", "Procedure reported"},
                      {"816077007", "SCT", "MRI of brain"});
    add_image_library(images, out);
    DcmItem& measurements =
        sr::add_container(out, {"126010", "DCM", "Imaging Measurements"}, nullptr);
    for (const Region& region : regions(job)) add_region(job, region, flags, measurements);
    add_words(job, out);
}

}  // namespace

Result<EncodedSeries> encode_report(const EncodeJob& job) {
    if (job.images.classes.empty())
        return fail(ErrorKind::Mismatch, "there are no warning classes to report on", {},
                    "report this with the log of the job");
    const SeriesUids uids = result_uids(job.source, job.images, OutputKind::Report, 1);
    const std::string& uid = uids.instances.front();
    DcmFileFormat file;
    DcmDataset& out = *file.getDataset();
    put_document_header(job, uids.series, out);
    put_text(out, DCM_SOPClassUID, UID_Comprehensive3DSRStorage);
    put_text(out, DCM_SOPInstanceUID, uid);
    put_text(out, DCM_InstanceNumber, "1");
    put_text(out, DCM_CompletionFlag, "COMPLETE");
    put_text(out, DCM_VerificationFlag, "UNVERIFIED");
    put_empty(out, DCM_ReferencedPerformedProcedureStepSequence);
    put_empty(out, DCM_PerformedProcedureCodeSequence);
    put_document(job, out);
    auto bytes = encode_part10(file);
    if (!bytes) return fail(bytes.error());
    return EncodedSeries{
        OutputKind::Report, uids.series, {{UID_Comprehensive3DSRStorage, uid, std::move(*bytes)}}};
}

}  // namespace iqt::dicom
