// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/retention.hpp"

#include <system_error>
#include <vector>

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

// A notice that was accepted is no delivery: the job's results may have been meant to stay here.
std::vector<JobId> old_jobs(StoreState& state, int jobs_max) {
    std::vector<JobId> jobs;
    Database::Reader reader = state.read();
    Query query = reader.query(
        "SELECT j.id FROM jobs j WHERE j.state = 'delivered' AND j.updated_utc_ms < ?1 "
        "AND EXISTS (SELECT 1 FROM deliveries WHERE job_id = j.id AND state = 'accepted' "
        "AND kind <> 'notice') "
        "AND NOT EXISTS (SELECT 1 FROM events WHERE job_id = j.id AND event = ?2) "
        "AND NOT EXISTS (SELECT 1 FROM jobs later WHERE later.series_id = j.series_id "
        "AND later.revision > j.revision) ORDER BY j.id LIMIT ?3",
        state.clock.utc_ms() - state.options.delivered_keep_ms, kImagesRemoved, jobs_max);
    while (query.next()) jobs.push_back(JobId{query.integer(0)});
    return jobs;
}

std::vector<fs::path> files_of(Transaction& tx, const fs::path& data_dir, std::string_view sql,
                               std::int64_t id) {
    std::vector<fs::path> files;
    Query query = tx.query(sql, id);
    while (query.next()) files.push_back(data_dir / query.text(0));
    return files;
}

Status remove_files(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) {
        std::error_code code;
        fs::remove(file, code);
        if (code)
            return fail(ErrorKind::Io, "a file cannot be removed: " + code.message(), file.string(),
                        "check the permissions of node.data_dir");
        fs::remove(file.parent_path(), code);  // where it was the last in its folder
    }
    return {};
}

// Results go before the commit (nothing is sent of a delivered job any more), objects after it:
// what a kill leaves of them is swept when the listener starts.
Result<bool> remove_job(StoreState& state, JobId id) {
    const fs::path& data_dir = state.options.data_dir;
    Transaction tx = state.write();
    const auto job = tx.job(id);
    const auto newest = job ? tx.newest_job(job->series) : std::nullopt;
    if (!job || job->state != JobState::Delivered || newest->id != job->id) return false;
    const auto results = files_of(
        tx, data_dir,
        "SELECT r.path FROM results r JOIN jobs j ON j.id = r.job_id WHERE j.series_id = ?",
        job->series);
    const auto objects = files_of(
        tx, data_dir, "SELECT file FROM instances WHERE series_id = ? AND file IS NOT NULL",
        job->series);
    if (auto removed = remove_files(results); !removed) return fail(removed.error());
    tx.query("UPDATE instances SET data = NULL, file = NULL WHERE series_id = ?", job->series)
        .run();
    tx.note(id, kImagesRemoved, "the time after delivery in which they are kept is over");
    tx.commit();
    if (auto removed = remove_files(objects); !removed) return fail(removed.error());
    return true;
}

}  // namespace

Result<int> remove_delivered(StoreState& state, int jobs_max) {
    int done = 0;
    for (const JobId id : old_jobs(state, jobs_max)) {
        const auto removed = remove_job(state, id);
        if (!removed) return fail(removed.error());
        done += *removed ? 1 : 0;
    }
    return done;
}

int removed_instances(Transaction& tx, std::int64_t series) {
    Query count = tx.query(
        "SELECT count(*) FROM instances WHERE series_id = ? AND replaced_in IS NULL "
        "AND data IS NULL AND file IS NULL",
        series);
    count.next();
    return count.small(0);
}

}  // namespace iqt::queue
