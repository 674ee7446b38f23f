// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/queue/transaction.hpp"

/// Private to the room: how notices about held and dead jobs are asked for, and what ends them.
namespace iqt::queue {

/// Asks for the notice of a job that has just been held for a person or given up. Once for each
/// job, cause and reasons: one that was made is not made again, and what was withdrawn of it before
/// it was sent is to be sent after all.
void request_notice(Transaction& tx, const JobHead& job, NoticeCause cause,
                    const std::vector<std::string>& reasons);

/// The job goes on, or nothing may be sent of it: its notices that are not made are not made, those
/// that are not sent are not sent. What was sent stays.
void withdraw_notices(Transaction& tx, JobId job, std::string_view why);

/// Takes the notices from a worker that is gone; returns how many. The attempt counts, whatever
/// ended the worker: making one takes a moment, so that hardly anything but the notice can have.
int release_notices(Transaction& tx, std::string_view worker);

}  // namespace iqt::queue
