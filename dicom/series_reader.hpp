// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/core/ports.hpp"

namespace iqt::dicom {

/// Reads classic and Enhanced MR series into one volume. Stateless; safe from any thread.
/// Source: PS3.3 C.7.6.2 (image plane), C.7.6.16 (functional groups), C.11.1 (modality LUT).
class DicomSeriesReader final : public SeriesReader {
  public:
    Result<SourceSeries> read(const SeriesSnapshot& snapshot) const override;
    Result<SourceSeries> read_header(const ObjectBytes& object) const override;
};

}  // namespace iqt::dicom
