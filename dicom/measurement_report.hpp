// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicom/encode_job.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom {

/// Encodes `report` as one Comprehensive 3D SR, a measurement report (PS3.16 TID 1500): the images
/// it is about (TID 1600: source, enhanced, warning and uncertainty series), one measurement group
/// for each warning class that was checked with its volume in ml (TID 1411 with its segment where
/// flags are made and the class has voxels, else TID 1501) and one for what was assessed at all,
/// each measurement with model id, version, digest and settings as algorithm identification (TID
/// 4019); and in words what the numbers do not say: intended use, what was not checked, notes about
/// the input. Errors: Mismatch without warning classes. Source: PS3.3 A.35.13, C.17.
Result<EncodedSeries> encode_report(const EncodeJob& job);

}  // namespace iqt::dicom
