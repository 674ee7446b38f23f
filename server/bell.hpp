// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace iqt::server {

/// How one thread learns that there may be something to do. Any thread rings; one thread waits.
class Bell {
  public:
    void ring() {
        {
            const std::lock_guard lock(mutex_);
            rung_ = true;
        }
        changed_.notify_all();
    }

    /// Returns at a ring (also one since the last wait), at a stop request, or after `longest_ms`.
    void wait(std::stop_token stop, std::int64_t longest_ms) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, std::chrono::milliseconds(longest_ms), [&] { return rung_; });
        rung_ = false;
    }

    /// Waits whatever rings meanwhile; only a stop request ends it early. Rings are kept.
    void rest(std::stop_token stop, std::int64_t ms) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, std::chrono::milliseconds(ms), [] { return false; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool rung_ = false;  // guarded by mutex_
};

}  // namespace iqt::server
