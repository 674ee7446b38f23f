// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include <sys/types.h>

#include "pipeline/core/clock.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::server {

struct WorkerProcess {
    std::string name;  ///< owner of leases
    std::filesystem::path program;
    std::vector<std::string> arguments;     ///< without the program itself
    std::int64_t first_backoff_ms = 1'000;  ///< before a restart; doubled at each early death
    std::int64_t longest_backoff_ms = 60'000;
    std::int64_t healthy_ms = 60'000;  ///< a worker that lived as long starts over at first_backoff
};

/// Called from the supervisor's thread.
struct WorkerEvents {
    std::function<void()> started;  ///< before it may claim anything
    std::function<void()> said;     ///< it finished something: the queue has changed
    std::function<void()> gone;     ///< dead and reaped: its leases may be released
};

/// Keeps one worker process running. Between the two run two pipes: a byte on the worker's stdin
/// wakes it, the end of that file tells it to stop (also when this process is killed); on its file
/// descriptor 3 the worker writes 'r' once it is ready and 'j' whenever it has changed a job.
/// The end of that file is how its death is noticed. One thread runs `run`; the rest is safe from
/// any thread.
class Supervisor {
  public:
    Supervisor(WorkerProcess process, WorkerEvents events, const Clock& clock);

    /// Starts the worker, and starts it again with a growing wait whenever it dies. After a stop
    /// request the worker is told to stop; returns when it is gone.
    void run(std::stop_token stop);

    /// Says that there may be a job.
    void wake();
    /// Lets the worker stop as soon as it has given back its job, and starts it anew at once.
    void restart();
    /// Ends the worker without more ado (SIGKILL).
    void kill();

    const std::string& name() const { return process_.name; }
    bool ready() const { return ready_; }  ///< started, and has said that it can work
    int starts() const { return starts_; }
    pid_t pid() const;  ///< 0 where none runs

  private:
    Status spawn();
    void listen();
    int reap();
    void close_stdin();
    std::int64_t lived_ms() const;

    WorkerProcess process_;
    WorkerEvents events_;
    const Clock& clock_;
    std::atomic<bool> ready_{false};
    std::atomic<int> starts_{0};
    int status_fd_ = -1;           // of run's thread
    std::int64_t started_ms_ = 0;  // of run's thread
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    pid_t pid_ = 0;            // guarded by mutex_
    int stdin_fd_ = -1;        // guarded by mutex_
    bool restarting_ = false;  // guarded by mutex_
};

/// Where iqt-worker is: $IQT_WORKER, else beside this program, else in $PATH. Errors: NotFound.
Result<std::filesystem::path> find_worker_program();

}  // namespace iqt::server
