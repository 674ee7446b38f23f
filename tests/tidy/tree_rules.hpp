// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/tidy/source.hpp"

namespace iqt::tidy {

/// Every source file is named in some CMakeLists.txt.
Findings check_built(const std::vector<Source>& tree);

/// Every header is included by something.
Findings check_included(const std::vector<Source>& tree);

/// Files, presets and links that a document names exist. `exists` tells whether a path from the
/// repository root does; `presets` is the text of CMakePresets.json.
Findings check_document(const Source& document, const std::string& presets,
                        const std::function<bool(const std::string&)>& exists);

}  // namespace iqt::tidy
