// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/transaction.hpp"

#include <nlohmann/json.hpp>

#include "pipeline/core/assert.hpp"
#include "pipeline/log/log.hpp"
#include "pipeline/queue/notices.hpp"

namespace iqt::queue {
namespace {

std::optional<JobHead> head_of(Query& row) {
    if (!row.next()) return std::nullopt;
    JobHead job;
    job.id = JobId{row.integer(0)};
    job.series = row.integer(1);
    job.revision = row.small(2);
    const auto state = job_state_from(row.text(3));
    IQT_ASSERT(state.has_value());
    job.state = *state;
    job.priority = static_cast<Priority>(row.small(4));
    job.attempt = row.small(5);
    job.crashes = row.small(6);
    job.token = row.integer(7);
    job.hold = row.text(8);
    return job;
}

}  // namespace

std::optional<JobHead> Transaction::job(JobId id) {
    Query row = query(
        "SELECT id, series_id, revision, state, priority, attempt, crashes, token, hold FROM jobs "
        "WHERE id = ?",
        to_int(id));
    return head_of(row);
}

std::optional<JobHead> Transaction::newest_job(std::int64_t series) {
    Query row = query(
        "SELECT id, series_id, revision, state, priority, attempt, crashes, token, hold FROM jobs "
        "WHERE series_id = ? ORDER BY revision DESC LIMIT 1",
        series);
    return head_of(row);
}

void Transaction::move(JobHead& job, JobState to, std::string_view detail) {
    IQT_ASSERT(is_legal_transition(job.state, to));
    if (job.state == JobState::Held || job.state == JobState::Dead)
        withdraw_notices(*this, job.id, "the job went on to " + std::string(to_string(to)));
    // Leaving `running` takes the right to finish from whoever had it.
    const std::int64_t fence = job.state == JobState::Running ? 1 : 0;
    const int changed =
        query(
            "UPDATE jobs SET state = ?, updated_utc_ms = ?, token = token + ?, worker = NULL, "
            "lease_boot = NULL, lease_until_steady_ms = NULL, retry_at_utc_ms = NULL, "
            "hold = NULL WHERE id = ? AND state = ?",
            to_string(to), utc_ms(), fence, to_int(job.id), to_string(job.state))
            .run();
    IQT_ASSERT(changed == 1);
    note(job.id, to_string(to), detail);
    changes_.push_back({job.id, job.state, to});
    job.state = to;
    job.token += fence;
    job.hold.clear();
}

void Transaction::note(JobId job, std::string_view event, std::string_view detail) {
    query("INSERT INTO events(job_id, at_utc_ms, event, detail) VALUES (?, ?, ?, ?)", to_int(job),
          utc_ms(), event, detail)
        .run();
}

void Transaction::set_reasons(JobId job, const std::vector<std::string>& reasons) {
    query("UPDATE jobs SET reasons = ? WHERE id = ?", encode_reasons(reasons), to_int(job)).run();
}

int Transaction::withdraw_unsent(JobId job, std::string_view why) {
    withdraw_notices(*this, job, why);
    const int count =
        query(
            "UPDATE deliveries SET state = 'withdrawn', message = ?, updated_utc_ms = ? "
            "WHERE job_id = ? AND state IN ('pending', 'withheld', 'refused') AND notice_id IS "
            "NULL",
            why, utc_ms(), to_int(job))
            .run();
    if (count > 0) note(job, "withdrawn", std::to_string(count) + " not sent: " + std::string(why));
    return count;
}

void Transaction::commit() {
    writer_.commit();
    for (const Change& change : changes_)
        log::event(
            log::Level::Info, "job.state_changed",
            {{"job", change.job}, {"from", to_string(change.from)}, {"to", to_string(change.to)}});
    changes_.clear();
}

std::string encode_reasons(const std::vector<std::string>& reasons) {
    return nlohmann::json(reasons).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> decode_reasons(const std::string& json) {
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    std::vector<std::string> reasons;
    if (!parsed.is_array()) return reasons;
    for (const auto& one : parsed)
        if (one.is_string()) reasons.push_back(one.get<std::string>());
    return reasons;
}

}  // namespace iqt::queue
