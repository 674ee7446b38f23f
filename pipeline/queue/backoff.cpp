// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace iqt::queue {

std::int64_t backoff_ms(const Backoff& schedule, int attempt, double jitter) {
    const auto longest = static_cast<double>(schedule.max_ms);
    const double grown = static_cast<double>(schedule.first_ms) *
                         std::pow(schedule.factor, static_cast<double>(std::max(attempt, 1) - 1));
    const double base = std::min(grown, longest);  // also where the power overflows to infinity
    const double spread = 1 + schedule.jitter_share * (2 * jitter - 1);
    return static_cast<std::int64_t>(std::llround(base * spread));
}

std::int64_t longest_ms(const Backoff& schedule) {
    return static_cast<std::int64_t>(
        std::ceil(static_cast<double>(schedule.max_ms) * (1 + schedule.jitter_share)));
}

}  // namespace iqt::queue
