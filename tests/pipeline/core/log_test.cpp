// SPDX-License-Identifier: Apache-2.0
#include "pipeline/log/log.hpp"

#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace iqt::log {
namespace {

using Json = nlohmann::json;

/// What `body` wrote to stderr, line by line; each has to be one JSON object.
template <class Body>
std::vector<Json> lines_of(Body body) {
    testing::internal::CaptureStderr();
    body();
    std::istringstream text(testing::internal::GetCapturedStderr());
    std::vector<Json> lines;
    for (std::string line; std::getline(text, line);) {
        lines.push_back(Json::parse(line, nullptr, false));
        EXPECT_TRUE(lines.back().is_object()) << line;
    }
    return lines;
}

class Log : public testing::Test {
  protected:
    void SetUp() override { set_level("info"); }
    void TearDown() override { set_level("info"); }
};

TEST_F(Log, EveryLineIsAJsonObjectWithTimeLevelAndEvent) {
    const auto lines = lines_of([] { event(Level::Info, "series.settled", {{"job", JobId{7}}}); });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at("event"), "series.settled");
    EXPECT_EQ(lines[0].at("level"), "info");
    EXPECT_EQ(lines[0].at("job"), 7);
    const std::regex utc(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
    EXPECT_TRUE(std::regex_match(lines[0].at("time").get<std::string>(), utc)) << lines[0];
}

TEST_F(Log, KeepsTheTypesOfFields) {
    const auto lines = lines_of([] {
        event(Level::Warn, "x",
              {{"text", "a \"b\"\n\t\\"},
               {"flag", true},
               {"share", 0.25},
               {"count", std::int64_t{-9007199254740993}},
               {"small", 3}});
    });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at("text"), "a \"b\"\n\t\\");
    EXPECT_EQ(lines[0].at("flag"), true);
    EXPECT_EQ(lines[0].at("share"), 0.25);
    EXPECT_EQ(lines[0].at("count"), std::int64_t{-9007199254740993});
    EXPECT_EQ(lines[0].at("small"), 3);
    EXPECT_EQ(lines[0].at("level"), "warn");
}

TEST_F(Log, ReplacesBytesThatAreNotUtf8AndLosesNothingElse) {
    const auto lines = lines_of([] {
        event(Level::Error, "broken", {{"bytes", std::string("a\xff\xfe\xc3z")}, {"after", 1}});
    });
    ASSERT_EQ(lines.size(), 1U);
    const std::string bytes = lines[0].at("bytes");
    EXPECT_EQ(bytes, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
    EXPECT_EQ(lines[0].at("after"), 1);
}

TEST_F(Log, ReplacesBytesInErrorsToo) {
    const auto lines = lines_of([] {
        event(Level::Error, "failed", Error{ErrorKind::Corrupt, "bad \x80", "job 3", "send again"});
    });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at("what"), "bad \xef\xbf\xbd");
    EXPECT_EQ(lines[0].at("error"), "corrupt");
    EXPECT_EQ(lines[0].at("where"), "job 3");
    EXPECT_EQ(lines[0].at("hint"), "send again");
}

TEST_F(Log, AnErrorWithoutPlaceAndHintHasNoSuchFields) {
    const auto lines = lines_of([] {
        event(Level::Error, "failed", Error{ErrorKind::Io, "disk", "", ""});
    });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_FALSE(lines[0].contains("where"));
    EXPECT_FALSE(lines[0].contains("hint"));
}

TEST_F(Log, WritesNothingBelowItsLevel) {
    EXPECT_EQ(lines_of([] { event(Level::Debug, "x"); }).size(), 0U);
    set_level("error");
    EXPECT_EQ(lines_of([] {
                  event(Level::Warn, "x");
                  event(Level::Warn, "x", Error{});
              }).size(),
              0U);
    EXPECT_EQ(lines_of([] { event(Level::Error, "x"); }).size(), 1U);
    set_level("warn");
    EXPECT_EQ(lines_of([] { event(Level::Warn, "x"); }).size(), 1U);
    set_level("off");
    EXPECT_EQ(lines_of([] { event(Level::Error, "x"); }).size(), 0U);
}

TEST_F(Log, LinesOfSeveralThreadsNeverMix) {
    const auto lines = lines_of([] {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([t] {
                for (int n = 0; n < 200; ++n)
                    event(Level::Info, "tick", {{"thread", t}, {"text", std::string(300, 'x')}});
            });
    });
    EXPECT_EQ(lines.size(), 800U);
}

}  // namespace
}  // namespace iqt::log
