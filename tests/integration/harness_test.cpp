// SPDX-License-Identifier: Apache-2.0
// The judges of the other integration tests can fail.
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

TEST(Harness, LogWithASanitizersReportIsFoundFromTheStartOfItsLine) {
    const std::string before = "{\"event\":\"ready\"}\n";
    for (const char* report : {"==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n",
                               "WARNING: ThreadSanitizer: data race (pid=7)\n",
                               "==7==ERROR: LeakSanitizer: detected memory leaks\n",
                               "a.cpp:1:2: runtime error: signed integer overflow\n"})
        EXPECT_EQ(sanitizer_report(before + report + before), before.size()) << report;
    EXPECT_EQ(sanitizer_report(before), std::string::npos);
}

TEST(Harness, ReportThatWasShownBeforeIsNotFoundAgain) {
    const std::string report = "WARNING: ThreadSanitizer: data race (pid=7)\n";
    EXPECT_EQ(sanitizer_report(report, report.size()), std::string::npos);
    EXPECT_EQ(sanitizer_report(report + report, report.size()), report.size());
}

TEST(Harness, FileThatDciodvfyCannotReadIsAnError) {
    const fakes::TempFolder folder;
    EXPECT_FALSE(dciodvfy_errors({folder.path() / "missing.dcm"}).empty());
    std::ofstream(folder.path() / "text.dcm") << "this is not DICOM";
    EXPECT_FALSE(dciodvfy_errors({folder.path() / "text.dcm"}).empty());
}

TEST(Harness, MissingJudgeIsAnError) {
    const fakes::TempFolder folder;
    const char* before = std::getenv("PATH");
    const std::string path = before != nullptr ? before : "";
    ::setenv("PATH", folder.path().c_str(), 1);
    const auto errors = dciodvfy_errors({folder.path() / "any.dcm"});
    const Disagreements entities = dcentvfy({folder.path() / "any.dcm"});
    ::setenv("PATH", path.c_str(), 1);
    EXPECT_FALSE(errors.empty());
    EXPECT_FALSE(entities.judged);
}

}  // namespace
}  // namespace iqt::integration
