// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

class DcmItem;

/// What results take over from their source: a whitelist, never "everything but".
namespace iqt::dicom {

/// Copies character set, time zone and every attribute of the Patient, Patient Study, General
/// Study and Clinical Trial Subject and Study modules, byte for byte and with their empty values.
/// Type 2 attributes that the source lacks are added empty; private attributes are left out, in
/// sequences too. Source: PS3.3 C.7.1.1, C.7.1.3, C.7.2.1, C.7.2.2, C.7.2.3, C.12.1.
void copy_patient_and_study(DcmItem& source, DcmItem& out);

/// Copies what stays true of the series and its equipment: request attributes, protocol name,
/// institution, patient position; BodyPartExamined stays BRAIN or HEAD and is BRAIN otherwise.
/// Performed procedure step attributes are not copied: the node did not perform that step.
/// Source: PS3.3 C.7.3.1, C.7.5.1.
void copy_series_context(DcmItem& source, DcmItem& out);

/// Copies the institution's name, address and department. Source: PS3.3 C.7.5.1.
void copy_institution(DcmItem& source, DcmItem& out);

/// LossyImageCompression: once lossy, always lossy, with ratio and method. Source: PS3.3
/// C.7.6.1.1.5.
enum class Compression { AsStated, Lossy };
void copy_lossy_history(DcmItem& source, Compression known, DcmItem& out);

}  // namespace iqt::dicom
