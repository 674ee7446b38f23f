// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inside this folder only: shows DCMTK.
#include <chrono>
#include <functional>
#include <string_view>

#include "dicom/net/network.hpp"

namespace iqt::dicom::net {

struct DataSetLimits {
    int pdu_timeout_s = 120;     ///< for each P-DATA-TF
    int object_timeout_s = 900;  ///< for the whole data set, however steadily it comes
};

/// Reads the fragments of one data set off the wire and hands each to `take`, unparsed and valid
/// only during the call. Source: PS3.8 9.3.5 and annex E (message control header).
/// Errors, after which the association has to be ended: Timeout; Unavailable (peer gone);
/// Mismatch where a fragment belongs to another presentation context or is a command.
Status read_data_set(T_ASC_Association& association, T_ASC_PresentationContextID context,
                     const DataSetLimits& limits,
                     const std::function<void(std::string_view)>& take);

}  // namespace iqt::dicom::net
