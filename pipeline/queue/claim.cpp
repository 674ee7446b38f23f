// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <system_error>
#include <vector>

#include "pipeline/core/assert.hpp"
#include "pipeline/digest/digest.hpp"
#include "pipeline/queue/object_file.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/queue/store_state.hpp"

namespace iqt::queue {
namespace {

struct StoredRow {
    ObjectBytes object;
    std::string digest;
};

// Bytes that differ from what was acknowledged must never become an image.
Status verify(const StoredRow& row) {
    constexpr const char* kHint =
        "the volume of node.data_dir may be failing; have the series sent again, then retry the "
        "job";
    std::error_code code;
    if (!row.object.file.empty() && !std::filesystem::exists(row.object.file, code) && !code)
        return fail(ErrorKind::Corrupt, "a stored object is missing", "queue", kHint);
    Result<std::string> digest = row.object.file.empty()
                                     ? Result<std::string>(digest::sha256_hex(row.object.data))
                                     : file_digest(row.object.file);
    if (!digest) return fail(digest.error());
    if (*digest == row.digest) return {};
    return fail(ErrorKind::Corrupt, "a stored object differs from what was received", "queue",
                kHint);
}

bool anything_ready(StoreState& state) {
    Database::Reader reader = state.read();
    return reader.query("SELECT 1 FROM jobs INDEXED BY jobs_ready WHERE state = 'ready' LIMIT 1")
        .next();
}

}  // namespace

Result<std::optional<Claim>> SqliteStore::claim(std::string_view worker, std::int64_t lease_ms) {
    return guarded([&]() -> Result<std::optional<Claim>> {
        // Idle workers ask often; they do not take the write lock for it.
        if (!anything_ready(*state_)) return std::optional<Claim>();
        Transaction tx = state_->write();
        std::optional<JobHead> job;
        {
            Query next = tx.query(
                "SELECT id FROM jobs INDEXED BY jobs_ready WHERE state = 'ready' "
                "ORDER BY priority, id LIMIT 1");
            if (!next.next()) return std::optional<Claim>();
            job = tx.job(JobId{next.integer(0)});
        }
        IQT_ASSERT(job.has_value());
        tx.move(*job, JobState::Running, worker);
        Claim claim;
        {
            Query leased = tx.query(
                "UPDATE jobs SET token = token + 1, attempt = attempt + 1, worker = ?, "
                "lease_boot = ?, lease_until_steady_ms = ? WHERE id = ? "
                "RETURNING token, attempt, override",
                worker, state_->boot_id, tx.steady_ms() + lease_ms, to_int(job->id));
            IQT_ASSERT(leased.next());
            claim = Claim{job->id,       leased.integer(0), leased.small(1),
                          job->revision, job->priority,     leased.small(2) != 0};
        }
        tx.commit();
        return std::optional<Claim>(claim);
    });
}

Status SqliteStore::heartbeat(const Claim& claim, std::int64_t lease_ms) {
    return guarded([&]() -> Status {
        Transaction tx = state_->write();
        if (auto job = leased_job(tx, claim); !job) return fail(job.error());
        tx.query("UPDATE jobs SET lease_boot = ?, lease_until_steady_ms = ? WHERE id = ?",
                 state_->boot_id, tx.steady_ms() + lease_ms, to_int(claim.job))
            .run();
        tx.commit();
        return {};
    });
}

Result<SeriesSnapshot> SqliteStore::snapshot(const Claim& claim) {
    return guarded([&]() -> Result<SeriesSnapshot> {
        SeriesSnapshot snapshot;
        std::vector<StoredRow> rows;
        {
            Database::Reader reader = state_->read();
            Query job = reader.query(
                "SELECT series_id, revision, calling_ae, called_ae FROM jobs "
                "WHERE id = ? AND state = 'running' AND token = ?",
                to_int(claim.job), claim.token);
            if (!job.next())
                return fail(ErrorKind::LeaseLost, "the job meanwhile belongs to somebody else",
                            "job " + std::to_string(to_int(claim.job)));
            snapshot.calling_ae = job.text(2);
            snapshot.called_ae = job.text(3);
            Query objects = reader.query(
                "SELECT data, file, size, digest FROM instances WHERE series_id = ?1 "
                "AND revision <= ?2 AND (replaced_in IS NULL OR replaced_in > ?2) ORDER BY id",
                job.integer(0), job.integer(1));
            while (objects.next()) {
                if (objects.is_null(0) && objects.is_null(1))
                    return fail(ErrorKind::NotFound,
                                "images of this series were removed after its delivery",
                                "job " + std::to_string(to_int(claim.job)),
                                "send the whole series again, then retry the job");
                StoredRow row;
                row.object.size = static_cast<std::uint64_t>(objects.integer(2));
                row.digest = objects.text(3);
                if (objects.is_null(1))
                    row.object.data = objects.text(0);
                else
                    row.object.file = state_->options.data_dir / objects.text(1);
                rows.push_back(std::move(row));
            }
        }
        for (StoredRow& row : rows) {
            if (auto sound = verify(row); !sound) return fail(sound.error());
            snapshot.objects.push_back(std::move(row.object));
        }
        return snapshot;
    });
}

Status SqliteStore::finish_failed(const Claim& claim, const Error& error) {
    // Being asked to stop is nobody's failure.
    if (error.kind == ErrorKind::Cancelled) return give_back(claim);
    return guarded([&]() -> Status {
        Transaction tx = state_->write();
        auto job = leased_job(tx, claim);
        if (!job) return fail(job.error());
        const Backoff& schedule = state_->options.work_retry;
        const std::string why = to_string(error);
        if (is_transient(error.kind) && job->attempt < schedule.attempts_max) {
            const std::int64_t wait_ms = backoff_ms(schedule, job->attempt, state_->jitter());
            tx.move(*job, JobState::Failed, why);
            tx.query("UPDATE jobs SET retry_at_utc_ms = ? WHERE id = ?", tx.utc_ms() + wait_ms,
                     to_int(job->id))
                .run();
        } else {
            tx.move(*job, JobState::Dead, why);
        }
        tx.set_reasons(job->id, {why});
        tx.commit();
        state_->notify();
        return {};
    });
}

Status SqliteStore::give_back(const Claim& claim) {
    return guarded([&]() -> Status {
        Transaction tx = state_->write();
        auto job = leased_job(tx, claim);
        if (!job) return fail(job.error());
        tx.query("UPDATE jobs SET attempt = attempt - 1 WHERE id = ?", to_int(job->id)).run();
        tx.move(*job, JobState::Ready, "given back");
        tx.commit();
        state_->notify();
        return {};
    });
}

Status SqliteStore::release_worker(std::string_view worker, WorkerEnd end) {
    return guarded([&]() -> Status {
        Transaction tx = state_->write();
        std::vector<JobId> jobs;
        {
            Query query =
                tx.query("SELECT id FROM jobs WHERE state = 'running' AND worker = ?", worker);
            while (query.next()) jobs.push_back(JobId{query.integer(0)});
        }
        for (const JobId id : jobs) {
            auto job = tx.job(id);
            if (!job) continue;
            if (end == WorkerEnd::WithNode)
                end_interrupted_attempt(*state_, tx, *job);
            else
                end_crashed_attempt(*state_, tx, *job, "its worker is gone");
        }
        if (jobs.empty()) return {};
        tx.commit();
        state_->notify();
        return {};
    });
}

}  // namespace iqt::queue
