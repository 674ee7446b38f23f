// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/dimse_status.hpp"

#include <array>
#include <cstddef>
#include <cstdio>

#include "pipeline/core/assert.hpp"

namespace iqt::dicom::net {
namespace {

constexpr std::uint16_t kOutOfResources = 0xa700;
constexpr std::uint16_t kMismatch = 0xa900;
constexpr std::uint16_t kCannotUnderstand = 0xc000;
constexpr std::uint16_t kSopClassNotSupported = 0x0122;
constexpr std::uint16_t kNotAuthorized = 0x0124;

constexpr std::string_view kStoreTable = "PS3.4 B.2.3, table B.2-1";
constexpr std::string_view kGeneralTable = "PS3.7 9.1.1.1.9 and annex C";

constexpr std::array kRows{
    StatusRow{ErrorKind::InvalidInput, kCannotUnderstand,
              "data set cannot be parsed, lacks a required UID, or its pixel data are cut short",
              kStoreTable},
    StatusRow{ErrorKind::Mismatch, kMismatch,
              "SOP class or instance differs between command and data set", kStoreTable},
    StatusRow{ErrorKind::TooLarge, kCannotUnderstand, "object exceeds the configured size limit",
              kStoreTable},
    StatusRow{ErrorKind::NotSupported, kSopClassNotSupported,
              "SOP class was not negotiated on this presentation context", kGeneralTable},
    StatusRow{ErrorKind::NotFound, kOutOfResources, "storage is not there", kStoreTable},
    StatusRow{ErrorKind::Conflict, kOutOfResources, "storage is busy with the same object",
              kStoreTable},
    StatusRow{ErrorKind::OutOfResources, kOutOfResources, "disk, queue or memory is full",
              kStoreTable},
    StatusRow{ErrorKind::Unavailable, kOutOfResources, "storage does not answer", kStoreTable},
    StatusRow{ErrorKind::Refused, kNotAuthorized, "the sender may not store here", kGeneralTable},
    StatusRow{ErrorKind::Timeout, kOutOfResources, "storage did not answer in time", kStoreTable},
    StatusRow{ErrorKind::Cancelled, kOutOfResources, "the node is shutting down", kStoreTable},
    StatusRow{ErrorKind::LeaseLost, kOutOfResources, "storage changed hands while writing",
              kStoreTable},
    StatusRow{ErrorKind::Corrupt, kOutOfResources, "storage returned other bytes than were written",
              kStoreTable},
    StatusRow{ErrorKind::Io, kOutOfResources, "the operating system reported a write error",
              kStoreTable},
    StatusRow{ErrorKind::Config, kNotAuthorized, "the configuration does not allow it",
              kGeneralTable},
    StatusRow{ErrorKind::Internal, kOutOfResources,
              "unexpected fault in the node: the sender keeps the object", kStoreTable},
};

constexpr std::size_t kCommentMax = 64;

std::string_view words_for(std::uint16_t status) {
    switch (status) {
        case kSuccess:
            return "success";
        case 0x0110:
            return "processing failure";
        case 0x0117:
            return "invalid SOP instance";
        case kSopClassNotSupported:
            return "SOP class not supported";
        case kNotAuthorized:
            return "not authorized";
        case 0x0210:
            return "duplicate invocation";
        case 0x0211:
            return "unrecognized operation";
        case 0x0212:
            return "mistyped argument";
        case 0x0213:
            return "resource limitation";
        case 0xb000:
            return "stored, with data elements coerced";
        case 0xb006:
            return "stored, with data elements discarded";
        case 0xb007:
            return "stored, although the data set does not match its SOP class";
        default:
            break;
    }
    if ((status & 0xff00) == 0xa700) return "out of resources";
    if ((status & 0xff00) == 0xa900) return "data set does not match SOP class";
    if ((status & 0xf000) == 0xc000) return "cannot understand";
    if ((status & 0xf000) == 0xb000) return "stored, with a warning";
    return "not a C-STORE status of the standard";
}

}  // namespace

std::span<const StatusRow> status_table() {
    return kRows;
}

std::uint16_t status_for(ErrorKind kind) {
    const auto row = static_cast<std::size_t>(kind);
    IQT_ASSERT(row < kRows.size() && kRows[row].kind == kind);
    return kRows[row].status;
}

std::string error_comment(std::string_view text) {
    std::string comment(text.substr(0, kCommentMax));
    for (char& c : comment)
        if (c < ' ' || c > '~' || c == '\\') c = '?';
    return comment;
}

SendResult classify_store_status(std::uint16_t status) {
    switch (status) {
        case kSuccess:
        case 0x0001:  // warnings of PS3.7 annex C
        case 0x0107:
        case 0x0116:
            return SendResult::Accepted;
        case 0x0117:  // invalid SOP instance
        case 0x0119:  // class-instance conflict
        case kSopClassNotSupported:
        case kNotAuthorized:
        case 0x0210:
        case 0x0211:
        case 0x0212:
            return SendResult::Permanent;
        default:
            break;
    }
    if ((status & 0xf000) == 0xb000) return SendResult::Accepted;
    if ((status & 0xff00) == 0xa900 || (status & 0xf000) == 0xc000) return SendResult::Permanent;
    return SendResult::Transient;
}

std::string describe_store_status(std::uint16_t status) {
    std::array<char, 5> code{};
    std::snprintf(code.data(), code.size(), "%04X", static_cast<unsigned>(status));
    return std::string(code.data()).append(" ").append(words_for(status));
}

}  // namespace iqt::dicom::net
