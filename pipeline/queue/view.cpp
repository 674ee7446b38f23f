// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "pipeline/core/assert.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/queue/store_state.hpp"

namespace iqt::queue {
namespace {

constexpr int kPageMax = 1000;

JobState state_of(const std::string& text) {
    const auto state = job_state_from(text);
    IQT_ASSERT(state.has_value());
    return *state;
}

std::optional<JobRow> job_row(Database::Reader& reader, std::int64_t id) {
    Query query = reader.query(
        "SELECT j.id, j.state, j.priority, j.revision, j.attempt, j.instances, s.series_digest, "
        "s.study_uid, s.series_uid, j.calling_ae, j.called_ae, j.peer_address, j.reasons, j.route, "
        "j.model_id, j.summary_json, j.created_utc_ms, j.updated_utc_ms, j.retry_at_utc_ms "
        "FROM jobs j JOIN series s ON s.id = j.series_id WHERE j.id = ?",
        id);
    if (!query.next()) return std::nullopt;
    JobRow row;
    row.id = JobId{query.integer(0)};
    row.state = state_of(query.text(1));
    row.priority = static_cast<Priority>(query.small(2));
    row.revision = query.small(3);
    row.attempt = query.small(4);
    row.instances = query.small(5);
    row.series_digest = query.text(6);
    row.study_uid = query.text(7);
    row.series_uid = query.text(8);
    row.calling_ae = query.text(9);
    row.called_ae = query.text(10);
    row.peer_address = query.text(11);
    row.reasons = decode_reasons(query.text(12));
    row.route = query.text(13);
    row.model_id = query.text(14);
    row.summary_json = query.text(15);
    row.created_utc_ms = query.integer(16);
    row.updated_utc_ms = query.integer(17);
    row.retry_at_utc_ms = query.maybe_integer(18);
    return row;
}

// Ids first, from an index alone; whole rows only for those that are shown.
std::vector<std::int64_t> job_ids(Database::Reader& reader, const JobFilter& filter) {
    const std::int64_t below =
        filter.after ? to_int(*filter.after) : std::numeric_limits<std::int64_t>::max();
    const int limit = std::clamp(filter.limit, 1, kPageMax);
    std::vector<std::int64_t> ids;
    const auto take = [&ids](Query&& query) {
        while (query.next()) ids.push_back(query.integer(0));
    };
    if (filter.state)
        take(reader.query("SELECT id FROM jobs WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?",
                          to_string(*filter.state), below, limit));
    else
        take(reader.query("SELECT id FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?", below,
                          limit));
    return ids;
}

std::vector<JobEvent> events_of(Database::Reader& reader, JobId id) {
    std::vector<JobEvent> events;
    Query query = reader.query(
        "SELECT at_utc_ms, event, detail FROM events WHERE job_id = ? ORDER BY id", to_int(id));
    while (query.next()) events.push_back({query.integer(0), query.text(1), query.text(2)});
    return events;
}

std::vector<DeliveryRow> deliveries_of(Database::Reader& reader, JobId id) {
    std::vector<DeliveryRow> rows;
    Query query = reader.query(
        "SELECT destination, kind, state, count(*), max(attempts), max(message) FROM deliveries "
        "WHERE job_id = ? GROUP BY destination, kind, state ORDER BY destination, min(id)",
        to_int(id));
    while (query.next()) {
        const auto kind = output_kind_from(query.text(1));
        IQT_ASSERT(kind.has_value());
        rows.push_back(
            {query.text(0), *kind, query.text(2), query.small(3), query.small(4), query.text(5)});
    }
    return rows;
}

}  // namespace

Result<std::vector<JobRow>> SqliteStore::list(const JobFilter& filter) {
    return guarded([&]() -> Result<std::vector<JobRow>> {
        Database::Reader reader = state_->read();
        std::vector<JobRow> rows;
        for (const std::int64_t id : job_ids(reader, filter))
            if (auto row = job_row(reader, id)) rows.push_back(*std::move(row));
        return rows;
    });
}

Result<JobDetail> SqliteStore::show(JobId id) {
    return guarded([&]() -> Result<JobDetail> {
        Database::Reader reader = state_->read();
        auto row = job_row(reader, to_int(id));
        if (!row)
            return fail(ErrorKind::NotFound, "there is no such job",
                        "job " + std::to_string(to_int(id)), "see: queue list");
        return JobDetail{*std::move(row), events_of(reader, id), deliveries_of(reader, id)};
    });
}

Result<std::vector<std::pair<JobState, std::int64_t>>> SqliteStore::counts() {
    return guarded([&]() -> Result<std::vector<std::pair<JobState, std::int64_t>>> {
        std::vector<std::pair<JobState, std::int64_t>> counts;
        Database::Reader reader = state_->read();
        Query query = reader.query("SELECT state, count(*) FROM jobs GROUP BY state");
        while (query.next()) counts.emplace_back(state_of(query.text(0)), query.integer(1));
        return counts;
    });
}

}  // namespace iqt::queue
