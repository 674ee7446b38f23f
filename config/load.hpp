// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "config/config.hpp"

namespace iqt::config {

/// One thing that is wrong with a configuration.
struct Problem {
    std::string pointer;  ///< JSON pointer (RFC 6901) of the place; empty = the whole document
    std::string what;     ///< a sentence without its full stop, with what to do about it
};

template <class T>
using Checked = tl::expected<T, std::vector<Problem>>;

/// Reads JSON with `//` comments. Everything left out keeps its default. Errors: all problems at
/// once - syntax, unknown keys (with the nearest known one), types, ranges, contradictions.
/// Opens no file or socket. Safe from any thread.
Checked<Config> parse(std::string_view text);

/// The same from a file. A file that cannot be read is one problem.
Checked<Config> load(const std::filesystem::path& file);

/// The whole configuration with every key, as parse() would accept it again.
std::string to_json(const Config& config);

/// Top-level sections whose values differ, in the order of the file.
std::vector<std::string> changed_sections(const Config& a, const Config& b);

/// Every key there is, also those of list elements, as "section.key"; for the test of the manual.
std::vector<std::string> key_names();

/// "pointer: what" on one line.
std::string to_string(const Problem& problem);

}  // namespace iqt::config
