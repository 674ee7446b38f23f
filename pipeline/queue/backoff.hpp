// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace iqt::queue {

/// A schedule of retries: first_ms, then times `factor` each, never above max_ms, each spread by
/// +- jitter_share so that what failed together does not come back together.
struct Backoff {
    std::int64_t first_ms = 10'000;
    double factor = 2;
    std::int64_t max_ms = 3'600'000;
    double jitter_share = 0.2;  ///< 0..1
    int attempts_max = 100;
};

/// Wait after the `attempt`-th failure (from 1). `jitter` is uniform in [0,1).
std::int64_t backoff_ms(const Backoff& schedule, int attempt, double jitter);

/// No wait of this schedule is longer. A stored deadline further away than this can only come from
/// a clock that was set back since, and counts as reached.
std::int64_t longest_ms(const Backoff& schedule);

}  // namespace iqt::queue
