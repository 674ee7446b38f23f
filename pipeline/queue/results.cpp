// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/queue/store_state.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

Status check_file(const fs::path& data_dir, const ResultFile& file) {
    const fs::path relative = fs::path(file.path).lexically_normal();
    if (relative.empty() || relative.is_absolute() || *relative.begin() == "..")
        return fail(ErrorKind::InvalidInput, "a result path leads out of the data folder",
                    file.path);
    std::error_code code;
    const std::uintmax_t size = fs::file_size(data_dir / relative, code);
    if (code || size != file.size)
        return fail(ErrorKind::InvalidInput, "a result file is not there in its full size",
                    file.path, "results are written and synced before they are recorded");
    return {};
}

bool has_kind(const DerivedRecord& record, OutputKind kind) {
    return std::any_of(record.files.begin(), record.files.end(),
                       [kind](const ResultFile& file) { return file.kind == kind; });
}

// Writes the rows of all results. A job that is computed again keeps what destinations have
// accepted (equal UIDs are not sent twice) and the history of its notices.
void insert_results(Transaction& tx, const JobHead& job, const DerivedRecord& record) {
    tx.query(
          "DELETE FROM deliveries WHERE job_id = ? AND state <> 'accepted' AND notice_id IS NULL",
          to_int(job.id))
        .run();
    tx.query(
          "DELETE FROM results WHERE job_id = ?1 AND id NOT IN "
          "(SELECT result_id FROM deliveries WHERE job_id = ?1)",
          to_int(job.id))
        .run();
    insert_files(tx, job, record, std::nullopt);
    tx.query(
          "UPDATE jobs SET route = ?, model_id = ?, model_digest = ?, summary_json = ? "
          "WHERE id = ?",
          record.route, record.model_id, record.model_digest, record.summary_json, to_int(job.id))
        .run();
    arm_deliveries(tx, job.id);
}

}  // namespace

Status check_record(const fs::path& data_dir, const DerivedRecord& record) {
    if (!record.destinations.empty() && has_kind(record, OutputKind::Enhanced) &&
        !has_kind(record, OutputKind::Warning))
        return fail(ErrorKind::InvalidInput,
                    "an enhanced series is never sent without its warning images", record.route,
                    "add \"warning\" to the outputs of the route");
    for (const ResultFile& file : record.files)
        if (auto there = check_file(data_dir, file); !there) return there;
    return {};
}

void insert_files(Transaction& tx, const JobHead& job, const DerivedRecord& record,
                  std::optional<std::int64_t> notice) {
    const std::set<std::string> destinations(record.destinations.begin(),
                                             record.destinations.end());
    std::optional<std::int64_t> due_utc_ms;
    if (notice) due_utc_ms = tx.utc_ms();
    for (const ResultFile& file : record.files) {
        std::int64_t result = 0;
        {
            Query row = tx.query(
                "INSERT INTO results(job_id, kind, series_uid, sop_class_uid, sop_instance_uid, "
                "path, sha256, size, number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (job_id, sop_instance_uid) DO UPDATE SET path = excluded.path, "
                "sha256 = excluded.sha256, size = excluded.size RETURNING id",
                to_int(job.id), to_string(file.kind), file.series_uid, file.sop_class_uid,
                file.sop_instance_uid, file.path, file.sha256, static_cast<std::int64_t>(file.size),
                file.number);
            row.next();
            result = row.integer(0);
        }
        for (const std::string& destination : destinations)
            tx.query(
                  "INSERT INTO deliveries(job_id, result_id, destination, kind, state, priority, "
                  "next_at_utc_ms, updated_utc_ms, notice_id) "
                  "VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?) "
                  "ON CONFLICT (result_id, destination) DO NOTHING",
                  to_int(job.id), result, destination, to_string(file.kind),
                  static_cast<int>(job.priority), due_utc_ms, tx.utc_ms(), notice)
                .run();
    }
}

Status SqliteStore::finish_derived(const Claim& claim, const DerivedRecord& record) {
    return guarded([&]() -> Status {
        if (auto sound = check_record(state_->options.data_dir, record); !sound) return sound;
        Transaction tx = state_->write();
        auto job = leased_job(tx, claim);
        if (!job) return fail(job.error());
        insert_results(tx, *job, record);
        tx.set_reasons(job->id, {});
        if (record.destinations.empty() || record.files.empty()) {
            tx.move(*job, JobState::Delivered, "no destination to send to");
        } else {
            tx.move(*job, JobState::Derived,
                    std::to_string(record.files.size()) + " results stored");
            close_delivery(tx, *job);  // where all of it had been accepted before
        }
        tx.commit();
        state_->notify();
        return {};
    });
}

Status SqliteStore::finish_declined(const Claim& claim, const std::vector<std::string>& reasons,
                                    const DerivedRecord& notice) {
    return guarded([&]() -> Status {
        if (reasons.empty())
            return fail(ErrorKind::InvalidInput, "a series is not declined without a reason",
                        "job " + std::to_string(to_int(claim.job)));
        if (auto sound = check_record(state_->options.data_dir, notice); !sound) return sound;
        Transaction tx = state_->write();
        auto job = leased_job(tx, claim);
        if (!job) return fail(job.error());
        insert_results(tx, *job, notice);
        tx.move(*job, JobState::Declined, reasons.front());
        tx.set_reasons(job->id, reasons);
        tx.commit();
        state_->notify();
        return {};
    });
}

}  // namespace iqt::queue
