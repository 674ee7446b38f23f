// SPDX-License-Identifier: Apache-2.0
#include "config/load.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace iqt::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

std::string manual() {
    std::ifstream file(IQT_SOURCE_DIR "/config/node.json");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<Problem> problems_of(std::string_view text) {
    auto parsed = parse(text);
    return parsed ? std::vector<Problem>{} : parsed.error();
}

auto problem(const std::string& pointer, const std::string& words) {
    return AllOf(Field(&Problem::pointer, pointer), Field(&Problem::what, HasSubstr(words)));
}

TEST(Manual, EqualsTheBuiltInDefaults) {
    const auto loaded = load(IQT_SOURCE_DIR "/config/node.json");
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    EXPECT_EQ(to_json(*loaded), to_json(Config{}));
    // Not only what it leaves out: the file itself has the value of every key.
    EXPECT_EQ(nlohmann::ordered_json::parse(manual(), nullptr, true, true),
              nlohmann::ordered_json::parse(to_json(Config{})));
}

TEST(Manual, NamesEveryKeyThereIs) {
    const std::string text = manual();
    const auto keys = key_names();
    EXPECT_GT(keys.size(), 60U);
    for (const std::string& key : keys)
        EXPECT_THAT(text, HasSubstr("\"" + key.substr(key.rfind('.') + 1) + "\"")) << key;
}

TEST(Manual, ItsExamplesAreValid) {
    // The commented examples, put in their places by hand, are what people copy.
    const auto parsed = parse(R"({
      "dicom": {"allowed_peers": [
                  {"ae_title": "SWOOP1", "address": "10.20.30.40", "without_tls": true},
                  {"ae_title": "PACS", "address": ["10.20.0.0/16", "fd00:20::/32"],
                   "certificate_sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}],
                "tls": {"mode": "both", "certificate": "node.pem", "private_key": "node.key",
                        "trusted": "/etc/iqt-node/trusted"}},
      "settle": {"peers": {"SLOWPACS": {"quiet_s": 120, "open_association_s": 300,
                                        "incomplete_hold_s": 7200}}},
      "routes": [{"name": "brain", "match": {"calling_ae_title": "SWOOP1", "called_ae_title": "IQTNODE",
        "tags": {"Modality": "MR", "Manufacturer": {"=": "Hyperfine"},
                 "SeriesDescription": {"prefix": "T2", "regex": "AX(IAL)?$"},
                 "MagneticFieldStrength": {"range": [0.05, 0.1]}}},
        "model": "", "outputs": ["enhanced", "warning"], "destinations": ["pacs"],
        "field_strength": "required"}],
      "destinations": {"pacs": {"ae_title": "ORTHANC", "address": "10.20.30.5", "port": 104,
        "timeout_s": 60, "retry": {"first_s": 10, "longest_s": 3600, "attempts_max": 100},
        "tls": {"enabled": true, "trusted": "/etc/iqt-node/pacs.pem", "crl": ""}}}})");
    ASSERT_TRUE(parsed) << to_string(parsed.error().front());
    EXPECT_EQ(parsed->dicom.allowed_peers[0].address, std::vector<std::string>{"10.20.30.40"});
    EXPECT_EQ(parsed->routes[0].match.tags.at("Modality").equals, "MR");
    EXPECT_DOUBLE_EQ(parsed->routes[0].match.tags.at("MagneticFieldStrength").range->max, 0.1);
    EXPECT_EQ(parsed->settle.peers.at("SLOWPACS").quiet_s, 120);
    EXPECT_EQ(parsed->settle.peers.at("SLOWPACS").open_association_s, 300);
}

TEST(Defaults, TlsIsOffAndAsksForCertificatesOnceItIsOn) {
    EXPECT_EQ(Config{}.dicom.tls.mode, "off");
    EXPECT_TRUE(Config{}.dicom.tls.require_client_certificate);
    EXPECT_FALSE(Peer{}.without_tls);
    EXPECT_FALSE(Destination{}.tls.enabled);
}

TEST(Defaults, AdmitNobody) {
    EXPECT_TRUE(Config{}.dicom.allowed_peers.empty());
    EXPECT_FALSE(Config{}.dicom.accept_any_peer);
    EXPECT_TRUE(parse("{}"));
}

TEST(Parse, ReadsBackWhatToJsonWrites) {
    Config config;
    config.dicom.allowed_peers = {{"A", {"10.0.0.0/8"}}, {"B", {}}};
    config.settle.open_association_s = 45;
    config.settle.peers["B"].quiet_s = 3;
    config.destinations["x"] = {"X", "host.example", 4242, 5, {1, 2, 3}, {true, "x.pem", "x.crl"}};
    config.dicom.tls = {"only", 0, "node.pem", "node.key", "trusted", false, "revoked.pem"};
    config.dicom.allowed_peers[0].certificate_sha256 = {std::string(64, 'a'), std::string(64, 'B')};
    Route route;
    route.name = "r";
    route.match.tags["0008,103e"].regex = "a+";
    route.match.tags["EchoTime"].range = Interval{1.5, 2};
    route.destinations = std::vector<std::string>{};
    config.routes = {route};
    const auto again = parse(to_json(config));
    ASSERT_TRUE(again) << to_string(again.error().front());
    EXPECT_EQ(to_json(*again), to_json(config));
    EXPECT_TRUE(again->routes[0].destinations.has_value());
    EXPECT_EQ(again->settle.open_association_s, 45);
    EXPECT_FALSE(again->settle.peers.at("B").open_association_s.has_value());
    EXPECT_FALSE(again->settle.peers.at("B").incomplete_hold_s.has_value());
}

TEST(Parse, AllowsComments) {
    const auto parsed = parse("// first\n{ \"dicom\": { // port\n \"port\": 0 } }");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->dicom.port, 0);
}

TEST(Parse, NamesTheNearestKeyOfAnUnknownOne) {
    EXPECT_THAT(problems_of(R"({"dicom": {"allowed_peer": []}})"),
                Contains(problem("/dicom/allowed_peer", "did you mean \"allowed_peers\"?")));
    EXPECT_THAT(problems_of(R"({"dicmo": {}})"),
                Contains(problem("/dicmo", "did you mean \"dicom\"?")));
    EXPECT_THAT(problems_of(R"({"xyzzy": 1})"), Contains(problem("/xyzzy", "unknown key; remove")));
    EXPECT_THAT(problems_of(R"({"destinations": {"p": {"ae_title": "A", "address": "h",
                                "retry": {"first": 1}}}})"),
                Contains(problem("/destinations/p/retry/first", "first_s")));
}

TEST(Parse, ReportsAllProblemsAtOnce) {
    const auto problems = problems_of(R"({
        "node": {"shutdown_s": 0}, "dicom": {"port": 70000, "ae_title": "SEVENTEEN_LETTERS"},
        "http": {"address": "0.0.0.0"}, "log": {"level": "loud"}, "nodes": {}})");
    EXPECT_THAT(problems, SizeIs(6));
    EXPECT_THAT(problems, Contains(problem("/node/shutdown_s", "from 1 to 3600")));
    EXPECT_THAT(problems, Contains(problem("/dicom/port", "from 0 to 65535")));
    EXPECT_THAT(problems, Contains(problem("/dicom/ae_title", "1 to 16")));
    EXPECT_THAT(problems, Contains(problem("/http/address", "loopback")));
    EXPECT_THAT(problems, Contains(problem("/log/level", "\"warn\"")));
    EXPECT_THAT(problems, Contains(problem("/nodes", "\"node\"")));
}

TEST(Parse, RefusesWrongTypes) {
    for (const char* text :
         {R"({"dicom": {"port": "104"}})", R"({"dicom": {"port": 1.5}})",
          R"({"dicom": {"port": 18446744073709551615}})", R"({"dicom": {"port": -1}})",
          R"({"dicom": {"ae_title": 5}})", R"({"dicom": {"accept_any_peer": "no"}})",
          R"({"dicom": []})", R"({"routes": {}})", R"({"routes": [1]})", R"({"destinations": []})",
          R"({"dicom": {"allowed_peers": [{"ae_title": "A", "address": 5}]}})",
          R"({"inference": {"devices": [1]}})", R"({"inference": {"devices": []}})", "[]", "5",
          "null"})
        EXPECT_THAT(problems_of(text), SizeIs(1)) << text;
}

TEST(Parse, SaysWhereTheSyntaxIsWrong) {
    for (const char* text : {"", "{", "{\"a\" 1}", "{} x", "\xff", "/* open"})
        EXPECT_THAT(problems_of(text), Contains(problem("", "is not JSON"))) << text;
}

TEST(Parse, RefusesAKeyThatOccursTwice) {
    EXPECT_THAT(problems_of(R"({"log": {}, "log": {"level": "warn"}})"),
                Contains(problem("", "\"log\" occurs twice")));
    EXPECT_THAT(problems_of(R"({"node": {"shutdown_s": 5}, "settle": {}})"), SizeIs(0));
}

TEST(Parse, DemandsWhatHasNoDefault) {
    const auto problems = problems_of(R"({"destinations": {"pacs": {}}, "routes": [{}]})");
    EXPECT_THAT(problems, Contains(problem("/destinations/pacs/ae_title", "AE title")));
    EXPECT_THAT(problems, Contains(problem("/destinations/pacs/address", "empty")));
    EXPECT_THAT(problems, Contains(problem("/routes/0/name", "empty")));
}

TEST(Parse, RefusesContradictions) {
    EXPECT_THAT(problems_of(R"({"routes": [{"name": "a"}, {"name": "a"}]})"),
                Contains(problem("/routes/1/name", "earlier route")));
    EXPECT_THAT(problems_of(R"({"routes": [{"name": "a", "destinations": ["pasc"]}],
                                "destinations": {"pacs": {"ae_title": "P", "address": "h"}}})"),
                Contains(problem("/routes/0/destinations/0", "did you mean \"pacs\"?")));
    EXPECT_THAT(problems_of(R"({"dicom": {"allowed_peers": [{}]}})"),
                Contains(problem("/dicom/allowed_peers/0/ae_title", "AE title")));
    EXPECT_THAT(problems_of(R"({"dicom": {"port": 8080}})"),
                Contains(problem("/http/port", "same as")));
    EXPECT_THAT(problems_of(R"({"destinations": {"a/b~c": {"ae_title": "P", "address": "h"}}})"),
                Contains(problem("/destinations/a~1b~0c", "letters")));
}

TEST(Parse, DemandsTheFilesThatTlsNeeds) {
    const auto problems = problems_of(R"({"dicom": {"tls": {"mode": "only"}}})");
    EXPECT_THAT(problems, SizeIs(3));
    EXPECT_THAT(problems, Contains(problem("/dicom/tls/certificate", "must name the PEM file")));
    EXPECT_THAT(problems, Contains(problem("/dicom/tls/private_key", "must name the PEM file")));
    EXPECT_THAT(problems, Contains(problem("/dicom/tls/trusted", "vouch for the peers")));
    EXPECT_THAT(problems_of(R"({"dicom": {"tls": {"private_key": "k"}}})"),
                testing::ElementsAre(problem("/dicom/tls/certificate", "belongs to")));
    EXPECT_THAT(problems_of(R"({"dicom": {"tls": {"certificate": "c"}}})"),
                testing::ElementsAre(problem("/dicom/tls/private_key", "belongs to")));
    EXPECT_THAT(
        problems_of(R"({"dicom": {"tls": {"mode": "only", "certificate": "c", "private_key": "k",
                                "require_client_certificate": false}}})"),
        SizeIs(0));
    EXPECT_THAT(problems_of(R"({"destinations": {"p": {"ae_title": "P", "address": "h",
                                "tls": {"enabled": true}}}})"),
                testing::ElementsAre(problem("/destinations/p/tls/trusted", "must name")));
}

TEST(Parse, RefusesTlsSettingsThatContradictEachOther) {
    const auto with = [](const std::string& tls, const std::string& peers,
                         const std::string& rest = "") {
        return problems_of(
            R"({"dicom": {"tls": {"certificate": "c", "private_key": "k", "trusted": "t", )" + tls +
            R"(}, "allowed_peers": [)" + peers + "]" + rest + "}}");
    };
    const std::string pin = R"("certificate_sha256": ")" + std::string(64, '0') + '"';
    EXPECT_THAT(with(R"("mode": "loud")", ""), Contains(problem("/dicom/tls/mode", "\"both\"")));
    EXPECT_THAT(with(R"("mode": "only", "port": 8080)", ""),
                Contains(problem("/dicom/tls/port", "/http/port")));
    EXPECT_THAT(with(R"("mode": "both", "port": 11112)", ""),
                Contains(problem("/dicom/tls/port", "/dicom/port")));
    EXPECT_THAT(with(R"("mode": "off")", R"({"ae_title": "A", )" + pin + "}"),
                Contains(problem("/dicom/allowed_peers/0/certificate_sha256", "\"off\"")));
    EXPECT_THAT(with(R"("mode": "both")", R"({"ae_title": "A", "without_tls": true, )" + pin + "}"),
                Contains(problem("/dicom/allowed_peers/0/without_tls", "keep one of the two")));
    EXPECT_THAT(with(R"("mode": "only")", R"({"ae_title": "A", "without_tls": true})"),
                Contains(problem("/dicom/allowed_peers/0/without_tls", "\"both\"")));
    EXPECT_THAT(with(R"("mode": "both")", R"({"ae_title": "A"})"),
                Contains(problem("/dicom/tls/mode", "admits nobody")));
    EXPECT_THAT(with(R"("mode": "both")", R"({"ae_title": "A"})", R"(, "accept_any_peer": true)"),
                SizeIs(0));
    EXPECT_THAT(with(R"("mode": "only")", R"({"ae_title": "A", )" + pin + "}"), SizeIs(0));
}

TEST(Parse, NeverLetsAnEnhancedSeriesGoWithoutItsWarnings) {
    EXPECT_THAT(problems_of(R"({"routes": [{"name": "a", "outputs": ["enhanced"]}]})"),
                Contains(problem("/routes/0/outputs", "without its warning maps")));
}

TEST(Load, SaysThatAFileIsMissing) {
    const auto loaded = load("/nonexistent/node.json");
    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error(), Contains(problem("", "cannot read /nonexistent/node.json")));
}

TEST(Load, RefusesAFolder) {
    EXPECT_FALSE(load("/"));
}

TEST(ChangedSections, NamesOnlyWhatDiffers) {
    Config a, b;
    EXPECT_THAT(changed_sections(a, b), SizeIs(0));
    b.log.level = "debug";
    b.dicom.port = 1;
    EXPECT_THAT(changed_sections(a, b), testing::ElementsAre("dicom", "log"));
}

}  // namespace
}  // namespace iqt::config
