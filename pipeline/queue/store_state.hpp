// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "pipeline/queue/database.hpp"
#include "pipeline/queue/store_options.hpp"
#include "pipeline/queue/transaction.hpp"

/// Private to the room: what the sources of SqliteStore share.
namespace iqt::queue {

/// Holds a flock on a file for as long as it lives.
class FolderLock {
  public:
    FolderLock() = default;
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    /// Errors: Conflict where another process (or store) holds it; Io.
    Status take(const std::filesystem::path& file);

  private:
    int fd_ = -1;
};

/// How a store opens its database file.
DatabaseOptions database_options(const StoreOptions& options);

struct StoreState {
    StoreState(StoreOptions given, const Clock& time)
        : options(std::move(given)), clock(time), opened_steady_ms(time.steady_ms()) {}

    const StoreOptions options;
    const Clock& clock;
    const std::int64_t opened_steady_ms;
    std::string boot_id;  ///< constant after open, as is session
    std::string session;  ///< makes association ids unique across processes and restarts
    FolderLock lock;
    std::unique_ptr<Database> database;

    /// Which jobs an open association is already known to have sent to: spares a row per instance.
    /// Guarded by touched_mutex; filled only after the commit that wrote the rows.
    std::mutex touched_mutex;
    std::unordered_map<std::string, std::set<std::int64_t>> touched;

    Transaction write() { return Transaction(*database, clock); }
    Database::Reader read() { return Database::Reader(*database); }
    void notify() const {
        if (options.notify) options.notify();
    }
    double jitter() const;
    const SettleTimes& settle_times(const std::string& calling_ae) const;
    const Backoff& delivery_retry(const std::string& destination) const;
    /// Milliseconds since an instant of which steady clock, boot and UTC were stored. Within one
    /// boot no jump of the clock matters; across boots it is never negative.
    std::int64_t since_ms(const std::string& boot, std::int64_t steady_ms,
                          std::int64_t utc_ms) const;
};

/// Ends an attempt of a running job without a result, after its worker died or its lease ran out:
/// ready again, or dead when its attempts are used up.
void end_crashed_attempt(StoreState& state, Transaction& tx, JobHead& job, const std::string& how);

/// Ends an attempt that the node itself cut short: ready again and not counted as an attempt, or
/// dead after interruptions_max of them.
void end_interrupted_attempt(StoreState& state, Transaction& tx, JobHead& job);

/// Takes a later revision's place away from this job: what was not sent is withdrawn, what is not
/// final is cancelled, a worker that has it loses its lease.
void supersede(Transaction& tx, JobHead job, const std::string& why);

/// Ends a job that no attempt can help; a notice is to say so.
void give_up(Transaction& tx, JobHead& job, const std::string& how, const std::string& why);

/// Puts a job under a person's eyes, whatever it was doing, where its state still allows it; a
/// notice of the given kind is to say so.
void hold_for_person(Transaction& tx, JobHead job, const std::string& why,
                     std::optional<NoticeCause> notice);

/// A job that a worker still holds by this claim; LeaseLost otherwise.
Result<JobHead> leased_job(Transaction& tx, const Claim& claim);

/// Errors: InvalidInput where a file is not there in its size or its path leads out of the data
/// folder, or where an enhanced series would be sent without warning images.
Status check_record(const std::filesystem::path& data_dir, const DerivedRecord& record);

/// Writes the rows of result files and of what is to be sent where. Those of a notice are due at
/// once; others when they are armed.
void insert_files(Transaction& tx, const JobHead& job, const DerivedRecord& record,
                  std::optional<std::int64_t> notice);

/// Sets when each pending delivery of a job falls due: warning images now, the rest now only where
/// the destination has accepted all of them.
void arm_deliveries(Transaction& tx, JobId job);

/// Ends derived or delivering when nothing is pending: delivered, or dead with its reasons.
void close_delivery(Transaction& tx, JobHead& job);

}  // namespace iqt::queue
