// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>

#include "pipeline/queue/stores.hpp"

namespace iqt::fakes {

/// A JobStore with a list of ready jobs that remembers how each was finished, and how often and for
/// how long its lease was renewed. Heartbeats may come from another thread.
class ScriptedJobStore final : public queue::JobStore {
  public:
    void ready(JobId id) { ready_.push_back(id); }

    std::vector<queue::DerivedRecord> derived;
    std::vector<std::vector<std::string>> declined;
    std::vector<Error> failed;
    int given_back = 0;
    std::atomic<bool> lease_lost = false;
    bool commit_fails = false;  ///< of finish_derived: nobody knows whether it was written

    /// Waits for so many renewals from now on. False when stopped first, or when none comes at all.
    bool wait_for_heartbeats(std::size_t count, std::stop_token stop) {
        std::unique_lock lock(mutex_);
        const std::size_t wanted = renewed_ms_.size() + count;
        return beat_.wait_for(lock, stop, std::chrono::minutes(1),
                              [&] { return renewed_ms_.size() >= wanted; });
    }
    /// The length of the lease that each renewal asked for.
    std::vector<std::int64_t> renewals_ms() const {
        const std::lock_guard lock(mutex_);
        return renewed_ms_;
    }

    Result<std::optional<queue::Claim>> claim(std::string_view, std::int64_t) override {
        if (ready_.empty()) return std::optional<queue::Claim>();
        const queue::Claim claim{ready_.front(), 1, 1, 1, Priority::Normal};
        ready_.pop_front();
        return std::optional(claim);
    }
    Status heartbeat(const queue::Claim&, std::int64_t lease_ms) override {
        {
            const std::lock_guard lock(mutex_);
            renewed_ms_.push_back(lease_ms);
        }
        beat_.notify_all();
        return fenced();
    }
    Result<SeriesSnapshot> snapshot(const queue::Claim&) override { return SeriesSnapshot{}; }
    Status finish_derived(const queue::Claim&, const queue::DerivedRecord& record) override {
        if (auto lost = fenced(); !lost) return lost;
        if (commit_fails) return fail(ErrorKind::Io, "a sync failed");
        derived.push_back(record);
        return {};
    }
    Status finish_declined(const queue::Claim&, const std::vector<std::string>& reasons,
                           const queue::DerivedRecord&) override {
        if (auto lost = fenced(); !lost) return lost;
        declined.push_back(reasons);
        return {};
    }
    Status finish_failed(const queue::Claim&, const Error& error) override {
        if (auto lost = fenced(); !lost) return lost;
        failed.push_back(error);
        return {};
    }
    Status give_back(const queue::Claim&) override {
        if (auto lost = fenced(); !lost) return lost;
        ++given_back;
        return {};
    }
    Status release_worker(std::string_view, queue::WorkerEnd) override { return {}; }
    Result<Tick> tick() override { return Tick{}; }
    Result<int> forget(int) override { return 0; }
    Result<std::vector<queue::JobRow>> list(const queue::JobFilter&) override {
        return std::vector<queue::JobRow>{};
    }
    Result<queue::JobDetail> show(JobId) override { return queue::JobDetail{}; }
    Status retry(JobId) override { return {}; }
    Status cancel(JobId) override { return {}; }
    Status urgent(JobId) override { return {}; }
    Status release(JobId, queue::ReleaseOptions) override { return {}; }
    Result<std::vector<std::pair<JobState, std::int64_t>>> counts() override {
        return std::vector<std::pair<JobState, std::int64_t>>{};
    }

  private:
    Status fenced() const {
        if (lease_lost) return fail(ErrorKind::LeaseLost, "the lease was lost");
        return {};
    }
    std::deque<JobId> ready_;
    mutable std::mutex mutex_;
    std::condition_variable_any beat_;
    std::vector<std::int64_t> renewed_ms_;  // guarded by mutex_
};

}  // namespace iqt::fakes
