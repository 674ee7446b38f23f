// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/database.hpp"

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "pipeline/core/assert.hpp"
#include "pipeline/queue/migrations.hpp"

namespace iqt::queue {
namespace {

constexpr std::size_t kIdleReadersMax = 8;
constexpr const char* kRestore =
    "stop the node, keep a copy of the data folder, restore the last backup";

Error translate(const SQLite::Exception& error) {
    const std::string said = std::string(" (SQLite: ") + error.getErrorStr() + ")";
    const std::string where = "the queue's database";
    switch (error.getErrorCode()) {
        case SQLITE_FULL:
            return {ErrorKind::OutOfResources, "the data volume is full" + said, where,
                    "free space on the volume of node.data_dir"};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {ErrorKind::Corrupt, "the stored data are damaged" + said, where, kRestore};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {ErrorKind::Timeout, "another process kept the database locked" + said, where,
                    "look for a process that holds it open for long"};
        case SQLITE_NOMEM:
            return {ErrorKind::OutOfResources, "out of memory" + said, where, {}};
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {ErrorKind::Io, "the database cannot be read or written" + said, where,
                    "check the volume and the permissions of node.data_dir"};
        default:
            return {ErrorKind::Internal, "the database refused a statement" + said, where, {}};
    }
}

// SQLite gives its -wal and -shm files the mode of the database file.
Status create_private(const std::filesystem::path& file, bool used) {
    const int fd = ::open(file.c_str(), O_RDWR | (used ? 0 : O_CREAT) | O_CLOEXEC, 0600);
    if (fd < 0 && errno == ENOENT && used)
        return fail(ErrorKind::Corrupt,
                    "the database is missing although this data folder was in use", file.string(),
                    kRestore);
    if (fd < 0)
        return fail(ErrorKind::Io,
                    "cannot open the database: " + std::generic_category().message(errno),
                    file.string(), "check the permissions of node.data_dir");
    ::close(fd);
    return {};
}

std::vector<std::string> problems(Connection& connection, const std::string& pragma) {
    std::vector<std::string> found;
    SQLite::Statement statement(connection.raw(), pragma);
    while (statement.executeStep()) {
        std::string line = statement.getColumn(0).getString();
        if (line != "ok") found.push_back(std::move(line));
    }
    return found;
}

// The rows of received objects without the pages of their bytes, which a digest guards and which
// would take long to read: every leaf is visited, and the index has to have as many entries.
std::vector<std::string> instance_problems(Connection& connection) {
    const auto count = [&](const char* sql) {
        SQLite::Statement statement(connection.raw(), sql);
        statement.executeStep();
        return statement.getColumn(0).getInt64();
    };
    const std::int64_t rows = count("SELECT count(*), sum(size) FROM instances NOT INDEXED");
    const std::int64_t entries =
        count("SELECT count(*) FROM instances INDEXED BY instances_by_sop");
    if (rows == entries) return {};
    return {"instances has " + std::to_string(rows) + " rows, its index " +
            std::to_string(entries)};
}

std::vector<std::string> quick_problems(Connection& connection) {
    std::vector<std::string> found = instance_problems(connection);
    for (const char* table :
         {"series", "jobs", "results", "deliveries", "touches", "events", "notices"}) {
        auto more = problems(connection, std::string("PRAGMA quick_check(") + table + ")");
        found.insert(found.end(), more.begin(), more.end());
    }
    return found;
}

}  // namespace

Query::Use::Use(Slot& taken) : slot(taken) {
    // A statement that is still being stepped would lose its place without a word.
    IQT_ASSERT(!slot.in_use);
    slot.in_use = true;
}

Query::Use::~Use() {
    slot.statement->tryReset();
    slot.in_use = false;
}

std::string Query::text(int column) const {
    return slot_.statement->getColumn(column).getString();
}

std::optional<std::int64_t> Query::maybe_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

void Query::bind(int index, Blob value) {
    slot_.statement->bindNoCopy(index, value.bytes.data(), static_cast<int>(value.bytes.size()));
}

Connection::Connection(const DatabaseOptions& options)
    : database_(options.file.string(),
                SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
                options.busy_timeout_ms) {
    database_.exec(options.synchronous_full ? "PRAGMA synchronous = FULL"
                                            : "PRAGMA synchronous = OFF");
    database_.exec("PRAGMA journal_mode = WAL");
    database_.exec("PRAGMA foreign_keys = ON");
    database_.exec("PRAGMA secure_delete = ON");
    database_.exec("PRAGMA wal_autocheckpoint = 2000");
    database_.exec("PRAGMA journal_size_limit = 67108864");
    if (options.pages_max > 0)
        database_.exec("PRAGMA max_page_count = " + std::to_string(options.pages_max));
}

Query::Slot& Connection::slot(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        auto statement = std::make_unique<SQLite::Statement>(database_, std::string(sql));
        found = statements_.emplace(sql, Query::Slot{std::move(statement)}).first;
    }
    return found->second;
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
    return guarded([&]() -> Result<std::unique_ptr<Database>> {
        if (auto created = create_private(options.file, options.used); !created)
            return fail(created.error());
        std::unique_ptr<Database> database(new Database(options));
        database->writer_ = std::make_unique<Connection>(options);
        if (auto migrated = migrate(*database->writer_, options.used); !migrated)
            return fail(migrated.error());
        return database;
    });
}

Status Database::check(Check extent) {
    return guarded([&]() -> Status {
        const std::unique_ptr<Connection> connection = take_reader();
        std::vector<std::string> found;
        if (extent == Check::Whole)
            found = problems(*connection, "PRAGMA integrity_check(10)");
        else
            found = quick_problems(*connection);
        if (found.empty()) return {};
        return fail(ErrorKind::Corrupt,
                    "the database is damaged: " + found.front() + " (" +
                        std::to_string(found.size()) + " findings)",
                    options_.file.string(), kRestore);
    });
}

Status Database::write_back() {
    return guarded([&]() -> Status {
        const std::lock_guard lock(write_mutex_);
        // Where another process reads just now SQLite leaves the rest to a later checkpoint.
        writer_->raw().exec("PRAGMA wal_checkpoint(TRUNCATE)");
        return {};
    });
}

std::unique_ptr<Connection> Database::take_reader() {
    {
        const std::lock_guard lock(readers_mutex_);
        if (!readers_.empty()) {
            auto connection = std::move(readers_.back());
            readers_.pop_back();
            return connection;
        }
    }
    return std::make_unique<Connection>(options_);
}

void Database::give_reader(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(readers_mutex_);
    if (readers_.size() < kIdleReadersMax) readers_.push_back(std::move(connection));
}

Database::Reader::Reader(Database& database)
    : database_(database), connection_(database.take_reader()) {
    connection_->query("BEGIN").run();
}

Database::Reader::~Reader() {
    if (connection_->raw().tryExec("COMMIT") == SQLITE_OK)
        database_.give_reader(std::move(connection_));
}

Database::Writer::Writer(Database& database)
    : lock_(database.write_mutex_), connection_(*database.writer_) {
    connection_.query("BEGIN IMMEDIATE").run();
}

Database::Writer::~Writer() {
    // After some errors (a full disk) SQLite has rolled back by itself; then this does nothing.
    if (open_) connection_.raw().tryExec("ROLLBACK");
}

void Database::Writer::commit() {
    connection_.query("COMMIT").run();
    open_ = false;
    lock_.unlock();
}

Error translate_current_exception() {
    try {
        throw;
    } catch (const SQLite::Exception& error) {
        return translate(error);
    } catch (const std::filesystem::filesystem_error& error) {
        return {ErrorKind::Io, "a file operation failed: " + error.code().message(),
                error.path1().string(), "check the volume of node.data_dir"};
    } catch (const std::bad_alloc&) {
        return {ErrorKind::OutOfResources, "out of memory", "the queue", {}};
    } catch (const std::exception& error) {
        return {ErrorKind::Internal, error.what(), "the queue", {}};
    } catch (...) {
        return {ErrorKind::Internal, "something unknown was thrown", "the queue", {}};
    }
}

}  // namespace iqt::queue
