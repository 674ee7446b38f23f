// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"

#include <gtest/gtest.h>

namespace iqt::config {
namespace {

void expect_all(Rule rule, std::initializer_list<const char*> good,
                std::initializer_list<const char*> bad) {
    for (const char* text : good) EXPECT_FALSE(check(rule, text)) << text;
    for (const char* text : bad) EXPECT_TRUE(check(rule, text)) << text;
}

TEST(Rules, AeTitle) {
    expect_all(Rule::AeTitle, {"A", "SIXTEEN_LETTERS1", "WITH SPACE"},
               {"", "SEVENTEEN_LETTERS", " A", "A ", "A\\B", "\xc3\x84", "A\n"});
}

TEST(Rules, Cidr) {
    expect_all(Rule::Cidr, {"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "::/128"},
               {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129",
                "host", "10.0.0.0/ 8"});
    expect_all(Rule::IpAddress, {"0.0.0.0", "::"}, {"10.0.0.0/8", "localhost", ""});
}

TEST(Rules, OnlyLoopbackIsLoopback) {
    expect_all(Rule::LoopbackAddress, {"127.0.0.1", "127.8.8.8", "::1"},
               {"0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "localhost", "127.0.0.1/8"});
}

TEST(Rules, Timezone) {
    expect_all(Rule::Timezone, {"", "+0000", "+0530", "-1200", "+1400"},
               {"-0000", "+1401", "-1201", "+0160", "0100", "UTC", "+1:00"});
}

TEST(Rules, Device) {
    expect_all(Rule::Device, {"auto", "cpu", "cuda:0", "cuda:12"}, {"", "gpu", "cuda", "cuda:x"});
}

TEST(Rules, Fingerprint) {
    std::string colons = "AB";
    for (int i = 1; i < 32; ++i) colons += ":c0";
    const std::string plain(64, 'f'), shifted = "A" + std::string(1, ':') + colons.substr(2);
    expect_all(Rule::Fingerprint, {plain.c_str(), colons.c_str()},
               {"", "ab", (plain + "0").c_str(), (colons + ":").c_str(), shifted.c_str(),
                ("g" + plain.substr(1)).c_str()});
}

TEST(Rules, AttributeAndRegex) {
    expect_all(Rule::Attribute, {"SeriesDescription", "0008,103e", "0008,103E"},
               {"", "seriesDescription", "00080103e", "0008,103", "Series Description"});
    expect_all(Rule::Regex, {"", "a+b", "^T2"}, {"(", "[a", "*"});
}

TEST(Nearest, FindsSlipsAndNothingElse) {
    const std::vector<std::string> keys{"quiet_s", "incomplete_hold_s", "peers"};
    EXPECT_EQ(nearest("queit_s", keys), "quiet_s");
    EXPECT_EQ(nearest("quiet", keys), "quiet_s");
    EXPECT_EQ(nearest("incomplete_hold", keys), "incomplete_hold_s");
    EXPECT_EQ(nearest("zzzzz", keys), std::nullopt);
    EXPECT_EQ(nearest("", keys), std::nullopt);
    EXPECT_EQ(nearest(std::string(10'000, 'q'), keys), std::nullopt);
}

}  // namespace
}  // namespace iqt::config
