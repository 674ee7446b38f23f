// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <dcmtk/dcmdata/dctk.h>

#include "pipeline/core/series.hpp"

/// Internal to dicom/: shows DCMTK, so no header that others include may include this one.
namespace iqt::dicom {

/// The header of a source's first instance (lowest SOP Instance UID), without its pixel data.
/// Not for use by two threads at once, even for reading: DCMTK's lists keep a cursor.
class DcmSourceHeader final : public SourceHeader {
  public:
    /// Takes over a data set; its pixel data are dropped.
    explicit DcmSourceHeader(std::unique_ptr<DcmDataset> data_set);
    /// Copies a data set.
    explicit DcmSourceHeader(const DcmDataset& data_set);

    /// Functional groups of the first frame come before top level (see FrameAttributes).
    std::optional<std::string> value(std::string_view attribute) const override;

    /// For the writer, which copies attributes; DCMTK's finders need a copy that is not const.
    const DcmDataset& dataset() const { return *data_set_; }

  private:
    std::unique_ptr<DcmDataset> data_set_;
};

}  // namespace iqt::dicom
