// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "dicom/encoder.hpp"
#include "dicom/text_values.hpp"
#include "dicom/uids.hpp"

class DcmDataset;

namespace iqt::dicom {

/// What all series of one encoding share; references outlive the call of encode().
struct EncodeJob {
    DcmDataset& header;  ///< own copy of the source's first header
    const SourceSeries& source;
    const DerivedImages& images;
    const EncoderOptions& options;
    LocalTime made;  ///< when, on the clock that the results are dated by
};

/// True for pages of text, which have no place in the patient.
bool is_text_page(OutputKind kind);

/// True for a model that learned; false for plain interpolation, which must not be called AI.
bool is_learned(const ModelInfo& model);

/// "iqt-ur 1.0.0 0a1b2c3d4e5f": id, version and the start of the digest; ASCII, at most 64 bytes.
/// Empty where no model took part (a notice).
std::string model_label(const ModelInfo& model);

/// Writes everything that all instances of an output series have in common apart from its image
/// module: SOP Common, Patient, Study, Series, Frame of Reference, equipment (ours in General
/// Equipment, scanner and node in ContributingEquipmentSequence), derivation, source images, dates.
void put_series_header(const EncodeJob& job, OutputKind kind, const std::string& series_uid,
                       DcmDataset& out);

/// The same for the report, which is no image: no frame of reference, derivation, source images,
/// body part or lossy history. Source: PS3.3 A.35.13.
void put_document_header(const EncodeJob& job, const std::string& series_uid, DcmDataset& out);

/// Frame of Reference UID of the results: the source's, else one made up for its series.
std::string frame_of_reference_uid(const EncodeJob& job);

}  // namespace iqt::dicom
