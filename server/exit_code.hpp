// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/error.hpp"

namespace iqt::server {

/// What the programs return to the shell.
enum ExitCode : int {
    kDone = 0,
    kFailed = 1,
    kUsage = 2,
    kSomeNotDone = 3,     ///< some inputs were declined or failed, each named on stderr
    kConfiguration = 78,  ///< EX_CONFIG of sysexits.h
};

/// Exit code of a command that ended with this error.
inline int exit_code_of(const Error& error) {
    return error.kind == ErrorKind::Config ? kConfiguration : kFailed;
}

}  // namespace iqt::server
