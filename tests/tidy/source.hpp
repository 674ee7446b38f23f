// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The house rules as small functions over text, so that each can be seen to fail.
namespace iqt::tidy {

/// One broken rule, for people and editors: "path:line: message".
struct Finding {
    std::string path;
    int line = 1;
    std::string message;
};
using Findings = std::vector<Finding>;

std::string to_string(const Finding& finding);

/// A text file of the repository. `code` equals `lines`, line by line, with comments, literals and
/// preprocessor lines blanked out; only C++ files have it.
struct Source {
    std::string path;  ///< from the repository root, with '/'
    std::vector<std::string> lines;
    std::vector<std::string> code;

    bool is_header() const { return path.ends_with(".hpp"); }
    bool is_cpp() const { return path.ends_with(".cpp") || is_header(); }
    bool is_under(std::string_view folder) const;
};

Source parse(std::string path, const std::string& text);

/// All text files of the repository but what builds and demonstrations leave behind, in order.
std::vector<Source> read_tree(const std::filesystem::path& root);

/// Names in #include "..." lines with their line numbers, from 1.
struct Include {
    std::string name;
    int line;
    enum class Kind { Quoted, Angled } kind;
};
std::vector<Include> includes_of(const Source& source);

}  // namespace iqt::tidy
