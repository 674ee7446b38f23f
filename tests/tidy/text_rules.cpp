// SPDX-License-Identifier: Apache-2.0
#include "tests/tidy/text_rules.hpp"

#include <array>
#include <cctype>

namespace iqt::tidy {
namespace {

constexpr std::string_view kLicence = "SPDX-License-Identifier: Apache-2.0";

bool has_ending(const Source& source, std::initializer_list<std::string_view> endings) {
    for (const std::string_view ending : endings)
        if (source.path.ends_with(ending)) return true;
    return false;
}

bool is_licensed(const Source& source) {
    return source.is_cpp() || has_ending(source, {"CMakeLists.txt", ".cmake", ".sh", ".py", ".js",
                                                  ".css", ".service", "Dockerfile"});
}

bool is_written_by_hand(const Source& source) {
    return is_licensed(source) ||
           has_ending(source, {".json", ".md", ".yaml", ".yml", ".html", ".txt", ".toml"});
}

/// Written in pieces, so that this file does not hold what it forbids.
const std::array<std::string, 4>& forbidden_places() {
    static const std::array<std::string, 4> kPlaces{
        std::string("/wo") + "rk/main", std::string("/wo") + "rk/shared",
        std::string("/wo") + "rk/.library", std::string("/tmp/br") + "ief"};
    return kPlaces;
}

const std::array<std::string, 2>& postponements() {
    static const std::array<std::string, 2> kWords{std::string("TO") + "DO",
                                                   std::string("FIX") + "ME"};
    return kWords;
}

bool is_word_at(const std::string& line, std::size_t at, std::size_t length) {
    const auto in_word = [&](std::size_t n) {
        return n < line.size() && (std::isalnum(static_cast<unsigned char>(line[n])) != 0);
    };
    return (at == 0 || !in_word(at - 1)) && !in_word(at + length);
}

}  // namespace

Findings check_licence_line(const Source& source) {
    if (!is_licensed(source)) return {};
    const std::size_t line = !source.lines.empty() && source.lines[0].starts_with("#!") ? 1 : 0;
    const bool found = line < source.lines.size() &&
                       (source.is_cpp() ? source.lines[line] == "// " + std::string(kLicence)
                                        : source.lines[line].find(kLicence) != std::string::npos);
    if (found) return {};
    return {{source.path, static_cast<int>(line + 1),
             "the first line has to be the licence: " + std::string(kLicence)}};
}

Findings check_whitespace(const Source& source) {
    if (!is_written_by_hand(source)) return {};
    Findings findings;
    for (std::size_t n = 0; n < source.lines.size(); ++n) {
        const std::string& line = source.lines[n];
        const int number = static_cast<int>(n + 1);
        if (line.find('\t') != std::string::npos)
            findings.push_back({source.path, number, "a tab; use spaces"});
        if (!line.empty() && (line.back() == ' ' || line.back() == '\r'))
            findings.push_back({source.path, number, "white space at the end of the line"});
    }
    return findings;
}

Findings check_words(const Source& source) {
    Findings findings;
    for (std::size_t n = 0; n < source.lines.size(); ++n) {
        const std::string& line = source.lines[n];
        const int number = static_cast<int>(n + 1);
        for (const std::string& place : forbidden_places())
            if (line.find(place) != std::string::npos)
                findings.push_back({source.path, number, "names the workplace: " + place});
        for (const std::string& word : postponements()) {
            const std::size_t at = line.find(word);
            if (at != std::string::npos && is_word_at(line, at, word.size()))
                findings.push_back({source.path, number, word + ": finish it or file an issue"});
        }
    }
    return findings;
}

}  // namespace iqt::tidy
