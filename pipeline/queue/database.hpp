// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "pipeline/core/result.hpp"

/// The room's own view of SQLite: connections, cached statements, one writer. Private to the room.
/// What is declared here throws SQLite::Exception unless it returns a Result.
namespace iqt::queue {

/// Bytes bound as a BLOB without a copy; they must outlive the query.
struct Blob {
    std::string_view bytes;
};

/// One run of a cached statement: bound on construction, reset on destruction.
class Query {
  public:
    struct Slot {
        std::unique_ptr<SQLite::Statement> statement;
        bool in_use = false;
    };
    template <class... A>
    explicit Query(Slot& slot, const A&... values) : use_(slot), slot_(slot) {
        [[maybe_unused]] int index = 0;
        (bind(++index, values), ...);
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    bool next() { return slot_.statement->executeStep(); }
    /// Runs a statement that gives no rows; returns how many it changed.
    int run() { return slot_.statement->exec(); }

    std::int64_t integer(int column) const { return slot_.statement->getColumn(column).getInt64(); }
    int small(int column) const { return slot_.statement->getColumn(column).getInt(); }
    double real(int column) const { return slot_.statement->getColumn(column).getDouble(); }
    std::string text(int column) const;
    bool is_null(int column) const { return slot_.statement->isColumnNull(column); }
    std::optional<std::int64_t> maybe_integer(int column) const;

  private:
    // Frees the statement also where a bind throws in the constructor.
    struct Use {
        explicit Use(Slot& taken);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        Slot& slot;
    };
    void bind(int index, std::int64_t value) { slot_.statement->bind(index, value); }
    void bind(int index, int value) { slot_.statement->bind(index, value); }
    void bind(int index, double value) { slot_.statement->bind(index, value); }
    void bind(int index, const std::string& value) { slot_.statement->bind(index, value); }
    void bind(int index, std::string_view value) { bind(index, std::string(value)); }
    void bind(int index, const char* value) { bind(index, std::string(value)); }
    void bind(int index, std::nullopt_t) { slot_.statement->bind(index); }
    void bind(int index, Blob value);
    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value)
            bind(index, *value);
        else
            bind(index, std::nullopt);
    }

    Use use_;
    Slot& slot_;
};

struct DatabaseOptions {
    std::filesystem::path file;
    int busy_timeout_ms = 10'000;
    bool synchronous_full = true;
    int pages_max = 0;  ///< 0 = no limit
    bool used = false;  ///< it held a queue before: an empty or a missing file is damage
};

/// One SQLite connection with its prepared statements. One thread at a time.
class Connection {
  public:
    explicit Connection(const DatabaseOptions& options);
    /// `sql` must be a literal: it is the key of the cache.
    template <class... A>
    Query query(std::string_view sql, const A&... values) {
        return Query(slot(sql), values...);
    }
    SQLite::Database& raw() { return database_; }

  private:
    Query::Slot& slot(std::string_view sql);
    SQLite::Database database_;
    std::unordered_map<std::string_view, Query::Slot> statements_;
};

/// A database file: one connection that writes, guarded by a mutex (waiting in SQLite's own busy
/// handler would mean sleeping), and a few that read. Safe from any thread.
class Database {
  public:
    /// Creates file (mode 0600) and schema where missing. Errors: Io, Config, Corrupt.
    static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);

    /// A consistent view: all queries of one Reader see the same commit.
    class Reader {
      public:
        explicit Reader(Database& database);
        ~Reader();
        Reader(const Reader&) = delete;
        Reader& operator=(const Reader&) = delete;
        template <class... A>
        Query query(std::string_view sql, const A&... values) {
            return connection_->query(sql, values...);
        }

      private:
        Database& database_;
        std::unique_ptr<Connection> connection_;
    };

    /// BEGIN IMMEDIATE under the write lock; rolls back on destruction unless committed.
    class Writer {
      public:
        explicit Writer(Database& database);
        ~Writer();
        Writer(const Writer&) = delete;
        Writer& operator=(const Writer&) = delete;
        template <class... A>
        Query query(std::string_view sql, const A&... values) {
            return connection_.query(sql, values...);
        }
        std::int64_t last_id() const { return connection_.raw().getLastInsertRowid(); }
        /// Returns when the change would survive a power cut, and lets the next writer in: no
        /// query may follow.
        void commit();

      private:
        std::unique_lock<std::mutex> lock_;
        Connection& connection_;
        bool open_ = true;
    };

    /// Reads pages and compares indexes with their tables. `Quick`: the tables that decide what
    /// happens to jobs, and the rows of received objects without their bytes; `Whole`: everything,
    /// in time proportional to the file. Errors: Corrupt.
    enum class Check { Quick, Whole };
    Status check(Check extent);

    /// Moves all of the write-ahead log into the database file and syncs it. After a sync that
    /// failed the log may be right in memory only, and a process that was killed then leaves its
    /// successor a log that reads well and is not on the disk; written anew it is. Errors: Io,
    /// OutOfResources, Corrupt.
    Status write_back();

  private:
    explicit Database(const DatabaseOptions& options) : options_(options) {}
    std::unique_ptr<Connection> take_reader();
    void give_reader(std::unique_ptr<Connection> connection);

    const DatabaseOptions options_;
    std::mutex write_mutex_;
    std::unique_ptr<Connection> writer_;  // guarded by write_mutex_
    std::mutex readers_mutex_;
    std::vector<std::unique_ptr<Connection>> readers_;  // idle ones; guarded by readers_mutex_
};

/// The one translation of what this room's code may throw, for use inside a catch block.
Error translate_current_exception();

/// Runs `body`, turning whatever it throws into the error side of the Result it returns.
template <class F>
auto guarded(F&& body) -> decltype(body()) {
    try {
        return body();
    } catch (...) {
        return fail(translate_current_exception());
    }
}

}  // namespace iqt::queue
