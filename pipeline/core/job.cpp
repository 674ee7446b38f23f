// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/job.hpp"

#include <array>
#include <utility>

#include "pipeline/core/assert.hpp"

namespace iqt {
namespace {

constexpr std::array<std::string_view, 11> kStateNames{
    "receiving", "held",     "ready",  "running", "derived",  "delivering",
    "delivered", "declined", "failed", "dead",    "cancelled"};

constexpr std::array<std::string_view, 3> kCauseNames{"two_identities", "images_removed",
                                                      "given_up"};

using S = JobState;
// From -> to. Running -> Ready is a lost lease; Derived, Delivering, Delivered -> Ready is a
// person's "retry" (which computes the same bytes again and resends what is missing).
constexpr std::array kLegal{
    std::pair{S::Receiving, S::Ready},     std::pair{S::Receiving, S::Held},
    std::pair{S::Receiving, S::Cancelled}, std::pair{S::Held, S::Receiving},
    std::pair{S::Held, S::Ready},          std::pair{S::Held, S::Cancelled},
    std::pair{S::Held, S::Declined},       std::pair{S::Ready, S::Running},
    std::pair{S::Ready, S::Cancelled},     std::pair{S::Ready, S::Receiving},
    std::pair{S::Running, S::Ready},       std::pair{S::Running, S::Derived},
    std::pair{S::Running, S::Delivered},   std::pair{S::Running, S::Declined},
    std::pair{S::Running, S::Held},        std::pair{S::Running, S::Failed},
    std::pair{S::Running, S::Dead},        std::pair{S::Running, S::Cancelled},
    std::pair{S::Failed, S::Ready},        std::pair{S::Failed, S::Dead},
    std::pair{S::Failed, S::Cancelled},    std::pair{S::Derived, S::Delivering},
    std::pair{S::Derived, S::Delivered},   std::pair{S::Derived, S::Dead},
    std::pair{S::Derived, S::Cancelled},   std::pair{S::Delivering, S::Delivered},
    std::pair{S::Delivering, S::Dead},     std::pair{S::Delivering, S::Cancelled},
    std::pair{S::Declined, S::Ready},      std::pair{S::Declined, S::Delivering},
    std::pair{S::Dead, S::Ready},          std::pair{S::Dead, S::Delivering},
    std::pair{S::Dead, S::Cancelled},      std::pair{S::Cancelled, S::Ready},
    std::pair{S::Derived, S::Ready},       std::pair{S::Delivering, S::Ready},
    std::pair{S::Delivered, S::Ready},     std::pair{S::Delivered, S::Delivering},
};

}  // namespace

std::string_view to_string(JobState state) {
    const auto index = static_cast<std::size_t>(state);
    IQT_ASSERT(index < kStateNames.size());
    return kStateNames[index];
}

std::optional<JobState> job_state_from(std::string_view name) {
    for (std::size_t index = 0; index < kStateNames.size(); ++index)
        if (kStateNames[index] == name) return static_cast<JobState>(index);
    return std::nullopt;
}

bool is_legal_transition(JobState from, JobState to) {
    for (const auto& [a, b] : kLegal)
        if (a == from && b == to) return true;
    return false;
}

bool is_final(JobState state) {
    return state == S::Delivered || state == S::Declined || state == S::Dead ||
           state == S::Cancelled;
}

std::string_view to_string(NoticeCause cause) {
    const auto index = static_cast<std::size_t>(cause);
    IQT_ASSERT(index < kCauseNames.size());
    return kCauseNames[index];
}

std::optional<NoticeCause> notice_cause_from(std::string_view name) {
    for (std::size_t index = 0; index < kCauseNames.size(); ++index)
        if (kCauseNames[index] == name) return static_cast<NoticeCause>(index);
    return std::nullopt;
}

std::string_view to_string(Priority priority) {
    switch (priority) {
        case Priority::Urgent:
            return "urgent";
        case Priority::Normal:
            return "normal";
        case Priority::Low:
            return "low";
    }
    return "normal";
}

}  // namespace iqt
