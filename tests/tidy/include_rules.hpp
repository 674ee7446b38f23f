// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/tidy/source.hpp"

namespace iqt::tidy {

/// Room of a path: the longest known folder that holds it; empty for none.
std::string room_of(const std::string& path);

/// Which room may include which, and that includes are written from the repository root.
Findings check_dependencies(const Source& source);

/// Each third-party library stays in its room; the core has the standard library and tl::expected.
Findings check_libraries(const Source& source);

}  // namespace iqt::tidy
