// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicom/encode_job.hpp"

class DcmItem;

namespace iqt::dicom {

/// ManufacturerModelName of everything that this product makes; readers know own outputs by it.
inline constexpr const char* kNodeModelName = "IQT Node";
/// Designator of the node's own codes.
inline constexpr const char* kNodeCodingScheme = "99IQTNODE";

/// Writes General Equipment (this node made the instance), ContributingEquipmentSequence (the
/// source's own items, then scanner, then node) and, for secondary captures, the SC equipment
/// attributes. Parametric maps, segmentations and reports always have a serial number: where this
/// installation has none, its station name. Source: PS3.3 C.7.5.1, C.7.5.2, C.8.6.1, C.12.1.1.5;
/// purposes: PS3.16 CID 7005.
void put_equipment(const EncodeJob& job, OutputKind kind, DcmItem& out);

}  // namespace iqt::dicom
