// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace iqt {

/// Where time comes from, so that tests can turn it by hand. Safe from any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    /// Milliseconds since 1970-01-01 UTC; may jump. For deadlines that outlive a restart.
    virtual std::int64_t utc_ms() const = 0;
    /// Milliseconds of a clock that never jumps and that all processes of this boot share.
    virtual std::int64_t steady_ms() const = 0;
};

class SystemClock final : public Clock {
  public:
    std::int64_t utc_ms() const override {
        using namespace std::chrono;
        return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    }
    std::int64_t steady_ms() const override {
        timespec now{};
        ::clock_gettime(CLOCK_BOOTTIME, &now);
        return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
    }
};

}  // namespace iqt
