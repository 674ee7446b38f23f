// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/tidy/source.hpp"

namespace iqt::tidy {

inline constexpr int kHeaderLinesMax = 200, kSourceLinesMax = 400;
inline constexpr int kFunctionLinesMax = 60, kMainLinesMax = 40;

/// `#pragma once` as a header's first directive; no `using namespace` at a header's file or
/// namespace level.
Findings check_header(const Source& source);

/// Length of files in lines.
Findings check_file_length(const Source& source);

/// One function body: its name as written, the line of its opening brace, and its lines from that
/// brace to the closing one, both counted.
struct Function {
    std::string name;
    int line, lines;
};

/// Function bodies at file, namespace and class level, found by their braces; what lies within a
/// function (lambdas, local classes) belongs to it.
std::vector<Function> functions_of(const Source& source);

/// Length of functions, and of `main`.
Findings check_functions(const Source& source);

}  // namespace iqt::tidy
