// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "pipeline/core/geometry.hpp"
#include "pipeline/queue/stores.hpp"

/// When a series is complete: pure functions, no clock and no database.
namespace iqt::queue {

/// What the policy needs of one instance; as in InstanceFacts.
struct InstanceGeometry {
    bool multi_frame = false;
    std::optional<Vec3> position_lps_mm;
    std::optional<std::array<double, 6>> orientation;
};

enum class SeriesShape {
    Enhanced,   ///< multi-frame objects only: each is complete by itself
    Regular,    ///< one orientation, no position twice, spacing uniform within 1 %
    Holed,      ///< as Regular, but some gaps are whole multiples of the spacing
    Removed,    ///< images of it were removed after an earlier delivery and have to come again
    Irregular,  ///< anything else (mixed, duplicates, no geometry, one image): waiting cannot cure
                ///< it
};

/// How the instances lie along their common normal. Positions in LPS mm, any order.
/// Source: PS3.3 C.7.6.2.1.1.
SeriesShape shape_of(std::span<const InstanceGeometry> instances);

/// What is known of one series when the policy is asked.
struct SettleState {
    static constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::max();

    std::int64_t since_last_ms = 0;       ///< since its last instance of any association
    std::int64_t listening_ms = kAlways;  ///< since the node last began to listen
    bool enhanced_only = false;           ///< it holds multi-frame objects and nothing else
    bool association_open = false;        ///< one that touched it has not ended
    bool association_aborted = false;     ///< one broke off and no clean one came after it
};

struct SettleReady {};
struct SettleWait {
    std::int64_t more_ms = 0;  ///< ask again after this long, or when something happens
};
struct SettleHold {
    std::string reason;        ///< in plain words, for the technologist
    std::int64_t more_ms = 0;  ///< when it goes on by itself
    /// Waiting alone cannot cure it: somebody has to send images again.
    bool needs_person = false;
};
using Settlement = std::variant<SettleReady, SettleWait, SettleHold>;

/// Decides about one series. `shape` is asked at most once, and only when the answer depends on it.
/// Ready at once when it is Enhanced; else after quiet_ms in which the node listened, when no
/// association is open and nothing is amiss; held when an association broke off or slices are
/// missing or removed, and ready all the same after incomplete_hold_ms more: the reader then says
/// what is wrong with it.
Settlement settle(const SettleTimes& times, const SettleState& state,
                  const std::function<SeriesShape()>& shape);

}  // namespace iqt::queue
