// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/error.hpp"

#include <array>

#include "pipeline/core/assert.hpp"

namespace iqt {
namespace {

enum class Retry { Helps, DoesNotHelp };

struct Row {
    ErrorKind kind;
    std::string_view name;
    Retry retry;
};

constexpr std::array kRows{
    Row{ErrorKind::InvalidInput, "invalid_input", Retry::DoesNotHelp},
    Row{ErrorKind::Mismatch, "mismatch", Retry::DoesNotHelp},
    Row{ErrorKind::TooLarge, "too_large", Retry::DoesNotHelp},
    Row{ErrorKind::NotSupported, "not_supported", Retry::DoesNotHelp},
    Row{ErrorKind::NotFound, "not_found", Retry::DoesNotHelp},
    Row{ErrorKind::Conflict, "conflict", Retry::DoesNotHelp},
    Row{ErrorKind::OutOfResources, "out_of_resources", Retry::Helps},
    Row{ErrorKind::Unavailable, "unavailable", Retry::Helps},
    Row{ErrorKind::Refused, "refused", Retry::DoesNotHelp},
    Row{ErrorKind::Timeout, "timeout", Retry::Helps},
    Row{ErrorKind::Cancelled, "cancelled", Retry::DoesNotHelp},
    Row{ErrorKind::LeaseLost, "lease_lost", Retry::DoesNotHelp},
    Row{ErrorKind::Corrupt, "corrupt", Retry::DoesNotHelp},
    Row{ErrorKind::Io, "io", Retry::Helps},
    Row{ErrorKind::Config, "config", Retry::DoesNotHelp},
    Row{ErrorKind::Internal, "internal", Retry::Helps},
};

const Row& row(ErrorKind kind) {
    const auto index = static_cast<std::size_t>(kind);
    IQT_ASSERT(index < kRows.size() && kRows[index].kind == kind);
    return kRows[index];
}

}  // namespace

std::string_view to_string(ErrorKind kind) {
    return row(kind).name;
}

bool is_transient(ErrorKind kind) {
    return row(kind).retry == Retry::Helps;
}

std::string to_string(const Error& error) {
    std::string line = error.where.empty() ? error.what : error.where + ": " + error.what;
    if (!error.hint.empty()) line += "; " + error.hint;
    return line;
}

}  // namespace iqt
