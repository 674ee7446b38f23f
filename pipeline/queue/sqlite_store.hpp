// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "pipeline/core/clock.hpp"
#include "pipeline/queue/notice_store.hpp"
#include "pipeline/queue/store_options.hpp"

namespace iqt::queue {

struct StoreState;

/// The durable queue of a data folder (data_dir/queue.sqlite and data_dir/objects). Safe from any
/// thread; several processes of one host may have it open at once (listener, workers, operator).
/// Every call that changes something returns when the change would survive a power cut.
/// Beside what each call says, any of them may fail with OutOfResources (volume full), Io, Corrupt
/// or Timeout (another process kept the lock); the store stays usable and nothing is half done.
class SqliteStore final : public InstanceSink,
                          public JobStore,
                          public NoticeStore,
                          public DeliveryStore {
  public:
    /// Opens, creating or upgrading the schema; a folder that held a queue before is never given an
    /// empty one. With Opener::Listener it also takes stock after a restart: the database is looked
    /// through, its log written back, associations that were open count as aborted, quiet times go
    /// on, files that no row names are removed, missing ones reported. Errors: Config (the database
    /// is newer, or not ours), Corrupt (damaged, emptied or missing), Conflict (a listener already
    /// runs on this folder), Io. `clock` must outlive the store.
    static Result<std::unique_ptr<SqliteStore>> open(StoreOptions options, const Clock& clock);
    ~SqliteStore() override;
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    // --- InstanceSink ---
    Status admit(std::uint64_t size_bytes) override;
    /// Beyond the interface: an equal object again changes nothing, unless the stored bytes are
    /// damaged or gone: then it takes their place; another object under a known
    /// SOP Instance UID is kept as its newer version and opens a revision; an instance that comes
    /// when its job was claimed already opens a revision over all current instances. A series that
    /// comes under two patient identities is held. Errors: also InvalidInput (no bytes, no UIDs).
    Result<Receipt> accept(ReceivedInstance instance) override;
    /// Every open job of a series with this UID then counts as sent to by the association.
    void object_cut_off(std::string_view association_id, std::string_view series_uid) override;
    void association_ended(std::string_view association_id, AssociationEnd how) override;

    // --- JobStore ---
    Result<std::optional<Claim>> claim(std::string_view worker, std::int64_t lease_ms) override;
    Status heartbeat(const Claim& claim, std::int64_t lease_ms) override;
    /// Errors: LeaseLost; Corrupt where bytes differ from what was received.
    Result<SeriesSnapshot> snapshot(const Claim& claim) override;
    /// Errors: LeaseLost; InvalidInput where a file is not there in its size, a path leads out of
    /// the data folder, or an enhanced series would be sent without warning images.
    Status finish_derived(const Claim& claim, const DerivedRecord& record) override;
    Status finish_declined(const Claim& claim, const std::vector<std::string>& reasons,
                           const DerivedRecord& notice) override;
    /// An error of kind Cancelled gives the job back instead.
    Status finish_failed(const Claim& claim, const Error& error) override;
    Status give_back(const Claim& claim) override;
    Status release_worker(std::string_view worker, WorkerEnd end) override;
    Result<Tick> tick() override;
    Result<int> forget(int jobs_max) override;
    Result<std::vector<JobRow>> list(const JobFilter& filter) override;
    Result<JobDetail> show(JobId id) override;
    /// Dead after failed sending: what was refused is sent again, or made again where its files are
    /// not what was made. Derived or delivering: what waits
    /// is tried now. Failed, declined, dead, cancelled, delivered: computed again; what a
    /// destination has accepted is not sent again. Errors: NotFound; Conflict where it is in work
    /// or a later revision or a corrected identity has taken its place.
    Status retry(JobId id) override;
    Status cancel(JobId id) override;
    Status urgent(JobId id) override;
    Status release(JobId id, ReleaseOptions options) override;
    Result<std::vector<std::pair<JobState, std::int64_t>>> counts() override;

    // --- NoticeStore ---
    Result<std::optional<NoticeClaim>> claim_notice(std::string_view worker,
                                                    std::int64_t lease_ms) override;
    Result<NoticeSource> notice_source(const NoticeClaim& claim) override;
    /// Errors: also InvalidInput, as finish_derived.
    Status finish_notice(const NoticeClaim& claim, const DerivedRecord& record) override;
    Status fail_notice(const NoticeClaim& claim, const Error& error) override;

    // --- DeliveryStore ---
    Result<std::optional<Batch>> due(std::string_view destination) override;
    Status record(const SendOutcome& outcome) override;
    Result<std::optional<std::int64_t>> next_due_utc_ms(std::string_view destination) override;

    /// Whether a row may still be sent; false once it was withdrawn or withheld. For asking right
    /// before each instance of a batch goes out.
    Result<bool> may_send(std::int64_t delivery_id);

    /// Reads the whole database; slow on a large one. Errors: Corrupt.
    Status check_integrity();

  private:
    explicit SqliteStore(std::unique_ptr<StoreState> state);
    std::unique_ptr<StoreState> state_;
};

}  // namespace iqt::queue
