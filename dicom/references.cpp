// SPDX-License-Identifier: Apache-2.0
#include "dicom/references.hpp"

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"

namespace iqt::dicom {
namespace {

void put_series(const std::vector<ReferencedSeries>& all, const DcmTagKey& instances,
                DcmItem& out) {
    for (const ReferencedSeries& series : all) {
        DcmItem& item = add_item(out, DCM_ReferencedSeriesSequence);
        put_text(item, DCM_SeriesInstanceUID, series.series_uid);
        for (const SourceInstance& instance : series.instances) {
            DcmItem& reference = add_item(item, instances);
            put_text(reference, DCM_ReferencedSOPClassUID, instance.sop_class_uid);
            put_text(reference, DCM_ReferencedSOPInstanceUID, instance.sop_instance_uid);
        }
    }
}

}  // namespace

ReferencedSeries source_reference(const EncodeJob& job) {
    return {job.source.series_uid, job.source.instances};
}

ReferencedSeries output_reference(const EncodeJob& job, OutputKind kind, const char* sop_class_uid,
                                  int instances) {
    const SeriesUids uids = result_uids(job.source, job.images, kind, instances);
    ReferencedSeries series{uids.series, {}};
    for (const std::string& uid : uids.instances)
        series.instances.push_back({sop_class_uid, uid, {}});
    return series;
}

void put_common_references(const std::vector<ReferencedSeries>& all, DcmItem& out) {
    put_series(all, DCM_ReferencedInstanceSequence, out);
}

void put_evidence(const EncodeJob& job, const std::vector<ReferencedSeries>& all, DcmItem& out) {
    DcmItem& study = add_item(out, DCM_CurrentRequestedProcedureEvidenceSequence);
    put_text(study, DCM_StudyInstanceUID, text_of(job.header, DCM_StudyInstanceUID).value_or(""));
    put_series(all, DCM_ReferencedSOPSequence, study);
}

}  // namespace iqt::dicom
