// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/tidy/source.hpp"

namespace iqt::tidy {

/// The licence line first; in scripts it follows the interpreter's line.
Findings check_licence_line(const Source& source);

/// No tabs, no spaces at line ends, no carriage returns.
Findings check_whitespace(const Source& source);

/// Nothing left for later, and no name of the place where the code was written.
Findings check_words(const Source& source);

}  // namespace iqt::tidy
