// SPDX-License-Identifier: Apache-2.0
#pragma once

class DcmItem;

namespace iqt::dicom {

/// Writes the MR Image module's and General Acquisition attributes that describe how the source was
/// acquired, from a classic or an Enhanced MR header: functional groups (shared, else of the first
/// frame) before the top level. Nothing is invented: what the source does not say is left out, or
/// empty where the module wants it (Type 2). ScanningSequence and SequenceVariant are Type 1: they
/// fall back to RM and NONE, and IR is claimed only where the inversion time is known. Attributes
/// tied to the source's matrix (AcquisitionMatrix, PercentSampling) do not hold any more and are
/// left out. Source: PS3.3 C.8.3.1 (MR Image), C.8.13.5 (MR functional groups), C.7.10.1.
void copy_mr_acquisition(DcmItem& source, DcmItem& out);

}  // namespace iqt::dicom
