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

}  // namespace
}  // namespace iqt::server
