// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/clock.hpp"
#include "pipeline/core/ports.hpp"

namespace iqt::dicom {

struct EncoderOptions {
    std::string manufacturer = "iqt-node project";
    std::string station_name = "IQTNODE";
    std::string device_serial;       ///< of this installation; empty allowed
    std::string timezone;            ///< "+0100"; used where the source states none; empty = UTC
};

/// Makes the DICOM objects of the output series from the source's header: derived MR series,
/// RGB secondary-capture warning series, `input_on_grid` MR series, notice page.
/// UIDs are functions of the source's UIDs, pixel digests and identity, model digest, software
/// version, parameters, precision, device and tiling (ARCHITECTURE, "identity of results"); dates
/// and times come from the clock. Sources: PS3.3 A.4 (MR), A.8.1 (SC), C.7 and C.8.3.
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
