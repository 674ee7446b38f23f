// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/association_policy.hpp"

#include <gtest/gtest.h>

namespace iqt::dicom::net {
namespace {

constexpr const char* kDicom = "1.2.840.10008.3.1.1.1";

AssociationPolicyOptions hospital() {
    return {"IQTNODE",
            {{"SWOOP", {"10.1.2.3", "fd00:1::/32"}},
             {"PACS", {"192.168.0.0/16"}},
             {"SWOOP", {"10.9.0.0/17"}}},
            false};
}

struct Row {
    const char* name;
    AssociationRequest request;
    std::optional<Rejection> expected;
};

class PolicyTable : public testing::TestWithParam<Row> {};

TEST_P(PolicyTable, DecidesAsTheStandardSays) {
    const auto policy = AssociationPolicy::make(hospital());
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->check(GetParam().request), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    AssociationPolicy, PolicyTable,
    testing::Values(
        Row{"KnownPeer", {"IQTNODE", "SWOOP", "10.1.2.3", kDicom}, {}},
        Row{"TrailingSpacesHaveNoMeaning", {"IQTNODE  ", "SWOOP   ", "10.1.2.3", kDicom}, {}},
        Row{"MappedIPv4", {"IQTNODE", "SWOOP", "::ffff:10.1.2.3", kDicom}, {}},
        Row{"IPv6Block", {"IQTNODE", "SWOOP", "fd00:1:ffff::1", kDicom}, {}},
        Row{"ZoneIsIgnored", {"IQTNODE", "SWOOP", "fd00:1::1%eth0", kDicom}, {}},
        Row{"SecondEntryOfOneTitle", {"IQTNODE", "SWOOP", "10.9.127.255", kDicom}, {}},
        Row{"JustOutsideAnOddPrefix", {"IQTNODE", "SWOOP", "10.9.128.0", kDicom}, kUnknownAddress},
        Row{"NeighbourAddress", {"IQTNODE", "SWOOP", "10.1.2.4", kDicom}, kUnknownAddress},
        Row{"IPv6OutsideBlock", {"IQTNODE", "SWOOP", "fd00:2::1", kDicom}, kUnknownAddress},
        Row{"AddressOfAnotherPeer", {"IQTNODE", "SWOOP", "192.168.1.1", kDicom}, kUnknownAddress},
        Row{"NoAddressAtAll", {"IQTNODE", "SWOOP", "", kDicom}, kUnknownAddress},
        Row{"UnknownCaller", {"IQTNODE", "STRANGER", "10.1.2.3", kDicom}, kUnknownCallingAe},
        Row{"TitleIsCaseSensitive", {"IQTNODE", "swoop", "10.1.2.3", kDicom}, kUnknownCallingAe},
        Row{"EmptyCaller", {"IQTNODE", "", "10.1.2.3", kDicom}, kUnknownCallingAe},
        Row{"WrongCalledTitle", {"ANY-SCP", "SWOOP", "10.1.2.3", kDicom}, kUnknownCalledAe},
        Row{"CalledTitleIsCaseSensitive",
            {"iqtnode", "SWOOP", "10.1.2.3", kDicom},
            kUnknownCalledAe},
        Row{"CalledTitleComesFirst", {"ANY-SCP", "STRANGER", "8.8.8.8", kDicom}, kUnknownCalledAe},
        Row{"WrongApplicationContext",
            {"IQTNODE", "SWOOP", "10.1.2.3", "1.2.3"},
            kUnknownApplicationContext}),
    [](const auto& row) { return row.param.name; });

TEST(AssociationPolicy, GivesTheValuesOfTheStandard) {
    const auto values = [](const Rejection& r) {
        return std::array{static_cast<int>(r.result), static_cast<int>(r.source), int{r.reason}};
    };
    EXPECT_EQ(values(kUnknownApplicationContext), (std::array{1, 1, 2}));
    EXPECT_EQ(values(kUnknownCallingAe), (std::array{1, 1, 3}));
    EXPECT_EQ(values(kUnknownAddress), (std::array{1, 1, 3}));
    EXPECT_EQ(values(kTlsNeeded), (std::array{1, 1, 3}));
    EXPECT_EQ(values(kOtherCertificate), (std::array{1, 1, 3}));
    EXPECT_EQ(values(kUnknownCalledAe), (std::array{1, 1, 7}));
    EXPECT_EQ(values(kTooManyAssociations), (std::array{2, 3, 2}));
}

TEST(AssociationPolicy, AsksForTlsAndForTheCertificatesOfAPeer) {
    const std::string first(64, 'a'), next(64, 'b'), other(64, 'c');
    std::string with_colons = "AA";
    for (int i = 1; i < 32; ++i) with_colons += ":AA";
    AssociationPolicyOptions options{"IQTNODE", {}, false};
    options.allowed_peers = {{"SCANNER", {"10.0.0.1"}},
                             {"CONSOLE", {"10.0.0.2"}, true},
                             {"PACS", {"10.0.0.0/8"}, false, {with_colons, next}},
                             {"PACS", {"11.0.0.1"}}};
    const auto policy = AssociationPolicy::make(options);
    ASSERT_TRUE(policy) << to_string(policy.error());
    const auto check = [&](const char* title, const char* address, bool tls,
                           const std::string& certificate) {
        return policy->check({"IQTNODE", title, address, kDicom, tls, certificate});
    };
    EXPECT_EQ(check("SCANNER", "10.0.0.1", false, ""), std::nullopt);
    EXPECT_EQ(check("SCANNER", "10.0.0.1", true, first), std::nullopt);
    EXPECT_EQ(check("CONSOLE", "10.0.0.2", false, ""), kTlsNeeded);
    EXPECT_EQ(check("CONSOLE", "10.0.0.2", true, ""), std::nullopt);
    EXPECT_EQ(check("CONSOLE", "10.0.0.2", true, other), std::nullopt);
    EXPECT_EQ(check("PACS", "10.0.0.3", true, first), std::nullopt);
    EXPECT_EQ(check("PACS", "10.0.0.3", true, next), std::nullopt);
    EXPECT_EQ(check("PACS", "10.0.0.3", true, other), kOtherCertificate);
    EXPECT_EQ(check("PACS", "10.0.0.3", true, ""), kOtherCertificate);
    EXPECT_EQ(check("PACS", "10.0.0.3", false, ""), kTlsNeeded) << "not without a certificate";
    EXPECT_EQ(check("PACS", "11.0.0.1", false, ""), std::nullopt) << "the entry for that address";
    EXPECT_EQ(check("PACS", "12.0.0.1", true, first), kUnknownAddress);
    EXPECT_EQ(check("NOBODY", "10.0.0.3", true, first), kUnknownCallingAe);
}

TEST(AssociationPolicy, AcceptAnyPeerStillWantsTheCalledTitle) {
    auto options = hospital();
    options.accept_any_peer = true;
    const auto policy = AssociationPolicy::make(options);
    ASSERT_TRUE(policy);
    EXPECT_FALSE(policy->check({"IQTNODE", "STRANGER", "8.8.8.8", kDicom}));
    EXPECT_EQ(policy->check({"OTHER", "STRANGER", "8.8.8.8", kDicom}), kUnknownCalledAe);
}

TEST(AssociationPolicy, WithoutPeersNobodyIsAllowed) {
    const auto policy = AssociationPolicy::make({"IQTNODE", {}, false});
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->check({"IQTNODE", "SWOOP", "127.0.0.1", kDicom}), kUnknownCallingAe);
}

TEST(AssociationPolicy, RefusesSettingsThatCannotMatch) {
    const auto kind_of = [](const AssociationPolicyOptions& options) {
        const auto policy = AssociationPolicy::make(options);
        return policy ? std::optional<ErrorKind>{} : policy.error().kind;
    };
    EXPECT_EQ(kind_of({"", {}, false}), ErrorKind::Config);
    EXPECT_EQ(kind_of({"SEVENTEEN-LETTERS", {}, false}), ErrorKind::Config);
    EXPECT_EQ(kind_of({"A\\B", {}, false}), ErrorKind::Config);
    EXPECT_EQ(kind_of({"IQTNODE", {{"SWOOP", {}}}, false}), ErrorKind::Config);
    EXPECT_EQ(kind_of({"IQTNODE", {{"   ", {"10.0.0.1"}}}, false}), ErrorKind::Config);
    EXPECT_EQ(kind_of({"IQTNODE", {{"SWOOP", {"10.0.0.0/33"}}}, false}), ErrorKind::Config);
    EXPECT_FALSE(kind_of({"SIXTEEN-LETTERS-", {}, false}));
    AssociationPolicyOptions pinned{"IQTNODE", {{"SWOOP", {"10.0.0.1"}, true, {"ab:cd"}}}, false};
    EXPECT_EQ(kind_of(pinned), ErrorKind::Config);
    pinned.allowed_peers[0].certificate_sha256 = {std::string(64, 'x')};
    EXPECT_EQ(kind_of(pinned), ErrorKind::Config);
}

TEST(AddressBlock, RefusesWhatIsNoBlock) {
    for (const char* text : {"", "/", "10.0.0.1/", "10.0.0.1/-1", "10.0.0.1/33", "10.0.0.1/8x",
                             "10.0.0", "host.example", "::/129", "10.0.0.1/ 8", "300.0.0.1"})
        EXPECT_FALSE(AddressBlock::parse(text)) << text;
}

TEST(AddressBlock, HoldsWhatItsPrefixCovers) {
    struct {
        const char* block;
        const char* address;
        bool inside;
    } const rows[] = {
        {"0.0.0.0/0", "8.8.8.8", true},
        {"0.0.0.0/0", "fd00::1", false},
        {"::/0", "8.8.8.8", true},
        {"::/0", "fd00::1", true},
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.1.2.3/31", "10.1.2.2", true},
        {"10.1.2.3/31", "10.1.2.4", false},
        {"::ffff:10.0.0.0/104", "10.1.1.1", true},
        {"fe80::/10", "fe80::1%2", true},
        {"fe80::/10", "fec0::1", false},
        {"127.0.0.1", "not an address", false},
    };
    for (const auto& row : rows) {
        const auto block = AddressBlock::parse(row.block);
        ASSERT_TRUE(block) << row.block;
        EXPECT_EQ(block->contains(row.address), row.inside) << row.block << " " << row.address;
    }
}

}  // namespace
}  // namespace iqt::dicom::net
