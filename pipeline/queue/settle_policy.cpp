// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/settle_policy.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace iqt::queue {
namespace {

constexpr double kSpacingTolerance = 0.01;       // share of the spacing
constexpr double kSamePositionMm = 1e-3;         // two slices closer than this share a position
constexpr double kSameDirectionCosine = 0.9999;  // 0.8 degrees, far below a real tilt

bool same_orientation(const std::array<double, 6>& a, const std::array<double, 6>& b) {
    const double rows = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    const double columns = a[3] * b[3] + a[4] * b[4] + a[5] * b[5];
    return rows > kSameDirectionCosine && columns > kSameDirectionCosine;
}

// Sorted positions along the normal; empty where there is no common one.
std::vector<double> positions_mm(std::span<const InstanceGeometry> instances) {
    std::vector<double> along;
    const auto& first = instances.front().orientation;
    if (!first) return along;
    const auto& o = *first;
    const Vec3 normal = cross(Vec3{o[0], o[1], o[2]}, Vec3{o[3], o[4], o[5]});
    for (const InstanceGeometry& one : instances) {
        if (!one.position_lps_mm || !one.orientation || !same_orientation(*one.orientation, o))
            return {};
        along.push_back(dot(*one.position_lps_mm, normal));
    }
    std::sort(along.begin(), along.end());
    return along;
}

SeriesShape shape_of_gaps(const std::vector<double>& gaps) {
    const double smallest = *std::min_element(gaps.begin(), gaps.end());
    if (!(smallest > kSamePositionMm)) return SeriesShape::Irregular;
    // The spacing is estimated over all gaps, so that rounded positions do not add up to a hole.
    double total = 0, steps = 0;
    for (const double gap : gaps) {
        total += gap;
        steps += std::round(gap / smallest);
    }
    const double spacing = total / steps;
    bool holed = false;
    for (const double gap : gaps) {
        const double count = std::round(gap / spacing);
        if (count < 1 || std::abs(gap - count * spacing) > kSpacingTolerance * count * spacing)
            return SeriesShape::Irregular;
        holed = holed || count > 1;
    }
    return holed ? SeriesShape::Holed : SeriesShape::Regular;
}

}  // namespace

SeriesShape shape_of(std::span<const InstanceGeometry> instances) {
    if (instances.empty()) return SeriesShape::Irregular;
    const auto frames = std::count_if(instances.begin(), instances.end(),
                                      [](const auto& one) { return one.multi_frame; });
    if (frames == std::ssize(instances)) return SeriesShape::Enhanced;
    if (frames > 0 || instances.size() < 2) return SeriesShape::Irregular;
    const std::vector<double> along = positions_mm(instances);
    if (along.empty()) return SeriesShape::Irregular;
    std::vector<double> gaps;
    for (std::size_t index = 1; index < along.size(); ++index)
        gaps.push_back(along[index] - along[index - 1]);
    return shape_of_gaps(gaps);
}

Settlement settle(const SettleTimes& times, const SettleState& state,
                  const std::function<SeriesShape()>& shape) {
    if (state.enhanced_only) return SettleReady{};
    const std::int64_t since_ms = state.since_last_ms;
    // While the node was down nobody could send: that was not quiet.
    const std::int64_t quiet_ms = std::min(since_ms, state.listening_ms);
    if (quiet_ms < times.quiet_ms) return SettleWait{times.quiet_ms - quiet_ms};
    if (state.association_open && since_ms < times.open_association_ms)
        return SettleWait{times.open_association_ms - since_ms};
    const std::int64_t left_ms = times.quiet_ms + times.incomplete_hold_ms - since_ms;
    if (left_ms <= 0) return SettleReady{};
    if (state.association_aborted)
        return SettleHold{"the connection that sent this series broke off; images may be missing",
                          left_ms};
    switch (shape()) {
        case SeriesShape::Holed:
            return SettleHold{"slices are missing between those that arrived", left_ms};
        case SeriesShape::Removed:
            return SettleHold{
                "images of this series were removed after its delivery; send the "
                "whole series again",
                left_ms, true};
        default:
            return SettleReady{};
    }
}

}  // namespace iqt::queue
