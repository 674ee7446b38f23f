// SPDX-License-Identifier: Apache-2.0
#include "tests/tidy/code_rules.hpp"

#include <regex>

namespace iqt::tidy {
namespace {

/// The text before a brace, back to the end of the statement before it.
class BraceReader {
  public:
    explicit BraceReader(const Source& source) : source_(source) {}

    std::vector<Function> run() {
        for (std::size_t n = 0; n < source_.code.size(); ++n) {
            for (const char c : source_.code[n]) take(c, static_cast<int>(n + 1));
            head_ += ' ';
        }
        return std::move(functions_);
    }

  private:
    enum class Kind { Scope, Function, Initialiser };
    struct Open {
        Kind kind;
        int line;
        std::string head;
    };

    void take(char c, int line) {
        parentheses_ += c == '(' ? 1 : c == ')' ? -1 : 0;
        // Braces within parentheses (a default argument, a lambda as an argument) open no scope.
        if (parentheses_ > 0) {
            head_ += c;
            return;
        }
        if (c == '{')
            open(line);
        else if (c == '}')
            close(line);
        else if (c == ';')
            head_.clear();
        else
            head_ += c;
    }

    void open(int line) {
        Kind kind = Kind::Scope;
        if (depth_in_function_ > 0)
            ++depth_in_function_;
        else if (initialises_member(head_))
            kind = Kind::Initialiser;
        else if (opens_function(head_))
            kind = Kind::Function;
        if (kind == Kind::Function) depth_in_function_ = 1;
        open_.push_back({kind, line, std::move(head_)});
        head_.clear();
    }

    void close(int line) {
        head_.clear();
        if (open_.empty()) return;
        const Open last = std::move(open_.back());
        open_.pop_back();
        if (depth_in_function_ > 0) --depth_in_function_;
        if (last.kind == Kind::Function)
            functions_.push_back({name_of(last.head), last.line, line - last.line + 1});
        if (last.kind == Kind::Initialiser) head_ = last.head + "{}";
    }

    /// "A::A() : a_(1), b_" before a brace: a member's initialiser, the body is still to come.
    static bool initialises_member(const std::string& head) {
        static const std::regex kMember(R"(\)\s*(noexcept\s*)?:[^:](.|\n)*[\w>]\s*$)");
        return std::regex_search(head, kMember);
    }

    /// Whether a brace after this text begins the body of a function.
    static bool opens_function(std::string head) {
        static const std::regex kTemplate(R"(template\s*<[^{};]*?>\s*(?=[\w:]))");
        static const std::regex kType(
            R"(^\s*(\[\[.*\]\]\s*)?(inline\s+)?(namespace|enum|union)\b)");
        static const std::regex kClass(R"(\b(class|struct)\s+[\w:]+\s*(final\b)?\s*(:[^(]*)?$)");
        head = std::regex_replace(head, kTemplate, "");
        head = std::regex_replace(head, operator_name(), "operator");
        if (head.find('(') == std::string::npos) return false;
        if (std::regex_search(head, kType) || std::regex_search(head, kClass)) return false;
        return !is_initialisation(head);
    }

    /// "x = f(1)" before a brace: an initialiser or a lambda, not a function.
    static bool is_initialisation(const std::string& head) {
        int depth = 0;
        for (const char c : head) {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == '=' && depth == 0) return true;
        }
        return false;
    }

    static std::string name_of(const std::string& head) {
        static const std::regex kName(R"((~?\w+)\s*\()");
        std::smatch match;
        const std::string plain = std::regex_replace(head, operator_name(), "operator");
        return std::regex_search(plain, match, kName) ? match[1].str() : "function";
    }

    static const std::regex& operator_name() {
        static const std::regex kOperator(R"(operator\s*(\(\)|[^\s\w(]+))");
        return kOperator;
    }

    const Source& source_;
    std::vector<Function> functions_;
    std::vector<Open> open_;
    std::string head_;
    int parentheses_ = 0, depth_in_function_ = 0;
};

}  // namespace

Findings check_header(const Source& source) {
    if (!source.is_header()) return {};
    Findings findings;
    bool guarded = false;
    for (const std::string& line : source.lines) {
        if (!line.starts_with("#")) continue;
        guarded = line == "#pragma once";
        break;
    }
    if (!guarded) findings.push_back({source.path, 1, "the first directive is not #pragma once"});
    static const std::regex kUsing(R"(^(using\s+namespace)\b)");
    for (std::size_t n = 0; n < source.code.size(); ++n)
        if (std::regex_search(source.code[n], kUsing))
            findings.push_back({source.path, static_cast<int>(n + 1),
                                "using namespace in a header reaches everyone who includes it"});
    return findings;
}

Findings check_file_length(const Source& source) {
    if (!source.is_cpp()) return {};
    const int limit = source.is_header() ? kHeaderLinesMax : kSourceLinesMax;
    const int lines = static_cast<int>(source.lines.size());
    if (lines <= limit) return {};
    return {{source.path, limit + 1,
             std::to_string(lines) + " lines, the limit is " + std::to_string(limit)}};
}

std::vector<Function> functions_of(const Source& source) {
    return BraceReader(source).run();
}

Findings check_functions(const Source& source) {
    Findings findings;
    for (const Function& function : functions_of(source)) {
        const int limit = function.name == "main" ? kMainLinesMax : kFunctionLinesMax;
        if (function.lines > limit)
            findings.push_back({source.path, function.line,
                                function.name + " has " + std::to_string(function.lines) +
                                    " lines, the limit is " + std::to_string(limit)});
    }
    return findings;
}

}  // namespace iqt::tidy
