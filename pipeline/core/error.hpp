// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace iqt {

/// What went wrong, as far as a caller decides by it. dicom/net maps each kind to a DIMSE status,
/// server/commands to an exit code; `is_transient` says whether trying again can help.
enum class ErrorKind {
    InvalidInput,    ///< bytes, a file or an argument that cannot be understood
    Mismatch,        ///< two statements that must agree do not (command and data set, say)
    TooLarge,        ///< over a configured limit
    NotSupported,    ///< well-formed, but not something that this build can do
    NotFound,        ///< named thing is not there
    Conflict,        ///< not possible in the present state (a job that already runs, say)
    OutOfResources,  ///< disk, queue or memory full
    Unavailable,     ///< a peer does not answer, or says "later"
    Refused,         ///< a peer says no, for good
    Timeout,         ///< a bounded wait ran out
    Cancelled,       ///< stopped by request
    LeaseLost,       ///< the job meanwhile belongs to somebody else
    Corrupt,         ///< stored bytes differ from what was stored
    Io,              ///< the operating system reported an error
    Config,          ///< the configuration does not allow it
    Internal,        ///< a foreign library failed in a way that it should not
};

/// One failure, in words for the person who has to act: what was wrong, where, what to do.
/// Holds no patient data: `where` is a path, a job, a digest or a setting.
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string what;   ///< what was wrong, a sentence without its full stop
    std::string where;  ///< file, job, setting or peer that it concerns; may be empty
    std::string hint;   ///< what to do about it; may be empty
};

/// Name of a kind as logs, the API and the database spell it ("out_of_resources").
std::string_view to_string(ErrorKind kind);

/// True where the same call may succeed later without anybody's action.
bool is_transient(ErrorKind kind);

/// "where: what; hint" on one line, leaving out what is empty.
std::string to_string(const Error& error);

}  // namespace iqt
