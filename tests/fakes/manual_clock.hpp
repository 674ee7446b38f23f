// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "pipeline/core/clock.hpp"

namespace iqt::fakes {

/// A clock that stands still until it is told otherwise. Safe from any thread.
class ManualClock final : public Clock {
  public:
    std::int64_t utc_ms() const override { return utc_ms_; }
    std::int64_t steady_ms() const override { return steady_ms_; }
    void advance(std::int64_t ms) {
        utc_ms_ += ms;
        steady_ms_ += ms;
    }
    /// The wall clock is set; time itself does not pass.
    void set_utc_ms(std::int64_t ms) { utc_ms_ = ms; }
    /// Another boot begins: the steady clock starts anew.
    void reboot() { steady_ms_ = 1'000; }

  private:
    std::atomic<std::int64_t> utc_ms_{1'700'000'000'000}, steady_ms_{5'000'000};
};

}  // namespace iqt::fakes
