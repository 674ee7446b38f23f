// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/notices.hpp"

#include <utility>

#include "pipeline/core/assert.hpp"
#include "pipeline/log/log.hpp"
#include "pipeline/queue/object_file.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/queue/store_state.hpp"

namespace iqt::queue {
namespace {

struct DueNotice {
    std::int64_t id = 0;
    JobId job{};
    int attempts = 0;
};

// The next one that nobody has in hand. `source` is a reader or a transaction.
template <class Source>
std::optional<DueNotice> next_due_notice(StoreState& state, Source& source) {
    const std::int64_t now = state.clock.utc_ms();
    // Later than any wait can be: the clock was set back since.
    const std::int64_t beyond = now + longest_ms(state.options.notice_retry);
    Query row = source.query(
        "SELECT id, job_id, attempts FROM notices WHERE state = 'due' "
        "AND (next_at_utc_ms <= ? OR next_at_utc_ms > ?) "
        "AND (lease_boot IS NULL OR lease_boot <> ? OR lease_until_steady_ms <= ?) "
        "ORDER BY next_at_utc_ms, id LIMIT 1",
        now, beyond, state.boot_id, state.clock.steady_ms());
    if (!row.next()) return std::nullopt;
    return DueNotice{row.integer(0), JobId{row.integer(1)}, row.small(2)};
}

// The wait begins with the attempt: whatever becomes of it, the next one is not made at once.
NoticeClaim lease_notice(StoreState& state, Transaction& tx, const DueNotice& due,
                         std::string_view worker, std::int64_t lease_ms) {
    NoticeClaim claim;
    claim.id = due.id;
    claim.job = due.job;
    const auto job = tx.job(due.job);
    IQT_ASSERT(job.has_value());
    claim.revision = job->revision;
    const std::int64_t wait_ms =
        backoff_ms(state.options.notice_retry, due.attempts + 1, state.jitter());
    Query leased = tx.query(
        "UPDATE notices SET token = token + 1, attempts = attempts + 1, worker = ?, "
        "lease_boot = ?, lease_until_steady_ms = ?, next_at_utc_ms = ?, updated_utc_ms = ? "
        "WHERE id = ? RETURNING token, cause, reasons",
        worker, state.boot_id, tx.steady_ms() + lease_ms, tx.utc_ms() + wait_ms, tx.utc_ms(),
        due.id);
    IQT_ASSERT(leased.next());
    claim.token = leased.integer(0);
    const auto cause = notice_cause_from(leased.text(1));
    IQT_ASSERT(cause.has_value());
    claim.cause = *cause;
    claim.reasons = decode_reasons(leased.text(2));
    return claim;
}

void end_notice(Transaction& tx, std::int64_t notice, const char* state) {
    tx.query(
          "UPDATE notices SET state = ?, token = token + 1, worker = NULL, lease_boot = NULL, "
          "lease_until_steady_ms = NULL, updated_utc_ms = ? WHERE id = ?",
          state, tx.utc_ms(), notice)
        .run();
}

void abandon_notice(Transaction& tx, std::int64_t notice, JobId job, const std::string& why) {
    end_notice(tx, notice, "abandoned");
    tx.note(job, "notice_abandoned", why);
}

void log_abandoned(JobId job, const std::string& why) {
    log::event(log::Level::Warn, "notice.abandoned", {{"job", job}, {"what", why}});
}

tl::unexpected<Error> lost_notice(const NoticeClaim& claim) {
    return fail(ErrorKind::LeaseLost, "the notice is not wanted any more, or is made by another",
                "job " + std::to_string(to_int(claim.job)));
}

// The notice's job, where the claim still holds and the job is as the notice says.
Result<JobHead> leased_notice(Transaction& tx, const NoticeClaim& claim) {
    const bool held = tx.query(
                            "SELECT 1 FROM notices WHERE id = ? AND token = ? AND state = 'due' "
                            "AND lease_boot IS NOT NULL",
                            claim.id, claim.token)
                          .next();
    const auto job = held ? tx.job(claim.job) : std::nullopt;
    if (!job || (job->state != JobState::Held && job->state != JobState::Dead))
        return lost_notice(claim);
    return *job;
}

std::vector<SourceInstance> instances_of(Database::Reader& reader, std::int64_t series,
                                         int revision) {
    std::vector<SourceInstance> all;
    Query rows = reader.query(
        "SELECT sop_class_uid, sop_instance_uid FROM instances WHERE series_id = ?1 "
        "AND revision <= ?2 AND (replaced_in IS NULL OR replaced_in > ?2) "
        "ORDER BY sop_instance_uid, id",
        series, revision);
    while (rows.next()) all.push_back({rows.text(0), rows.text(1), {}});
    return all;
}

// The first object that came and is still as it was: a dead series may have damaged ones.
Result<ObjectBytes> first_sound_object(StoreState& state, Database::Reader& reader,
                                       std::int64_t series, int revision) {
    Error why{ErrorKind::NotFound, "no image of the series is stored any more", "queue", {}};
    Query rows = reader.query(
        "SELECT data, file, size, digest FROM instances WHERE series_id = ?1 "
        "AND revision <= ?2 AND (replaced_in IS NULL OR replaced_in > ?2) "
        "AND (data IS NOT NULL OR file IS NOT NULL) ORDER BY id",
        series, revision);
    while (rows.next()) {
        ObjectBytes object;
        object.size = static_cast<std::uint64_t>(rows.integer(2));
        if (rows.is_null(1))
            object.data = rows.text(0);
        else
            object.file = state.options.data_dir / rows.text(1);
        const Status sound = verify_object(object, rows.text(3));
        if (sound) return object;
        why = sound.error();
    }
    return fail(std::move(why));
}

}  // namespace

void request_notice(Transaction& tx, const JobHead& job, NoticeCause cause,
                    const std::vector<std::string>& reasons) {
    std::int64_t notice = 0;
    bool made = false;
    {
        Query row = tx.query(
            "INSERT INTO notices(job_id, cause, reasons, state, next_at_utc_ms, updated_utc_ms) "
            "VALUES (?1, ?2, ?3, 'due', ?4, ?4) ON CONFLICT (job_id, cause, reasons) DO UPDATE SET "
            "state = CASE WHEN state IN ('withdrawn', 'not_wanted') THEN 'due' ELSE state END, "
            "attempts = CASE WHEN state = 'not_wanted' THEN 0 ELSE attempts END, "
            "next_at_utc_ms = CASE WHEN state = 'not_wanted' THEN excluded.next_at_utc_ms "
            "ELSE next_at_utc_ms END, "
            "updated_utc_ms = excluded.updated_utc_ms RETURNING id, state",
            to_int(job.id), to_string(cause), encode_reasons(reasons), tx.utc_ms());
        IQT_ASSERT(row.next());
        notice = row.integer(0);
        made = row.text(1) == "made";
    }
    if (!made) return;
    tx.query(
          "UPDATE deliveries SET state = 'pending', attempts = 0, message = '', "
          "next_at_utc_ms = ?1, updated_utc_ms = ?1 WHERE job_id = ?2 AND notice_id = ?3 "
          "AND state = 'withdrawn'",
          tx.utc_ms(), to_int(job.id), notice)
        .run();
}

void withdraw_notices(Transaction& tx, JobId job, std::string_view why) {
    const int unmade =
        tx.query(
              "UPDATE notices SET state = 'withdrawn', token = token + 1, worker = NULL, "
              "lease_boot = NULL, lease_until_steady_ms = NULL, updated_utc_ms = ? "
              "WHERE job_id = ? AND state = 'due'",
              tx.utc_ms(), to_int(job))
            .run();
    const int unsent =
        tx.query(
              "UPDATE deliveries SET state = 'withdrawn', message = ?, updated_utc_ms = ? "
              "WHERE job_id = ? AND notice_id IS NOT NULL AND state = 'pending'",
              why, tx.utc_ms(), to_int(job))
            .run();
    if (unmade + unsent > 0) tx.note(job, "notice_withdrawn", why);
}

int release_notices(Transaction& tx, std::string_view worker) {
    return tx
        .query(
            "UPDATE notices SET token = token + 1, worker = NULL, lease_boot = NULL, "
            "lease_until_steady_ms = NULL, updated_utc_ms = ? WHERE state = 'due' AND worker = ?",
            tx.utc_ms(), worker)
        .run();
}

Result<std::optional<NoticeClaim>> SqliteStore::claim_notice(std::string_view worker,
                                                             std::int64_t lease_ms) {
    return guarded([&]() -> Result<std::optional<NoticeClaim>> {
        {  // Idle workers ask often; they do not take the write lock for it.
            Database::Reader reader = state_->read();
            if (!next_due_notice(*state_, reader)) return std::optional<NoticeClaim>();
        }
        Transaction tx = state_->write();
        std::optional<NoticeClaim> claim;
        std::vector<std::pair<JobId, std::string>> abandoned;
        while (!claim) {
            const auto due = next_due_notice(*state_, tx);
            if (!due) break;
            if (due->attempts < state_->options.notice_retry.attempts_max) {
                claim = lease_notice(*state_, tx, *due, worker, lease_ms);
                continue;
            }
            const std::string why =
                "its maker did not end well " + std::to_string(due->attempts) + " times";
            abandon_notice(tx, due->id, due->job, why);
            abandoned.emplace_back(due->job, why);
        }
        tx.commit();
        for (const auto& [job, why] : abandoned) log_abandoned(job, why);
        return claim;
    });
}

Result<NoticeSource> SqliteStore::notice_source(const NoticeClaim& claim) {
    return guarded([&]() -> Result<NoticeSource> {
        Database::Reader reader = state_->read();
        NoticeSource source;
        std::int64_t series = 0;
        {
            Query row = reader.query(
                "SELECT s.id, s.series_uid, s.identity_digest, j.calling_ae, j.called_ae "
                "FROM notices n JOIN jobs j ON j.id = n.job_id JOIN series s ON s.id = j.series_id "
                "WHERE n.id = ? AND n.token = ? AND n.state = 'due' "
                "AND j.state IN ('held', 'dead')",
                claim.id, claim.token);
            if (!row.next()) return lost_notice(claim);
            series = row.integer(0);
            source.series_uid = row.text(1);
            source.identity_digest = row.text(2);
            source.calling_ae = row.text(3);
            source.called_ae = row.text(4);
        }
        source.instances = instances_of(reader, series, claim.revision);
        auto object = first_sound_object(*state_, reader, series, claim.revision);
        if (!object) return fail(object.error());
        source.object = *std::move(object);
        return source;
    });
}

Status SqliteStore::finish_notice(const NoticeClaim& claim, const DerivedRecord& record) {
    return guarded([&]() -> Status {
        if (auto sound = check_record(state_->options.data_dir, record); !sound) return sound;
        Transaction tx = state_->write();
        const auto job = leased_notice(tx, claim);
        if (!job) return fail(job.error());
        insert_files(tx, *job, record, claim.id);
        end_notice(tx, claim.id, record.files.empty() ? "not_wanted" : "made");
        if (!record.files.empty()) tx.note(job->id, "notice_made", to_string(claim.cause));
        tx.commit();
        state_->notify();
        return {};
    });
}

Status SqliteStore::fail_notice(const NoticeClaim& claim, const Error& error) {
    return guarded([&]() -> Status {
        Transaction tx = state_->write();
        const auto job = leased_notice(tx, claim);
        if (!job) return fail(job.error());
        int attempts = 0;
        {
            Query row = tx.query("SELECT attempts FROM notices WHERE id = ?", claim.id);
            IQT_ASSERT(row.next());
            attempts = row.small(0);
        }
        const bool again =
            is_transient(error.kind) && attempts < state_->options.notice_retry.attempts_max;
        const std::string why = to_string(error);
        if (again)
            end_notice(tx, claim.id, "due");
        else
            abandon_notice(tx, claim.id, claim.job, why);
        tx.commit();
        if (!again) log_abandoned(claim.job, why);
        return {};
    });
}

}  // namespace iqt::queue
