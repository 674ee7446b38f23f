// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pipeline/core/delivery.hpp"
#include "pipeline/core/error.hpp"

namespace iqt::dicom::net {

inline constexpr std::uint16_t kSuccess = 0x0000;

/// One row of the C-STORE responses that this node gives as SCP.
struct StatusRow {
    ErrorKind kind;
    std::uint16_t status;
    std::string_view meaning;   ///< when it is given, for the conformance statement
    std::string_view citation;  ///< DICOM part and section
};

/// Every ErrorKind once, in the order of the enumeration. Statuses are chosen so that a sender
/// keeps what it may try again (A700) and reports to a person what trying again cannot cure.
std::span<const StatusRow> status_table();

/// The C-STORE status for an error of receiving or storing.
std::uint16_t status_for(ErrorKind kind);

/// Error Comment (0000,0902): at most 64 characters of the default repertoire, no backslash.
/// Source: PS3.7 annex C, PS3.5 table 6.2-1 (LO).
std::string error_comment(std::string_view text);

/// What a C-STORE status from a destination means for the next attempt. Accepted: success and every
/// warning (Bxxx, 0001, 0107, 0116). Permanent: A9xx, Cxxx and the general failures that name a
/// fault of the object or of the service. All else is worth another attempt.
/// Source: PS3.4 B.2.3, PS3.7 annex C.
SendResult classify_store_status(std::uint16_t status);

/// Words for a C-STORE status, for the operator: "A700 out of resources".
std::string describe_store_status(std::uint16_t status);

}  // namespace iqt::dicom::net
