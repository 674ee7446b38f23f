// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/soundness.hpp"

#include <cerrno>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "pipeline/core/job.hpp"
#include "pipeline/core/output.hpp"
#include "pipeline/log/log.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSentence =
    "This folder holds the queue of an iqt-node (queue.sqlite). While this file is here, the node "
    "does not start with an empty queue.\n";

fs::path mark_of(const fs::path& data_dir) {
    return data_dir / "queue.used";
}

tl::unexpected<Error> mark_failed(const fs::path& data_dir) {
    return fail(
        ErrorKind::Io,
        "cannot note that the data folder is in use: " + std::generic_category().message(errno),
        mark_of(data_dir).string(), "check the volume and the rights of node.data_dir");
}

// Writes (where there is a text) and syncs; false leaves errno.
bool write_synced(const fs::path& path, int flags, std::string_view text) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    const bool written =
        text.empty() || ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool done = written && ::fsync(fd) == 0;
    const int code = errno;
    ::close(fd);
    errno = code;
    return done;
}

tl::unexpected<Error> unknown_word(const char* where, const std::string& word) {
    return fail(ErrorKind::Corrupt, "the database holds a word that does not exist: " + word, where,
                "stop the node, keep a copy of the data folder, restore the last backup");
}

}  // namespace

bool was_used(const fs::path& data_dir) {
    std::error_code code;
    return fs::exists(mark_of(data_dir), code);
}

Status mark_used(const fs::path& data_dir) {
    if (was_used(data_dir)) return {};
    if (!write_synced(mark_of(data_dir), O_WRONLY | O_CREAT | O_TRUNC, kSentence) ||
        !write_synced(data_dir, O_RDONLY | O_DIRECTORY, {}))
        return mark_failed(data_dir);
    return {};
}

Status check_words(StoreState& state) {
    static const std::set<std::string, std::less<>> kDeliveryStates{
        "pending", "accepted", "refused", "withheld", "withdrawn"};
    static const std::set<std::string, std::less<>> kNoticeStates{"due", "made", "not_wanted",
                                                                  "withdrawn", "abandoned"};
    Database::Reader reader = state.read();
    {
        Query states = reader.query("SELECT DISTINCT state FROM jobs");
        while (states.next())
            if (!job_state_from(states.text(0))) return unknown_word("jobs", states.text(0));
    }
    {
        Query rows = reader.query("SELECT DISTINCT kind, state FROM deliveries");
        while (rows.next()) {
            if (!output_kind_from(rows.text(0))) return unknown_word("deliveries", rows.text(0));
            if (!kDeliveryStates.contains(rows.text(1)))
                return unknown_word("deliveries", rows.text(1));
        }
    }
    Query notices = reader.query("SELECT DISTINCT cause, state FROM notices");
    while (notices.next()) {
        if (!notice_cause_from(notices.text(0))) return unknown_word("notices", notices.text(0));
        if (!kNoticeStates.contains(notices.text(1)))
            return unknown_word("notices", notices.text(1));
    }
    return {};
}

void report_missing_objects(StoreState& state) {
    std::set<std::int64_t> jobs;
    Database::Reader reader = state.read();
    Query rows = reader.query(
        "SELECT j.id, i.file, i.size FROM instances i JOIN jobs j ON j.series_id = i.series_id "
        "WHERE i.file IS NOT NULL AND i.replaced_in IS NULL "
        "AND j.state IN ('receiving', 'held', 'ready', 'running', 'failed')");
    while (rows.next()) {
        std::error_code code;
        const std::uintmax_t size = fs::file_size(state.options.data_dir / rows.text(1), code);
        if (code || static_cast<std::int64_t>(size) != rows.integer(2))
            jobs.insert(rows.integer(0));
    }
    for (const std::int64_t job : jobs)
        log::event(log::Level::Error, "queue.object_missing",
                   Error{ErrorKind::Corrupt, "a stored object of this series is missing",
                         "job " + std::to_string(job),
                         "have the series sent again; if the job is dead by then, retry it"},
                   {{"job", JobId{job}}});
}

}  // namespace iqt::queue
