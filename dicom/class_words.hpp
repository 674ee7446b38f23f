// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "dicom/dataset_edit.hpp"
#include "pipeline/core/output.hpp"

namespace iqt::dicom {

/// How Segmentation and SR call a warning class.
struct ClassWords {
    Code code;          ///< one of the node's own
    std::string label;  ///< at most 64 bytes; says where nothing was checked
    std::string description;
};
ClassWords words_of(const WarningClass& warning_class);

}  // namespace iqt::dicom
