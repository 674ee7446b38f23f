// SPDX-License-Identifier: Apache-2.0
// The house rules, each as a test over the whole repository. tests/tidy/ holds the rules and the
// tests that show that each of them can fail.
#include <filesystem>
#include <sstream>
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

const std::filesystem::path kRoot = IQT_SOURCE_DIR;

const std::vector<Source>& tree() {
    static const std::vector<Source> kTree = read_tree(kRoot);
    return kTree;
}

std::string listed(const Findings& findings) {
    std::ostringstream text;
    for (const Finding& finding : findings) text << "\n  " << to_string(finding);
    return text.str();
}

template <class Rule>
std::string broken(Rule rule) {
    Findings all;
    for (const Source& source : tree())
        for (Finding& finding : rule(source)) all.push_back(std::move(finding));
    return listed(all);
}

std::string text_of(const std::string& path) {
    std::string text;
    for (const Source& source : tree())
        if (source.path == path)
            for (const std::string& line : source.lines) text += line + '\n';
    return text;
}

TEST(Tidy, TheWholeRepositoryIsRead) {
    for (const char* path : {"CMakeLists.txt", "pipeline/core/result.hpp", "server/main.cpp",
                             "tests/tidy_test.cpp", ".ci/run"})
        EXPECT_FALSE(text_of(path).empty()) << path;
}

TEST(Tidy, EveryFileStartsWithItsLicence) {
    EXPECT_EQ(broken(check_licence_line), "");
}

TEST(Tidy, NoTabsAndNothingBehindLines) {
    EXPECT_EQ(broken(check_whitespace), "");
}

TEST(Tidy, NothingIsLeftForLaterAndNoWorkplaceIsNamed) {
    EXPECT_EQ(broken(check_words), "");
}

TEST(Tidy, HeadersAreGuardedAndOpenNoNamespaces) {
    EXPECT_EQ(broken(check_header), "");
}

TEST(Tidy, FilesAreShort) {
    EXPECT_EQ(broken(check_file_length), "");
}

TEST(Tidy, FunctionsAreShort) {
    EXPECT_EQ(broken(check_functions), "");
}

TEST(Tidy, RoomsIncludeOnlyWhatTheyMay) {
    EXPECT_EQ(broken(check_dependencies), "");
}

TEST(Tidy, EachLibraryStaysInItsRoom) {
    EXPECT_EQ(broken(check_libraries), "");
}

TEST(Tidy, EverySourceFileIsBuilt) {
    EXPECT_EQ(listed(check_built(tree())), "");
}

TEST(Tidy, EveryHeaderIsIncluded) {
    EXPECT_EQ(listed(check_included(tree())), "");
}

TEST(Tidy, WhatTheDocumentsNameExists) {
    const std::string presets = text_of("CMakePresets.json");
    const auto exists = [](const std::string& path) {
        for (const char* ending : {"", ".hpp", ".cpp"})  // a unit is named without its ending
            if (std::filesystem::exists(kRoot / (path + ending))) return true;
        return false;
    };
    const auto rule = [&](const Source& source) {
        return source.path.ends_with(".md") ? check_document(source, presets, exists) : Findings{};
    };
    EXPECT_EQ(broken(rule), "");
    EXPECT_FALSE(text_of("README.md").empty()) << "README.md is missing";
}

TEST(Tidy, ScriptsCanBeRun) {
    for (const Source& source : tree()) {
        if (source.lines.empty() || !source.lines[0].starts_with("#!")) continue;
        const auto mode = std::filesystem::status(kRoot / source.path).permissions();
        EXPECT_NE(mode & std::filesystem::perms::owner_exec, std::filesystem::perms::none)
            << source.path << ":1: starts with #! but is not executable";
    }
}

}  // namespace
}  // namespace iqt::tidy
