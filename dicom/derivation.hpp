// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "dicom/encode_job.hpp"

class DcmItem;

namespace iqt::dicom {

/// DerivationDescription of an output: intended use, what was done by which model, that nothing was
/// validated on real 64 mT series, and what the model was trained on. ASCII, at most 1024 bytes;
/// the training statement is cut last.
std::string derivation_description(const EncodeJob& job, OutputKind kind);

/// Writes derivation (description and codes, PS3.16 CID 7203), the local coding scheme's
/// identification where a local code is used, and the source instances: SourceImageSequence with
/// every one of them (CID 7202, all frames), for a notice ReferencedImageSequence instead, because
/// no pixel of a notice comes from them. Source: PS3.3 C.12.4, C.7.6.1.1.3, C.12.1.1.
void put_derivation(const EncodeJob& job, OutputKind kind, DcmItem& out);

/// The parts of it that a derivation functional group holds too; of the codes the one that says
/// most, because not all readers take several there. Source: PS3.3 C.7.6.16.2.6.
void add_frame_derivation(const EncodeJob& job, OutputKind kind, DcmItem& out);
void add_source_images(const EncodeJob& job, DcmItem& out);
DcmItem& add_source_image(DcmItem& out, const SourceInstance& instance);

/// Identifies the coding scheme of the node's own codes. Source: PS3.3 C.12.1.1.
void put_coding_scheme(const EncodeJob& job, DcmItem& out);

/// Puts an item for one more image in front of an existing SourceImageSequence: the enhanced image
/// that a warning image is about. The caller sets the item's ReferencedSOPInstanceUID.
DcmItem& put_first_source_image(DcmItem& out, const std::string& sop_class_uid);

}  // namespace iqt::dicom
