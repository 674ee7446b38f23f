// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <random>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "pipeline/log/log.hpp"
#include "pipeline/queue/soundness.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/queue/store_state.hpp"
#include "pipeline/queue/sweep.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

std::string read_boot_id() {
    std::string id;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
    return id.empty() ? "unknown" : id;
}

std::string random_hex() {
    std::random_device device;
    std::string text;
    for (int n = 0; n < 16; ++n) text += "0123456789abcdef"[device() & 15U];
    return text;
}

Status make_private_folder(const fs::path& folder) {
    std::error_code code;
    const bool made = fs::create_directories(folder, code);
    if (made) fs::permissions(folder, fs::perms::owner_all, code);
    if (code)
        return fail(ErrorKind::Io, "cannot make the data folder: " + code.message(),
                    folder.string(), "check node.data_dir and its permissions");
    return {};
}

// Associations of the process before this one are gone, and nobody saw how they ended.
void abort_open_associations(Transaction& tx) {
    tx.query(
          "UPDATE jobs SET aborted = 1 WHERE state IN ('receiving', 'held') "
          "AND id IN (SELECT job_id FROM touches)")
        .run();
    tx.query("DELETE FROM touches").run();
}

// Moves the quiet time of a former boot onto this boot's steady clock, so that from here on no jump
// of the wall clock matters.
void rebase_activity(StoreState& state, Transaction& tx) {
    struct Row {
        std::int64_t id, since_ms;
    };
    std::vector<Row> rows;
    {
        Query query = tx.query(
            "SELECT id, activity_boot, activity_steady_ms, activity_utc_ms FROM jobs "
            "WHERE state IN ('receiving', 'held') AND activity_boot <> ?",
            state.boot_id);
        while (query.next())
            rows.push_back({query.integer(0),
                            state.since_ms(query.text(1), query.integer(2), query.integer(3))});
    }
    for (const Row& row : rows)
        tx.query("UPDATE jobs SET activity_boot = ?, activity_steady_ms = ? WHERE id = ?",
                 state.boot_id, tx.steady_ms() - row.since_ms, row.id)
            .run();
}

// What the listener does before anything runs: nothing is changed where the database is damaged,
// beyond the tables that a newer schema added when it was opened.
Status take_stock(StoreState& state) {
    if (auto sound = state.database->check(Database::Check::Quick); !sound) return sound;
    if (auto known = check_words(state); !known) return known;
    if (auto written = state.database->write_back(); !written) return written;
    if (auto marked = mark_used(state.options.data_dir); !marked) return marked;
    Transaction tx = state.write();
    abort_open_associations(tx);
    rebase_activity(state, tx);
    tx.commit();
    sweep_objects(state);
    sweep_results(state);
    report_missing_objects(state);
    return {};
}

}  // namespace

FolderLock::~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
}

Status FolderLock::take(const fs::path& file) {
    fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0)
        return fail(ErrorKind::Io,
                    "cannot open the lock file: " + std::generic_category().message(errno),
                    file.string(), "check the permissions of node.data_dir");
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorKind::Conflict, "another node already runs on this data folder",
                    file.parent_path().string(), "stop it, or give this one its own node.data_dir");
    return {};
}

DatabaseOptions database_options(const StoreOptions& options) {
    return {.file = options.data_dir / "queue.sqlite",
            .busy_timeout_ms = options.busy_timeout_ms,
            .synchronous_full = options.testing.synchronous == Synchronous::Full,
            .pages_max = options.testing.pages_max,
            .used = was_used(options.data_dir)};
}

double StoreState::jitter() const {
    if (options.jitter) return options.jitter();
    thread_local std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

const SettleTimes& StoreState::settle_times(const std::string& calling_ae) const {
    const auto found = options.settle_by_calling_ae.find(calling_ae);
    return found == options.settle_by_calling_ae.end() ? options.settle : found->second;
}

const Backoff& StoreState::delivery_retry(const std::string& destination) const {
    const auto found = options.delivery_retry_by_destination.find(destination);
    return found == options.delivery_retry_by_destination.end() ? options.delivery_retry
                                                                : found->second;
}

std::int64_t StoreState::since_ms(const std::string& boot, std::int64_t steady_ms,
                                  std::int64_t utc_ms) const {
    if (boot == boot_id) return clock.steady_ms() - steady_ms;
    return std::max<std::int64_t>(0, clock.utc_ms() - utc_ms);
}

SqliteStore::SqliteStore(std::unique_ptr<StoreState> state) : state_(std::move(state)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(StoreOptions options, const Clock& clock) {
    return guarded([&]() -> Result<std::unique_ptr<SqliteStore>> {
        auto state = std::make_unique<StoreState>(std::move(options), clock);
        const StoreOptions& given = state->options;
        const bool listens = given.opener == Opener::Listener;
        if (auto made = make_private_folder(given.data_dir); !made) return fail(made.error());
        if (listens)
            if (auto alone = state->lock.take(given.data_dir / "listener.lock"); !alone)
                return fail(alone.error());
        state->boot_id = given.testing.boot_id.empty() ? read_boot_id() : given.testing.boot_id;
        state->session = random_hex();
        auto database = Database::open(database_options(given));
        if (!database) return fail(database.error());
        state->database = *std::move(database);
        if (listens)
            if (auto taken = take_stock(*state); !taken) return fail(taken.error());
        return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(state)));
    });
}

Status SqliteStore::admit(std::uint64_t size_bytes) {
    return guarded([&]() -> Status {
        const StoreOptions& options = state_->options;
        struct statvfs volume {};
        if (::statvfs(options.data_dir.c_str(), &volume) != 0)
            return fail(ErrorKind::Io,
                        "cannot ask for free space: " + std::generic_category().message(errno),
                        options.data_dir.string(), "check the volume of node.data_dir");
        const std::uint64_t free_bytes = volume.f_bavail * volume.f_frsize;
        if (free_bytes < options.min_free_bytes || free_bytes - options.min_free_bytes < size_bytes)
            return fail(ErrorKind::OutOfResources, "the data volume is nearly full",
                        options.data_dir.string(), "free space, or lower retention.min_free_bytes");
        // While a series is still arriving the rest of it is welcome; accept() refuses new ones.
        Database::Reader reader = state_->read();
        Query jobs = reader.query(
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM jobs WHERE state IN ('receiving', 'held', "
            "'ready', 'running', 'derived', 'delivering', 'failed') LIMIT ?)) >= ? "
            "AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'receiving')",
            options.queue_jobs_max, options.queue_jobs_max);
        if (jobs.next() && jobs.small(0) != 0)
            return fail(ErrorKind::OutOfResources, "the queue is full", "queue",
                        "see why jobs are not finished: queue list");
        return {};
    });
}

Status SqliteStore::check_integrity() {
    return state_->database->check(Database::Check::Whole);
}

}  // namespace iqt::queue
