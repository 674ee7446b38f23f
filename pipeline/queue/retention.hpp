// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/result.hpp"
#include "pipeline/queue/store_state.hpp"

/// Private to the room: what the node forgets, and when.
namespace iqt::queue {

/// Noted in the audit trail of a job whose images and results were removed.
inline constexpr const char* kImagesRemoved = "images_removed";

/// Removes images and results of up to `jobs_max` delivered jobs that are older than
/// delivered_keep_ms and the newest of their series; results that nobody was to get stay. Rows,
/// UIDs and digests stay, so that what is sent again is still recognised. Returns how many jobs.
/// Errors: Io (a file stays; tried again).
Result<int> remove_delivered(StoreState& state, int jobs_max);

/// How many current instances of a series have no bytes any more.
int removed_instances(Transaction& tx, std::int64_t series);

}  // namespace iqt::queue
