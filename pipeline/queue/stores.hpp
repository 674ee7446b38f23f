// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/delivery.hpp"
#include "pipeline/core/job.hpp"
#include "pipeline/core/output.hpp"
#include "pipeline/core/ports.hpp"
#include "pipeline/core/result.hpp"

/// Durable state of the node: instances, jobs, results, deliveries. Behind these interfaces stands
/// SQLite today; nothing here shows it.
namespace iqt::queue {

/// A worker's right to work on a job. The token fences: after another claim of the same job every
/// call with the old token fails with LeaseLost and changes nothing.
struct Claim {
    JobId job{};
    std::int64_t token = 0;
    int attempt = 1;
    int revision = 1;
    Priority priority = Priority::Normal;
    bool override_reasons = false;  ///< a person released it although it had been declined
};

/// One result file that is fsynced on disk before this row is written.
struct ResultFile {
    OutputKind kind = OutputKind::Enhanced;
    std::string series_uid, sop_class_uid, sop_instance_uid;
    std::string path;  ///< relative to the data folder
    std::string sha256;
    std::uint64_t size = 0;
    int number = 1;  ///< InstanceNumber
};

/// What a worker leaves behind when all stages are done.
struct DerivedRecord {
    std::vector<ResultFile> files;
    std::vector<std::string> destinations;  ///< names; empty: nothing to send
    std::string route, model_id, model_digest;
    std::string summary_json;  ///< figures for the API: no patient data
};

enum class Why { Transient, Permanent };

struct SettleTimes {
    std::int64_t quiet_ms = 10'000;               ///< since the last instance of any association
    std::int64_t incomplete_hold_ms = 1'800'000;  ///< in state held before it goes on by itself
    /// The same while an association that sent to the series is still open (some scanners keep one
    /// open for a whole examination; some vanish without a word). Less than quiet_ms: no longer.
    std::int64_t open_association_ms = 30'000;
};

/// One job as the operator sees it.
struct JobRow {
    JobId id{};
    JobState state = JobState::Receiving;
    Priority priority = Priority::Normal;
    int revision = 1, attempt = 0, instances = 0;
    std::string series_digest;  ///< short digest of the series UID; stands for it in logs
    std::string study_uid, series_uid;
    std::string calling_ae, called_ae, peer_address;
    std::vector<std::string> reasons;  ///< declined, held, dead: plain words, headline first
    std::string route, model_id, summary_json;
    std::int64_t created_utc_ms = 0, updated_utc_ms = 0;
    std::optional<std::int64_t> retry_at_utc_ms;
};

struct JobEvent {
    std::int64_t at_utc_ms = 0;
    std::string event, detail;
};

struct DeliveryRow {
    std::string destination;
    OutputKind kind = OutputKind::Enhanced;
    std::string state;  ///< "pending", "accepted", "refused", "withheld", "withdrawn"
    int instances = 0;
    int attempts = 0;
    std::string message;
};

struct JobDetail {
    JobRow job;
    std::vector<JobEvent> events;
    std::vector<DeliveryRow> deliveries;  ///< grouped by destination, kind and state
};

struct JobFilter {
    std::optional<JobState> state = std::nullopt;
    std::optional<JobId> after = std::nullopt;  ///< ids below this one: newest first, page by page
    int limit = 100;
};

struct ReleaseOptions {
    bool override_reasons = false;  ///< enhance although declined, where that is safe to override
};

enum class WorkerEnd { ByItself, WithNode };

class JobStore {
  public:
    virtual ~JobStore() = default;

    // --- worker ---
    /// The most urgent, then oldest ready job; nothing when there is none.
    virtual Result<std::optional<Claim>> claim(std::string_view worker, std::int64_t lease_ms) = 0;
    virtual Status heartbeat(const Claim& claim, std::int64_t lease_ms) = 0;
    virtual Result<SeriesSnapshot> snapshot(const Claim& claim) = 0;
    virtual Status finish_derived(const Claim& claim, const DerivedRecord& record) = 0;
    /// `notice` may hold files of OutputKind::Notice with their destinations.
    virtual Status finish_declined(const Claim& claim, const std::vector<std::string>& reasons,
                                   const DerivedRecord& notice) = 0;
    /// Failed with a retry time while attempts are left and it is transient, else dead.
    virtual Status finish_failed(const Claim& claim, const Error& error) = 0;
    /// Gives the job back unfinished (shutting down); does not count as an attempt.
    virtual Status give_back(const Claim& claim) = 0;
    /// Returns all jobs of a worker that is known to be gone to ready. One that died by itself has
    /// used up an attempt of its job; one that ended with its node has not. A notice that it had
    /// (NoticeStore) has used up an attempt either way.
    virtual Status release_worker(std::string_view worker, WorkerEnd end) = 0;

    // --- clockwork ---
    struct Tick {
        int settled = 0, held = 0, returned = 0, retried = 0;
        std::optional<std::int64_t> next_utc_ms;  ///< when the next deadline falls
    };
    /// Applies the settle policy, ends expired leases, makes failed jobs ready whose time has come.
    virtual Result<Tick> tick() = 0;
    /// Removes images and results of up to `jobs_max` series that were delivered long enough ago;
    /// returns of how many. To be called again while it returns `jobs_max`. Errors: Io.
    virtual Result<int> forget(int jobs_max) = 0;

    // --- operator ---
    virtual Result<std::vector<JobRow>> list(const JobFilter& filter) = 0;
    virtual Result<JobDetail> show(JobId id) = 0;
    virtual Status retry(JobId id) = 0;
    virtual Status cancel(JobId id) = 0;
    virtual Status urgent(JobId id) = 0;
    virtual Status release(JobId id, ReleaseOptions options) = 0;
    /// Jobs per state, for status and metrics.
    virtual Result<std::vector<std::pair<JobState, std::int64_t>>> counts() = 0;
};

class DeliveryStore {
  public:
    virtual ~DeliveryStore() = default;
    struct Batch {
        JobId job{};
        std::vector<OutgoingInstance> instances;  ///< of one job and one output kind
    };
    /// What may be sent to this destination now: warning images of a job first; its other outputs
    /// only after the destination has accepted all its warning images; uncertainty, flags and
    /// report only when nothing else is due, of any job. Empty: nothing due.
    virtual Result<std::optional<Batch>> due(std::string_view destination) = 0;
    /// Stores one outcome. A transient one gets its next time by backoff with jitter; a permanent
    /// one on a warning image withholds the other outputs of that job from this destination.
    virtual Status record(const SendOutcome& outcome) = 0;
    /// When the next pending delivery to this destination falls due; nullopt: none.
    virtual Result<std::optional<std::int64_t>> next_due_utc_ms(std::string_view destination) = 0;
};

}  // namespace iqt::queue
