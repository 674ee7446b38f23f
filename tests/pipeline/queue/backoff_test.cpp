// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/backoff.hpp"

#include <gtest/gtest.h>

namespace iqt::queue {
namespace {

constexpr Backoff kSchedule{.first_ms = 1'000, .factor = 2, .max_ms = 10'000, .jitter_share = 0.2};

TEST(Backoff, DoublesUpToItsLongestWait) {
    EXPECT_EQ(backoff_ms(kSchedule, 1, 0.5), 1'000);
    EXPECT_EQ(backoff_ms(kSchedule, 2, 0.5), 2'000);
    EXPECT_EQ(backoff_ms(kSchedule, 4, 0.5), 8'000);
    EXPECT_EQ(backoff_ms(kSchedule, 5, 0.5), 10'000);
    EXPECT_EQ(backoff_ms(kSchedule, 5'000, 0.5), 10'000) << "no overflow";
}

TEST(Backoff, SpreadsByItsShareAndNeverBeyondTheLongest) {
    EXPECT_EQ(backoff_ms(kSchedule, 1, 0.0), 800);
    EXPECT_EQ(backoff_ms(kSchedule, 1, 0.999999), 1'200);
    EXPECT_LE(backoff_ms(kSchedule, 50, 0.999999), longest_ms(kSchedule));
    EXPECT_EQ(longest_ms(kSchedule), 12'000);
}

}  // namespace
}  // namespace iqt::queue
