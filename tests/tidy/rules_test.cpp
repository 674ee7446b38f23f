// SPDX-License-Identifier: Apache-2.0
// Shows that every house rule can be broken, and is not broken by what is allowed.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/tidy/code_rules.hpp"
#include "tests/tidy/include_rules.hpp"
#include "tests/tidy/source.hpp"
#include "tests/tidy/text_rules.hpp"
#include "tests/tidy/tree_rules.hpp"

namespace iqt::tidy {
namespace {

const std::string kLicenceLine = "// SPDX-License-Identifier: Apache-2.0\n";

/// "line: message" of each finding.
std::vector<std::string> texts(const Findings& findings) {
    std::vector<std::string> lines;
    for (const Finding& finding : findings)
        lines.push_back(std::to_string(finding.line) + ": " + finding.message);
    return lines;
}

int line_of_only(const Findings& findings) {
    EXPECT_EQ(findings.size(), 1U) << testing::PrintToString(texts(findings));
    return findings.size() == 1 ? findings[0].line : 0;
}

std::string repeated(const std::string& line, int count) {
    std::string text;
    for (int n = 0; n < count; ++n) text += line;
    return text;
}

TEST(TidyFinding, NamesFileAndLine) {
    EXPECT_EQ(to_string(Finding{"a/b.cpp", 7, "wrong"}), "a/b.cpp:7: wrong");
}

TEST(TidyLicence, IsRequiredFirstAndInScriptsSecond) {
    EXPECT_TRUE(check_licence_line(parse("a.cpp", kLicenceLine + "int x;\n")).empty());
    EXPECT_TRUE(
        check_licence_line(parse("a.sh", "#!/bin/sh\n# " + kLicenceLine.substr(3))).empty());
    EXPECT_TRUE(check_licence_line(parse("a.json", "{}")).empty()) << "JSON has no comments";
    EXPECT_EQ(line_of_only(check_licence_line(parse("a.cpp", "\n" + kLicenceLine))), 1);
    EXPECT_EQ(line_of_only(check_licence_line(parse("a.hpp", ""))), 1);
    EXPECT_EQ(line_of_only(check_licence_line(parse("a.cpp", "// " + kLicenceLine))), 1);
    EXPECT_EQ(line_of_only(check_licence_line(parse("a.sh", "#!/bin/sh\necho\n"))), 2);
    EXPECT_EQ(line_of_only(check_licence_line(parse("x/CMakeLists.txt", "add()\n"))), 1);
}

TEST(TidyWhitespace, FindsTabsSpacesAndCarriageReturns) {
    EXPECT_TRUE(check_whitespace(parse("a.cpp", "int x;\n\n    int y;\n")).empty());
    EXPECT_EQ(line_of_only(check_whitespace(parse("a.cpp", "int x;\n\tint y;\n"))), 2);
    EXPECT_EQ(line_of_only(check_whitespace(parse("a.md", "text \n"))), 1);
    EXPECT_EQ(line_of_only(check_whitespace(parse("a.json", "{}\r\n"))), 1);
    EXPECT_TRUE(check_whitespace(parse("a.dump", "a\tb \n")).empty()) << "foreign formats stay";
}

TEST(TidyWords, FindsPostponedWorkAndPlaces) {
    EXPECT_TRUE(check_words(parse("a.md", "to do, a TODOIST, work/main, /worker/main")).empty());
    EXPECT_EQ(line_of_only(check_words(parse("a.cpp", std::string("\n// TO") + "DO: later"))), 2);
    EXPECT_EQ(line_of_only(check_words(parse("a.cpp", std::string("// FIX") + "ME"))), 1);
    for (const char* folder : {"main", "shared", ".library"})
        EXPECT_EQ(line_of_only(check_words(parse("a.sh", std::string("cd /wo") + "rk/" + folder))),
                  1);
}

TEST(TidyHeader, NeedsItsGuardAsFirstDirective) {
    EXPECT_TRUE(
        check_header(parse("a.hpp", kLicenceLine + "#pragma once\n#include <a>\n")).empty());
    EXPECT_TRUE(check_header(parse("a.cpp", "#include <a>\n")).empty());
    EXPECT_EQ(check_header(parse("a.hpp", kLicenceLine + "#include <a>\n#pragma once\n")).size(),
              1U);
    EXPECT_EQ(check_header(parse("a.hpp", kLicenceLine)).size(), 1U);
}

TEST(TidyHeader, OpensNoNamespaceToItsReaders) {
    const std::string guard = "#pragma once\n";
    EXPECT_EQ(line_of_only(check_header(parse("a.hpp", guard + "using namespace std;\n"))), 2);
    EXPECT_TRUE(check_header(parse("a.hpp", guard + "// using namespace std;\n")).empty());
    EXPECT_TRUE(check_header(parse("a.cpp", "using namespace std;\n")).empty());
    EXPECT_TRUE(
        check_header(parse("a.hpp", guard + "inline int f() {\n    using namespace std;\n}\n"))
            .empty())
        << "inside a function it reaches nobody else";
}

TEST(TidyFileLength, HasALimitForHeadersAndOneForSources) {
    EXPECT_TRUE(check_file_length(parse("a.hpp", repeated("\n", 200))).empty());
    EXPECT_EQ(line_of_only(check_file_length(parse("a.hpp", repeated("\n", 201)))), 201);
    EXPECT_TRUE(check_file_length(parse("a.cpp", repeated("\n", 400))).empty());
    EXPECT_EQ(line_of_only(check_file_length(parse("a.cpp", repeated("\n", 401)))), 401);
    EXPECT_TRUE(check_file_length(parse("a.md", repeated("\n", 999))).empty());
}

/// Names and lines of the functions in a piece of code.
std::vector<std::string> functions(const std::string& code) {
    std::vector<std::string> found;
    for (const Function& function : functions_of(parse("a.cpp", code)))
        found.push_back(function.name + " " + std::to_string(function.line) + "+" +
                        std::to_string(function.lines));
    return found;
}

using Names = std::vector<std::string>;

TEST(TidyFunctions, AreFoundInNamespacesAndClasses) {
    EXPECT_EQ(functions("int f(int a) {\n  if (a) {\n  }\n}\n"), Names{"f 1+4"});
    EXPECT_EQ(functions("namespace a::b {\nnamespace {\nvoid f() {\n}\n}\n}\n"), Names{"f 3+2"});
    EXPECT_EQ(functions("class A final : public B<int> {\n  int f() const override {\n  }\n};\n"),
              Names{"f 2+2"});
    EXPECT_EQ(functions("template <class T = int>\nauto A<T>::f(T a = {}) noexcept -> T {\n}\n"),
              Names{"f 2+2"});
    EXPECT_EQ(functions("A::A(int a)\n    : a_(a), b_{a} {\n  g();\n}\n"), Names{"A 2+3"});
    EXPECT_EQ(functions("A::A(int a) : a_(a) {\n}\n"), Names{"A 1+2"});
    EXPECT_EQ(functions("bool operator==(A a, A b) {\n}\n"), Names{"operator 1+2"});
    EXPECT_EQ(functions("TEST(A, B) {\n\n}\n"), Names{"TEST 1+3"});
}

TEST(TidyFunctions, AreNotSeenInTypesTablesAndText) {
    EXPECT_EQ(functions("struct A {\n  int x = f(1);\n  std::array<int, 2> y{1, 2};\n};\n"),
              Names{});
    EXPECT_EQ(functions("constexpr std::array kRows{Row{f(1)}, Row{g(2)}};\n"), Names{});
    EXPECT_EQ(functions("const auto kTable = make(1, [] { return 1; });\nint x[] = {f(1)};\n"),
              Names{});
    EXPECT_EQ(functions("enum class A : std::uint8_t { B = f(1) };\n"), Names{});
    EXPECT_EQ(functions("// void f() {\n/* void g() { */\nconst char* t = \"void h() {\";\n"),
              Names{});
    EXPECT_EQ(functions("const char* t = R\"x(void f() {)x\";\nchar c = '{';\nint n = 1'000;\n"),
              Names{});
    EXPECT_EQ(functions("#define F(x) \\\n    do { x; \\\n    } while (false)\nvoid f() {\n}\n"),
              Names{"f 4+2"});
}

TEST(TidyFunctions, BracesInLambdasAndArgumentsBelongToTheirFunction) {
    EXPECT_EQ(functions("void f() {\n  auto g = [](int a) {\n    return A{a};\n  };\n  h([&] {\n"
                        "  });\n}\nvoid k() {\n}\n"),
              (Names{"f 1+7", "k 8+2"}));
}

TEST(TidyFunctions, HaveALimitAndMainAShorterOne) {
    const auto of_lines = [](const std::string& head, int lines) {
        return parse("a.cpp", head + " {\n" + repeated("\n", lines - 2) + "}\n");
    };
    EXPECT_TRUE(check_functions(of_lines("void f()", 60)).empty());
    EXPECT_EQ(line_of_only(check_functions(of_lines("\nvoid f()", 61))), 2);
    EXPECT_TRUE(check_functions(of_lines("int main(int argc, char** argv)", 40)).empty());
    EXPECT_EQ(line_of_only(check_functions(of_lines("int main(int argc, char** argv)", 41))), 1);
    EXPECT_EQ(line_of_only(check_functions(of_lines("A::A()\n    : a_{1}, b_(2)", 61))), 2);
}

Findings dependency(const std::string& path, const std::string& include) {
    return check_dependencies(parse(path, "\n#include \"" + include + "\"\n"));
}

TEST(TidyDependencies, AllowTheArrowsOfTheDesign) {
    const std::vector<std::pair<std::string, std::string>> allowed{
        {"pipeline/stages/a.cpp", "pipeline/render/panel.hpp"},
        {"pipeline/queue/a.cpp", "pipeline/log/log.hpp"},
        {"dicom/a.cpp", "pipeline/core/ports.hpp"},
        {"dicom/net/a.cpp", "dicom/series_reader.hpp"},
        {"models/train/a.cpp", "models/nets/iqt_ur.hpp"},
        {"models/train/a.cpp", "dicom/encoder.hpp"},
        {"server/http/a.cpp", "config/config.hpp"},
        {"server/http/a.cpp", "server/options.hpp"},
        {"tests/dicom/a.cpp", "server/options.hpp"},
        {"config/load.cpp", "config/config.hpp"},
    };
    for (const auto& [path, include] : allowed)
        EXPECT_TRUE(dependency(path, include).empty()) << path << " -> " << include;
}

TEST(TidyDependencies, ForbidAllOthers) {
    const std::vector<std::pair<std::string, std::string>> forbidden{
        {"pipeline/core/a.cpp", "pipeline/log/log.hpp"},
        {"pipeline/grid/a.cpp", "pipeline/render/panel.hpp"},
        {"pipeline/stages/a.cpp", "pipeline/queue/stores.hpp"},
        {"pipeline/worker/a.cpp", "dicom/encoder.hpp"},
        {"pipeline/queue/a.cpp", "config/config.hpp"},
        {"dicom/a.cpp", "models/package.hpp"},
        {"dicom/a.cpp", "dicom/net/store_scp.hpp"},
        {"dicom/net/a.cpp", "pipeline/render/panel.hpp"},
        {"models/a.cpp", "dicom/encoder.hpp"},
        {"models/a.cpp", "models/nets/iqt_ur.hpp"},
        {"models/nets/a.cpp", "models/train/trainer.hpp"},
        {"config/a.cpp", "pipeline/core/result.hpp"},
        {"server/a.cpp", "tests/fakes/clock.hpp"},
        {"models/train/a.cpp", "server/options.hpp"},
        {"dicom/a.cpp", "encoder.hpp"},
        {"dicom/a.cpp", "../dicom/encoder.hpp"},
        {"dicom/a.cpp", "dicom/encoder.cpp"},
    };
    for (const auto& [path, include] : forbidden)
        EXPECT_EQ(line_of_only(dependency(path, include)), 2) << path << " -> " << include;
}

TEST(TidyDependencies, RoomsAreTheLongestFoldersThatMatch) {
    EXPECT_EQ(room_of("dicom/net/a.cpp"), "dicom/net");
    EXPECT_EQ(room_of("dicom/network.cpp"), "dicom");
    EXPECT_EQ(room_of("models/train/a/b.cpp"), "models/train");
    EXPECT_EQ(room_of("pipeline/core/a.hpp"), "pipeline/core");
    EXPECT_EQ(room_of("a.hpp"), "");
}

Findings library(const std::string& path, const std::string& include) {
    return check_libraries(parse(path, "#include <" + include + ">\n"));
}

TEST(TidyLibraries, HaveOneRoomEach) {
    const std::vector<std::pair<std::string, std::string>> places{
        {"dicom/net/a.cpp", "dcmtk/config/osconfig.h"},
        {"pipeline/queue/a.cpp", "SQLiteCpp/Database.h"},
        {"pipeline/queue/b.cpp", "sqlite3.h"},
        {"models/nets/a.cpp", "torch/torch.h"},
        {"models/train/a.cpp", "ATen/ATen.h"},
        {"models/nets/b.cpp", "c10/core/Device.h"},
        {"pipeline/render/a.cpp", "cairo.h"},
        {"models/nifti.cpp", "nifti2_io.h"},
        {"pipeline/digest/a.cpp", "openssl/evp.h"},
        {"server/a.cpp", "boost/asio.hpp"},
        {"pipeline/log/a.cpp", "spdlog/spdlog.h"},
        {"server/b.cpp", "prometheus/registry.h"},
        {"models/train/main.cpp", "CLI/CLI.hpp"},
        {"pipeline/core/result.hpp", "tl/expected.hpp"},
    };
    for (const auto& [path, header] : places) {
        EXPECT_TRUE(library(path, header).empty()) << path << " " << header;
        EXPECT_EQ(line_of_only(library("pipeline/grid/a.cpp", header)), 1) << header;
        EXPECT_TRUE(library("tests/a.cpp", header).empty()) << header;
    }
    EXPECT_EQ(line_of_only(library("models/package.cpp", "nifti2_io.h")), 1);
    EXPECT_EQ(line_of_only(library("server/a.cpp", "gtest/gtest.h")), 1);
    EXPECT_TRUE(library("pipeline/queue/a.cpp", "nlohmann/json.hpp").empty());
}

TEST(TidyLibraries, TheCoreHasOnlyTheStandardOne) {
    EXPECT_TRUE(library("pipeline/core/a.hpp", "string_view").empty());
    EXPECT_TRUE(library("pipeline/core/a.hpp", "cstdint").empty());
    EXPECT_EQ(line_of_only(library("pipeline/core/a.hpp", "nlohmann/json.hpp")), 1);
    EXPECT_EQ(line_of_only(library("pipeline/core/a.cpp", "unistd.h")), 1);
}

TEST(TidyTree, FindsSourcesThatNothingBuilds) {
    const std::vector<Source> tree{parse("a/CMakeLists.txt",
                                         "add(x one.cpp sub/two.cpp) # three.cpp\n"
                                         "add(y ${PROJECT_SOURCE_DIR}/b/four.cpp ../c/five.cpp)\n"
                                         "add(z ${CMAKE_CURRENT_SOURCE_DIR}/six.cpp)\n"),
                                   parse("a/one.cpp", ""),
                                   parse("a/sub/two.cpp", ""),
                                   parse("a/three.cpp", ""),
                                   parse("b/four.cpp", ""),
                                   parse("c/five.cpp", ""),
                                   parse("a/six.cpp", "")};
    const Findings findings = check_built(tree);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].path, "a/three.cpp");
}

TEST(TidyTree, FindsHeadersThatNothingIncludes) {
    const std::vector<Source> tree{parse("a/one.hpp", ""), parse("a/two.hpp", ""),
                                   parse("a/x.cpp", "#include \"a/one.hpp\"\n// \"a/two.hpp\"\n")};
    const Findings findings = check_included(tree);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].path, "a/two.hpp");
}

Findings document(const std::string& text) {
    const auto exists = [](const std::string& path) {
        return path == "deploy/demo.sh" || path == "doc/more.md" || path == "tests";
    };
    return check_document(parse("doc/a.md", text), R"({ "name": "dev" })", exists);
}

TEST(TidyDocument, NamesOnlyWhatExists) {
    EXPECT_TRUE(document("`deploy/demo.sh --keep`, `./deploy/demo.sh`\n").empty());
    EXPECT_EQ(line_of_only(document("\n`deploy/gone.sh`\n")), 2);
    EXPECT_EQ(line_of_only(document("```sh\ntests/gone.sh\n```\n")), 2);
    EXPECT_TRUE(document("`/etc/config/x.json build/dev/server/iqt-node`\n").empty());
    EXPECT_TRUE(document("prose about server/client and pipeline/whatever\n").empty());
}

TEST(TidyDocument, NamesOnlyPresetsThatExist) {
    EXPECT_TRUE(document("`cmake --workflow --preset dev`\n").empty());
    EXPECT_EQ(line_of_only(document("```\ncmake --preset gone\n```\n")), 2);
}

TEST(TidyDocument, LinksOnlyToWhatExists) {
    EXPECT_TRUE(document("[a](more.md), [b](../tests), [c](https://x.org), [d](#here)\n").empty());
    EXPECT_EQ(line_of_only(document("[a](gone.md#part)\n")), 1);
}

}  // namespace
}  // namespace iqt::tidy
