// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace iqt::server::worker {

/// Why a worker has to stop.
enum class Order { ParentGone, Signal, WorkEnded };

/// The worker's end of what Supervisor describes: orders come on stdin and as signals, reports go
/// out on descriptor 3 where that is open. Made first in `main`, before any other thread: it
/// blocks SIGTERM and SIGINT for all threads that come after.
class Orders {
  public:
    Orders();
    ~Orders();
    Orders(const Orders&) = delete;
    Orders& operator=(const Orders&) = delete;

    /// Blocks; calls `on_wake` at every wake-up. Returns at the end of stdin, at SIGTERM or SIGINT,
    /// or after `work_ended`.
    Order follow(const std::function<void()>& on_wake);
    /// Makes `follow` return. Safe from any thread.
    void work_ended();
    /// Sends one report, 'r' or 'j'. Safe from any thread; never blocks.
    void report(char what);

  private:
    int signal_fd_ = -1, ended_fd_ = -1, report_fd_ = -1;
};

}  // namespace iqt::server::worker
