// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/queue/backoff.hpp"
#include "pipeline/queue/stores.hpp"

namespace iqt::queue {

/// Who opens the store. The listener's process is the one that receives: it alone knows that the
/// associations of its predecessor are gone, and only one of it may run on a data folder.
enum class Opener { Listener, Other };

enum class Synchronous { Full, Off };

/// Compares two stored objects; see StoreOptions. Called without any lock of the store held.
using ObjectCompare = std::function<Result<bool>(const ObjectBytes&, const ObjectBytes&)>;

/// Priority of the job that a new series opens, from its first instance (whose bytes are `object`).
/// Called without any lock of the store held; must not throw.
using FirstPriority =
    std::function<Priority(const ReceivedInstance& about, const ObjectBytes& object)>;

/// All that a SqliteStore is told once, when it is opened. Times are milliseconds.
struct StoreOptions {
    std::filesystem::path data_dir;  ///< made when missing, mode 0700
    Opener opener = Opener::Other;

    SettleTimes settle;
    std::map<std::string, SettleTimes> settle_by_calling_ae;

    /// Failed inference: attempts_max counts claims, those that ended with a dead worker included.
    Backoff work_retry{.first_ms = 30'000, .factor = 4, .max_ms = 900'000, .attempts_max = 3};
    /// Attempts that ended together with the whole node (a kill, a power cut) are not the series'
    /// fault and count apart: so many, and the job is given up, should it be its fault after all.
    int interruptions_max = 20;
    /// Notices about held and dead jobs: attempts_max counts claims, however they ended.
    Backoff notice_retry{.first_ms = 30'000, .factor = 4, .max_ms = 900'000, .attempts_max = 3};
    /// Failed sending, per instance and destination; the default gives up after about four days.
    Backoff delivery_retry{
        .first_ms = 10'000, .factor = 2, .max_ms = 3'600'000, .attempts_max = 100};
    std::map<std::string, Backoff> delivery_retry_by_destination;

    std::uint64_t min_free_bytes = 1'073'741'824;  ///< kept free on the data volume
    std::uint64_t blob_bytes_max = 16'777'216;     ///< larger objects are files below data_dir
    int instances_per_series_max = 10'000;         ///< older versions of instances included
    int queue_jobs_max = 10'000;                   ///< jobs that are not in a final state

    /// Whether two objects hold equal decoded pixels and header. Empty: equal bytes only.
    ObjectCompare content_equal;
    /// Whether two objects hold equal decoded pixels, whatever their headers say: tells a corrected
    /// identity from a mix-up. Empty: every second identity of a series is a mix-up and is held.
    ObjectCompare pixels_equal;
    /// Empty: every series begins as normal. Later revisions keep what their series has.
    FirstPriority first_priority;
    /// Images and results of a series are removed so long after its last job was delivered; rows,
    /// UIDs and digests stay. 0: never.
    std::int64_t delivered_keep_ms = 0;
    /// Called after a commit that may have made work or moved a deadline; from the thread that
    /// committed, without locks. May be empty; must not throw.
    std::function<void()> notify;
    /// Uniform in [0,1), safe from any thread; spreads retries. Empty: random.
    std::function<double()> jitter;

    int busy_timeout_ms = 10'000;  ///< for the write lock held by another process

    /// For tests only.
    struct Testing {
        Synchronous synchronous = Synchronous::Full;
        int pages_max = 0;    ///< > 0: the database may not grow beyond, as on a full disk
        std::string boot_id;  ///< instead of the kernel's
    } testing;
};

}  // namespace iqt::queue
