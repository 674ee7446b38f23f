// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/job.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/queue/stores.hpp"

namespace iqt::queue {

/// A worker's right to make the notice of a job that is held for a person or dead. The job is in
/// nobody's hands and stays what it is; the token fences as Claim::token does.
struct NoticeClaim {
    std::int64_t id = 0;
    JobId job{};
    std::int64_t token = 0;
    int revision = 1;
    NoticeCause cause = NoticeCause::GivenUp;
    std::vector<std::string> reasons;  ///< those of the job when it was held or given up
};

/// What a notice is made from.
struct NoticeSource {
    ObjectBytes object;  ///< one object of the series that is as it was received, for its header
    std::string series_uid, identity_digest;
    std::string calling_ae, called_ae;
    std::vector<SourceInstance> instances;  ///< all of the revision; no pixel digests
};

/// Notices about jobs that no worker finishes. The store asks for them by itself, once for each job
/// and reason; none of these calls changes the state of a job.
class NoticeStore {
  public:
    virtual ~NoticeStore() = default;
    /// The notice that has waited longest; nothing when there is none to make now. Counts as an
    /// attempt: a notice whose makers end or fail again and again is abandoned, with a log line.
    virtual Result<std::optional<NoticeClaim>> claim_notice(std::string_view worker,
                                                            std::int64_t lease_ms) = 0;
    /// Errors: LeaseLost, also where the job has gone on; NotFound where no object is left; Corrupt
    /// where none is as it was received.
    virtual Result<NoticeSource> notice_source(const NoticeClaim& claim) = 0;
    /// Stores the notice and what is to be sent where. Without files the route of the series wants
    /// none. Errors: LeaseLost.
    virtual Status finish_notice(const NoticeClaim& claim, const DerivedRecord& record) = 0;
    /// Tried again later where that can help and attempts are left, else abandoned. Errors:
    /// LeaseLost.
    virtual Status fail_notice(const NoticeClaim& claim, const Error& error) = 0;
};

}  // namespace iqt::queue
