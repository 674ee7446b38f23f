// SPDX-License-Identifier: Apache-2.0
#include "tests/tidy/source.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <utility>

namespace iqt::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kTextBytesMax = 2'000'000;

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// Blanks everything of C++ that is not code, keeping line breaks.
class Blanker {
  public:
    explicit Blanker(std::string text) : text_(std::move(text)) {}

    std::string run() {
        while (at_ < text_.size()) {
            if (starts("//"))
                blank_until("\n", Keep::End);
            else if (starts("/*"))
                blank_until("*/", Keep::Nothing);
            else if (starts("R\"") && !after_word())
                blank_raw();
            else if (text_[at_] == '"')
                blank_literal('"');
            else if (text_[at_] == '\'' && !after_word())
                blank_literal('\'');
            else if (text_[at_] == '#' && at_line_start())
                blank_directive();
            else
                ++at_;
        }
        return std::move(text_);
    }

  private:
    enum class Keep { End, Nothing };

    bool starts(std::string_view what) const { return text_.compare(at_, what.size(), what) == 0; }
    bool after_word() const {  // 1'000 and uR"..." are no starts of a literal
        return at_ > 0 && (std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0 ||
                           text_[at_ - 1] == '_');
    }
    bool at_line_start() const {
        std::size_t before = at_;
        while (before > 0 && (text_[before - 1] == ' ' || text_[before - 1] == '\t')) --before;
        return before == 0 || text_[before - 1] == '\n';
    }
    void blank_to(std::size_t end) {
        for (; at_ < std::min(end, text_.size()); ++at_)
            if (text_[at_] != '\n') text_[at_] = ' ';
    }
    void blank_until(const std::string& end, Keep keep) {
        const std::size_t found = text_.find(end, at_ + 2);
        if (found == std::string::npos)
            blank_to(text_.size());
        else
            blank_to(keep == Keep::End ? found : found + end.size());
    }
    void blank_raw() {
        const std::size_t open = text_.find('(', at_);
        if (open == std::string::npos) return blank_to(text_.size());
        const std::string end = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
        const std::size_t found = text_.find(end, open);
        blank_to(found == std::string::npos ? text_.size() : found + end.size());
    }
    void blank_literal(char quote) {
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
            end += text_[end] == '\\' ? 2U : 1U;
        blank_to(end + 1);
    }
    void blank_directive() {
        std::size_t end = text_.find('\n', at_);
        while (end != std::string::npos && text_[end - 1] == '\\') end = text_.find('\n', end + 1);
        blank_to(end);
    }

    std::string text_;
    std::size_t at_ = 0;
};

bool is_left_behind(const fs::path& folder) {
    static const std::set<std::string> kNames{".git", ".cache", "demo-out", "__pycache__"};
    const std::string name = folder.filename().string();
    return kNames.contains(name) || name == "build" || name.starts_with("build-");
}

}  // namespace

std::string to_string(const Finding& finding) {
    return finding.path + ":" + std::to_string(finding.line) + ": " + finding.message;
}

bool Source::is_under(std::string_view folder) const {
    return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

Source parse(std::string path, const std::string& text) {
    Source source{std::move(path), split_lines(text), {}};
    if (source.is_cpp()) source.code = split_lines(Blanker(text).run());
    return source;
}

std::vector<Source> read_tree(const fs::path& root) {
    std::vector<Source> sources;
    for (auto entry = fs::recursive_directory_iterator(root);
         entry != fs::recursive_directory_iterator(); ++entry) {
        if (entry->is_directory() && is_left_behind(entry->path())) {
            entry.disable_recursion_pending();
            continue;
        }
        std::error_code gone;  // an editor's temporary file may vanish meanwhile
        if (!entry->is_regular_file(gone) || entry->is_symlink(gone)) continue;
        if (entry->file_size(gone) > kTextBytesMax || gone) continue;
        std::ifstream file(entry->path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        if (text.find('\0') != std::string::npos) continue;
        sources.push_back(parse(fs::relative(entry->path(), root).generic_string(), text));
    }
    std::sort(sources.begin(), sources.end(),
              [](const Source& a, const Source& b) { return a.path < b.path; });
    return sources;
}

std::vector<Include> includes_of(const Source& source) {
    static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    std::vector<Include> includes;
    for (std::size_t n = 0; n < source.lines.size(); ++n) {
        std::smatch match;
        if (!std::regex_search(source.lines[n], match, kInclude)) continue;
        includes.push_back({match[2], static_cast<int>(n + 1),
                            match[1] == "<" ? Include::Kind::Angled : Include::Kind::Quoted});
    }
    return includes;
}

}  // namespace iqt::tidy
