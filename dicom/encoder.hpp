// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/clock.hpp"
#include "pipeline/core/ports.hpp"

namespace iqt::dicom {

struct EncoderOptions {
    std::string manufacturer = "iqt-node project";
    std::string station_name = "IQTNODE";
    std::string device_serial;  ///< of this installation; empty allowed
    std::string timezone;       ///< "+0100"; used where the source states none; empty = UTC
};

/// Makes the DICOM objects of the output series from the source's header: RGB secondary-capture
/// warning series, summary page, derived MR series, `input_on_grid` MR series, notice page,
/// uncertainty maps, flags, report; in that order, each only where `images` has it. All are Part 10
/// files in Explicit VR Little Endian. UIDs are functions of the source's UIDs, pixel digests and
/// identity, model digest, software version, parameters, seed, samples, precision, device and
/// tiling (dicom/uids.hpp lists them all); only dates and times come from the clock, told by the
/// source's time zone. So encoding twice gives equal UIDs and pixel data, and files that differ in
/// their dates: keep the files for sending again. Errors: NotSupported where the source is no DICOM
/// series; InvalidInput without a Study Instance UID; Mismatch where images disagree with their
/// grid; TooLarge; OutOfResources; Internal. The encoder may be used by several threads, one source
/// header only by one at a time. Sources: PS3.3 A.4 (MR), A.8.1 (SC), A.75 (Parametric Map), A.51
/// (Segmentation), A.35.13 (Comprehensive 3D SR), C.7 and C.8.3.
class DicomEncoder final : public ResultEncoder {
  public:
    DicomEncoder(EncoderOptions options, const Clock& clock);
    Result<std::vector<EncodedSeries>> encode(const SourceSeries& source,
                                              const DerivedImages& images) const override;

  private:
    EncoderOptions options_;
    const Clock& clock_;
};

}  // namespace iqt::dicom
