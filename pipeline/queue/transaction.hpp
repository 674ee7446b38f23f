// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/clock.hpp"
#include "pipeline/core/job.hpp"
#include "pipeline/queue/database.hpp"

/// Private to the room: what every change of a job goes through.
namespace iqt::queue {

/// Why a held job is held; stored by name.
inline constexpr const char* kHoldIncomplete = "incomplete";  ///< ends by itself
inline constexpr const char* kHoldIdentity = "identity";      ///< ends by a person only

/// The columns of a job that decisions need.
struct JobHead {
    JobId id{};
    std::int64_t series = 0;
    int revision = 1;
    JobState state = JobState::Receiving;
    Priority priority = Priority::Normal;
    int attempt = 0, crashes = 0;
    std::int64_t token = 0;
    std::string hold;

    bool unclaimed() const {
        return state == JobState::Receiving || state == JobState::Held || state == JobState::Ready;
    }
};

/// One write transaction of the store. `move` is the only place that changes a job's state.
class Transaction {
  public:
    Transaction(Database& database, const Clock& clock) : clock_(clock), writer_(database) {}

    template <class... A>
    Query query(std::string_view sql, const A&... values) {
        return writer_.query(sql, values...);
    }
    std::int64_t last_id() const { return writer_.last_id(); }
    std::int64_t utc_ms() const { return clock_.utc_ms(); }
    std::int64_t steady_ms() const { return clock_.steady_ms(); }

    std::optional<JobHead> job(JobId id);
    std::optional<JobHead> newest_job(std::int64_t series);

    /// Changes the state, asserting that it is what `job` says and that the table of core allows
    /// it, and writes the event; `job` follows. What belonged to the old state (lease, hold,
    /// notices that were not sent) is cleared.
    void move(JobHead& job, JobState to, std::string_view detail = {});
    /// An event of the audit trail that is no change of state.
    void note(JobId job, std::string_view event, std::string_view detail = {});
    /// What list and show give as the job's reasons.
    void set_reasons(JobId job, const std::vector<std::string>& reasons);
    /// Withdraws what was not sent (refused or withheld included, so that only computing again can
    /// send it), notices that wait to be made too; returns how many instances, over all
    /// destinations, without those of notices.
    int withdraw_unsent(JobId job, std::string_view why);
    /// Durable afterwards; then writes the log lines of the changes.
    void commit();

  private:
    struct Change {
        JobId job{};
        JobState from{}, to{};
    };
    const Clock& clock_;
    Database::Writer writer_;
    std::vector<Change> changes_;
};

std::string encode_reasons(const std::vector<std::string>& reasons);
std::vector<std::string> decode_reasons(const std::string& json);

}  // namespace iqt::queue
