// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/object_file.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/queue/store_state.hpp"

namespace iqt::queue {
namespace {

std::string name(JobId id) {
    return "job " + std::to_string(to_int(id));
}

tl::unexpected<Error> conflict(const JobHead& job, const std::string& verb, std::string hint = {}) {
    return fail(ErrorKind::Conflict,
                "a job that is " + std::string(to_string(job.state)) + " cannot be " + verb,
                name(job.id), std::move(hint));
}

Result<JobHead> find(Transaction& tx, JobId id) {
    auto job = tx.job(id);
    if (!job) return fail(ErrorKind::NotFound, "there is no such job", name(id), "see: queue list");
    return *job;
}

// A job whose place was taken must not come back: it would send what was superseded.
Status check_current(Transaction& tx, const JobHead& job) {
    Query row = tx.query(
        "SELECT (SELECT max(id) FROM jobs WHERE series_id = ?1 AND revision > ?2), "
        "(SELECT superseded_by FROM series WHERE id = ?1)",
        job.series, job.revision);
    row.next();
    if (!row.is_null(1))
        return fail(ErrorKind::Conflict, "the patient identity of this series was corrected since",
                    name(job.id), "nothing is sent under the old one; see the newer job");
    if (!row.is_null(0))
        return fail(ErrorKind::Conflict, "a later revision of this series exists", name(job.id),
                    "see job " + row.text(0));
    return {};
}

void send_again(Transaction& tx, const JobHead& job) {
    tx.query(
          "UPDATE deliveries SET state = 'pending', attempts = 0, next_at_utc_ms = NULL, "
          "message = '', updated_utc_ms = ? WHERE job_id = ? "
          "AND state IN ('pending', 'refused', 'withheld') AND notice_id IS NULL",
          tx.utc_ms(), to_int(job.id))
        .run();
    arm_deliveries(tx, job.id);
}

void compute_again(Transaction& tx, JobHead& job, const char* why) {
    tx.query("UPDATE jobs SET attempt = 0, crashes = 0 WHERE id = ?", to_int(job.id)).run();
    tx.move(job, JobState::Ready, why);
    tx.set_reasons(job.id, {});
}

bool only_sending_failed(Transaction& tx, const JobHead& job) {
    return tx
        .query(
            "SELECT 1 FROM deliveries WHERE job_id = ? AND state = 'refused' "
            "AND notice_id IS NULL LIMIT 1",
            to_int(job.id))
        .next();
}

// Whether every result that was refused is on disk as it was made: else it is made again.
bool refused_results_are_sound(StoreState& state, JobId job) {
    Database::Reader reader = state.read();
    Query rows = reader.query(
        "SELECT DISTINCT r.path, r.sha256 FROM deliveries d JOIN results r ON r.id = d.result_id "
        "WHERE d.job_id = ? AND d.state IN ('refused', 'withheld') AND d.notice_id IS NULL",
        to_int(job));
    while (rows.next()) {
        const auto digest = file_digest(state.options.data_dir / rows.text(0));
        if (!digest || *digest != rows.text(1)) return false;
    }
    return true;
}

Status retry_job(Transaction& tx, JobHead& job, bool results_sound) {
    switch (job.state) {
        case JobState::Derived:
        case JobState::Delivering:
            send_again(tx, job);
            tx.note(job.id, "retried", "by a person: all that waits is sent now");
            return {};
        case JobState::Dead:
            if (auto current = check_current(tx, job); !current) return current;
            if (results_sound && only_sending_failed(tx, job)) {
                tx.move(job, JobState::Delivering, "sent again by a person");
                tx.set_reasons(job.id, {});
                send_again(tx, job);
                return {};
            }
            compute_again(tx, job, "retried by a person");
            return {};
        case JobState::Failed:
        case JobState::Declined:
        case JobState::Cancelled:
        case JobState::Delivered:
            if (auto current = check_current(tx, job); !current) return current;
            tx.query("UPDATE jobs SET override = 0 WHERE id = ?", to_int(job.id)).run();
            compute_again(tx, job, "retried by a person");
            return {};
        default:
            return conflict(job, "retried",
                            job.state == JobState::Held ? "use: queue release" : "");
    }
}

Status cancel_job(Transaction& tx, JobHead& job) {
    if (!is_legal_transition(job.state, JobState::Cancelled)) return conflict(job, "cancelled");
    tx.withdraw_unsent(job.id, "cancelled by a person");
    tx.move(job, JobState::Cancelled, "by a person");
    tx.set_reasons(job.id, {"cancelled by a person"});
    return {};
}

Status urge_job(Transaction& tx, JobHead& job) {
    if (is_final(job.state)) return conflict(job, "made urgent");
    constexpr int kUrgent = static_cast<int>(Priority::Urgent);
    tx.query("UPDATE jobs SET priority = ?, updated_utc_ms = ? WHERE id = ?", kUrgent, tx.utc_ms(),
             to_int(job.id))
        .run();
    tx.query("UPDATE deliveries SET priority = ? WHERE job_id = ? AND state = 'pending'", kUrgent,
             to_int(job.id))
        .run();
    tx.note(job.id, "urgent", "by a person");
    return {};
}

Status release_job(Transaction& tx, JobHead& job, ReleaseOptions options) {
    const bool overrides = job.state == JobState::Declined && options.override_reasons;
    if (job.state != JobState::Held && !overrides)
        return conflict(
            job, "released",
            job.state == JobState::Declined ? "it takes an override of its reasons" : "");
    if (auto current = check_current(tx, job); !current) return current;
    tx.query("UPDATE jobs SET override = ? WHERE id = ?", options.override_reasons ? 1 : 0,
             to_int(job.id))
        .run();
    compute_again(
        tx, job,
        options.override_reasons ? "released by a person, overriding" : "released by a person");
    return {};
}

// Finds the job, lets `change` work on it, commits when it succeeded.
template <class F>
Status change_job(StoreState& state, JobId id, F&& change) {
    return guarded([&]() -> Status {
        Transaction tx = state.write();
        auto job = find(tx, id);
        if (!job) return fail(job.error());
        if (Status changed = change(tx, *job); !changed) return changed;
        tx.commit();
        state.notify();
        return {};
    });
}

}  // namespace

Status SqliteStore::retry(JobId id) {
    return guarded([&]() -> Status {
        const bool sound = refused_results_are_sound(*state_, id);  // before the lock is taken
        return change_job(*state_, id, [sound](Transaction& tx, JobHead& job) {
            return retry_job(tx, job, sound);
        });
    });
}
Status SqliteStore::cancel(JobId id) {
    return change_job(*state_, id, cancel_job);
}
Status SqliteStore::urgent(JobId id) {
    return change_job(*state_, id, urge_job);
}

Status SqliteStore::release(JobId id, ReleaseOptions options) {
    return change_job(*state_, id, [options](Transaction& tx, JobHead& job) {
        return release_job(tx, job, options);
    });
}

}  // namespace iqt::queue
