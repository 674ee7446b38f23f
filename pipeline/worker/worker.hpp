// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "pipeline/core/ports.hpp"
#include "pipeline/queue/stores.hpp"
#include "pipeline/stages/enhance_series.hpp"

namespace iqt::worker {

struct WorkerOptions {
    std::string name = "worker";  ///< owner of leases; unique among running workers
    std::filesystem::path data_dir;
    std::int64_t lease_ms = 30'000;     ///< renewed every third of it
    std::int64_t idle_poll_ms = 2'000;  ///< longest wait for a job without a wake-up
};

class NoticeMaker;

/// Claims jobs and takes each through all stages. One thread runs `run`; `wake` is safe from any.
class Worker {
  public:
    /// All references outlive the worker. The planner's enhancers are used from run's thread only.
    /// `notices` makes what is due before each job; null: nobody makes notices here.
    Worker(WorkerOptions options, queue::JobStore& jobs, const SeriesReader& reader,
           const ResultEncoder& encoder, stages::Planner planner, NoticeMaker* notices = nullptr);

    /// Works until asked to stop: the job in hand is then given back unless it ends soon.
    void run(std::stop_token stop);

    /// Says that there may be a job now.
    void wake();

    /// Takes one job or notice if there is one. Returns whether there was. For tests and `run`.
    Result<bool> work_once(std::stop_token stop);

  private:
    void wait_for_work(std::stop_token stop);
    void process(const queue::Claim& claim, std::stop_token stop);
    Status finish(const queue::Claim& claim, stages::Outcome outcome);
    Status finish_enhanced(const queue::Claim& claim, const stages::Enhanced& enhanced);
    Status finish_declined(const queue::Claim& claim, const stages::Declined& declined);

    WorkerOptions options_;
    queue::JobStore& jobs_;
    const SeriesReader& reader_;
    const ResultEncoder& encoder_;
    stages::Planner planner_;
    NoticeMaker* notices_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool woken_ = false;  // guarded by mutex_
};

}  // namespace iqt::worker
