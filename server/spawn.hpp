// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "pipeline/core/result.hpp"

namespace iqt::server {

/// A started program and this side's ends of the two pipes to it; the caller owns all three.
struct Child {
    pid_t pid = 0;
    int stdin_fd = -1;   ///< for writing, non-blocking; what is written is on the child's stdin
    int status_fd = -1;  ///< for reading; what the child writes on its descriptor 3
};

/// Starts a program that inherits stdout and stderr and no other descriptor, with default signal
/// handling and in its own process group, so that a terminal's Ctrl-C reaches only us.
/// Errors: OutOfResources, Io, NotFound.
Result<Child> spawn(const std::filesystem::path& program,
                    const std::vector<std::string>& arguments);

}  // namespace iqt::server
