// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iqt {

/// Row id of a job in the queue; never reused.
enum class JobId : std::int64_t {};
inline std::int64_t to_int(JobId id) {
    return static_cast<std::int64_t>(id);
}

/// The states of a job (one series in one revision) and nothing else; see ARCHITECTURE.md.
enum class JobState {
    Receiving,   ///< instances still arrive; the settle policy decides when it is ready
    Held,        ///< incomplete, waiting for a person or the clock
    Ready,       ///< complete; any worker may claim it
    Running,     ///< a worker holds its lease
    Derived,     ///< all results are on disk, sending has not begun
    Delivering,  ///< at least one destination has been tried
    Delivered,   ///< every destination has everything (or there is none)
    Declined,    ///< not eligible; the reasons say why
    Failed,      ///< a transient failure; becomes Ready at retry_at
    Dead,        ///< gave up: attempts used up, or a failure that retrying cannot cure
    Cancelled,   ///< by a person, or withdrawn because a later revision supersedes it
};

std::string_view to_string(JobState state);
std::optional<JobState> job_state_from(std::string_view name);

/// The one table of legal transitions; the store asserts it on every change.
bool is_legal_transition(JobState from, JobState to);
/// True where nothing more happens unless a person acts or a late instance arrives.
bool is_final(JobState state);

/// What a notice tells of a job that no worker finishes.
enum class NoticeCause {
    TwoIdentities,  ///< held: the series arrived under two patient identities
    ImagesRemoved,  ///< held: images that were removed after their delivery have to come again
    GivenUp,        ///< dead, and nothing was made
};
/// "two_identities", "images_removed", "given_up".
std::string_view to_string(NoticeCause cause);
std::optional<NoticeCause> notice_cause_from(std::string_view name);

enum class Priority { Urgent = 0, Normal = 1, Low = 2 };
std::string_view to_string(Priority priority);

}  // namespace iqt
