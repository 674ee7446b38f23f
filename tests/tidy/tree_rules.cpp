// SPDX-License-Identifier: Apache-2.0
#include "tests/tidy/tree_rules.hpp"

#include <filesystem>
#include <regex>
#include <set>

namespace iqt::tidy {
namespace {

/// Paths from the repository root that a CMakeLists.txt names.
void add_named_paths(const Source& lists, std::set<std::string>& paths) {
    static const std::regex kSource(R"x([^\s()"]+\.cpp)x");
    static const std::regex kRoot(R"(^\$\{(PROJECT|CMAKE)_SOURCE_DIR\}/)");
    static const std::regex kHere(R"(^\$\{CMAKE_CURRENT_(SOURCE|LIST)_DIR\}/)");
    const std::filesystem::path folder = std::filesystem::path(lists.path).parent_path();
    for (std::string line : lists.lines) {
        line = line.substr(0, line.find('#'));
        for (std::sregex_iterator match(line.begin(), line.end(), kSource), end; match != end;
             ++match) {
            const std::string name = match->str();
            const std::string from_root = std::regex_replace(name, kRoot, "");
            const std::string from_here = std::regex_replace(name, kHere, "");
            paths.insert(from_root != name
                             ? from_root
                             : (folder / from_here).lexically_normal().generic_string());
        }
    }
}

/// Pieces of a document that are meant to be typed: code blocks and `inline code`.
std::vector<std::pair<int, std::string>> code_of(const Source& document) {
    static const std::regex kInline("`([^`]+)`");
    std::vector<std::pair<int, std::string>> pieces;
    bool in_block = false;
    for (std::size_t n = 0; n < document.lines.size(); ++n) {
        const std::string& line = document.lines[n];
        const int number = static_cast<int>(n + 1);
        if (line.starts_with("```")) {
            in_block = !in_block;
        } else if (in_block) {
            pieces.emplace_back(number, line);
        } else {
            for (std::sregex_iterator match(line.begin(), line.end(), kInline), end; match != end;
                 ++match)
                pieces.emplace_back(number, (*match)[1]);
        }
    }
    return pieces;
}

/// Calls `use` with the first group of every match.
template <class Use>
void for_each_match(const std::string& text, const std::regex& pattern, Use use) {
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
        use((*match)[1].str());
}

}  // namespace

Findings check_built(const std::vector<Source>& tree) {
    std::set<std::string> named;
    for (const Source& source : tree)
        if (source.path.ends_with("CMakeLists.txt")) add_named_paths(source, named);
    Findings findings;
    for (const Source& source : tree)
        if (source.path.ends_with(".cpp") && !named.contains(source.path))
            findings.push_back({source.path, 1, "no CMakeLists.txt builds this file"});
    return findings;
}

Findings check_included(const std::vector<Source>& tree) {
    std::set<std::string> included;
    for (const Source& source : tree)
        for (const Include& include : includes_of(source)) included.insert(include.name);
    Findings findings;
    for (const Source& source : tree)
        if (source.is_header() && !included.contains(source.path))
            findings.push_back({source.path, 1, "nothing includes this header"});
    return findings;
}

Findings check_document(const Source& document, const std::string& presets,
                        const std::function<bool(const std::string&)>& exists) {
    static const std::regex kPath(
        R"((?:^|[\s"'=(]|\./)((?:server|pipeline|dicom|models|config|deploy|tests|docker|\.ci)/[\w./-]*\w))");
    static const std::regex kPreset(R"(--preset[ =](\w+))");
    static const std::regex kLink(R"(\]\((?!\w+:|#)([^)#\s]+))");
    Findings findings;
    for (const auto& [line, code] : code_of(document)) {
        const int number = line;
        for_each_match(code, kPath, [&](const std::string& path) {
            if (!exists(path))
                findings.push_back({document.path, number, path + " does not exist"});
        });
        for_each_match(code, kPreset, [&](const std::string& name) {
            if (presets.find("\"name\": \"" + name + "\"") == std::string::npos)
                findings.push_back({document.path, number, "there is no preset " + name});
        });
    }
    const std::filesystem::path folder = std::filesystem::path(document.path).parent_path();
    for (std::size_t n = 0; n < document.lines.size(); ++n)
        for_each_match(document.lines[n], kLink, [&](const std::string& link) {
            const std::string path = (folder / link).lexically_normal().generic_string();
            if (!exists(path))
                findings.push_back(
                    {document.path, static_cast<int>(n + 1), link + " does not exist"});
        });
    return findings;
}

}  // namespace iqt::tidy
