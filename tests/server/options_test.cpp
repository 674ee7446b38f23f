// SPDX-License-Identifier: Apache-2.0
#include "server/options.hpp"

#include <gtest/gtest.h>

namespace iqt::server {
namespace {

queue::StoreOptions options_of(const config::Config& config) {
    return store_options(config, queue::Opener::Listener);
}

TEST(StoreOptions, TakeTheSettleTimesOfTheConfiguration) {
    config::Config config;
    config.settle.quiet_s = 7;
    config.settle.open_association_s = 45;
    config.settle.incomplete_hold_s = 90;
    const queue::SettleTimes times = options_of(config).settle;
    EXPECT_EQ(times.quiet_ms, 7'000);
    EXPECT_EQ(times.open_association_ms, 45'000);
    EXPECT_EQ(times.incomplete_hold_ms, 90'000);
}

TEST(StoreOptions, TakeFromAPeerOnlyWhatItStates) {
    config::Config config;
    config.settle.peers["SLOW"].open_association_s = 300;
    const queue::SettleTimes times = options_of(config).settle_by_calling_ae.at("SLOW");
    EXPECT_EQ(times.open_association_ms, 300'000);
    EXPECT_EQ(times.quiet_ms, config.settle.quiet_s * 1'000);
}

TEST(StoreOptions, DefaultTimesOfConfigurationAndStoreAreTheSame) {
    const queue::SettleTimes configured = options_of({}).settle, built_in;
    EXPECT_EQ(configured.quiet_ms, built_in.quiet_ms);
    EXPECT_EQ(configured.open_association_ms, built_in.open_association_ms);
    EXPECT_EQ(configured.incomplete_hold_ms, built_in.incomplete_hold_ms);
}

TEST(StoreOptions, MakeEveryAcceptedObjectDurable) {
    EXPECT_EQ(options_of({}).testing.synchronous, queue::Synchronous::Full);
}

config::Config with_tls(const std::string& mode) {
    config::Config config;
    config.dicom.tls = {mode, 2762, "node.pem", "node.key", "trusted", true, "node.crl"};
    config.dicom.allowed_peers = {{"SCANNER", {"10.0.0.1"}, {}, true},
                                  {"PACS", {}, {std::string(64, 'a')}, false}};
    return config;
}

TEST(ScpOptions, OpenThePortsThatTheModeNames) {
    const auto off = scp_options(with_tls("off")), both = scp_options(with_tls("both")),
               only = scp_options(with_tls("only"));
    EXPECT_EQ(off.port, 11112);
    EXPECT_FALSE(off.tls);
    EXPECT_EQ(both.port, 11112);
    ASSERT_TRUE(both.tls);
    EXPECT_EQ(both.tls->port, 2762);
    EXPECT_EQ(both.tls->files,
              (dicom::net::TlsFiles{"node.pem", "node.key", "trusted", "node.crl"}));
    EXPECT_TRUE(both.tls->require_certificate);
    EXPECT_FALSE(only.port);
    EXPECT_TRUE(only.tls);
}

TEST(ScpOptions, AskEveryPeerForTlsWhereItIsOnUnlessItsEntrySaysOtherwise) {
    const auto on = policy_options(with_tls("both")), off = policy_options(with_tls("off"));
    EXPECT_FALSE(on.allowed_peers[0].needs_tls);
    EXPECT_TRUE(on.allowed_peers[1].needs_tls);
    EXPECT_EQ(on.allowed_peers[1].certificate_sha256.size(), 1U);
    EXPECT_FALSE(off.allowed_peers[1].needs_tls);
}

TEST(SenderTls, IsThatOfTheNodeWhereADestinationNamesNoOther) {
    config::Config config = with_tls("off");
    config.destinations["pacs"].tls.enabled = true;
    EXPECT_TRUE(destination_of(config, "pacs").tls);
    EXPECT_EQ(sender_tls_files(config, "pacs"), listener_tls_files(config));
    config.destinations["pacs"].tls.trusted = "pacs.pem";
    EXPECT_EQ(sender_tls_files(config, "pacs"),
              (dicom::net::TlsFiles{"node.pem", "node.key", "pacs.pem", ""}))
        << "the node's revocation lists are about other authorities";
    config.destinations["pacs"].tls.crl = "pacs.crl";
    EXPECT_EQ(sender_tls_files(config, "pacs").crl, "pacs.crl");
    config.destinations["plain"].tls.enabled = false;
    EXPECT_FALSE(destination_of(config, "plain").tls);
}

}  // namespace
}  // namespace iqt::server
