// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dicom/encode_job.hpp"

class DcmItem;

/// Which instances of which series an object names.
namespace iqt::dicom {

struct ReferencedSeries {
    std::string series_uid;
    std::vector<SourceInstance> instances;  ///< class and UID; digests are not used
};

ReferencedSeries source_reference(const EncodeJob& job);

/// An output series of the same encoding, whose UIDs are known before it is made.
ReferencedSeries output_reference(const EncodeJob& job, OutputKind kind, const char* sop_class_uid,
                                  int instances);

/// Common Instance Reference of instances in the same study. Source: PS3.3 C.12.2.
void put_common_references(const std::vector<ReferencedSeries>& all, DcmItem& out);

/// CurrentRequestedProcedureEvidenceSequence. Source: PS3.3 C.17.2, 10.13.
void put_evidence(const EncodeJob& job, const std::vector<ReferencedSeries>& all, DcmItem& out);

}  // namespace iqt::dicom
