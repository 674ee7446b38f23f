// SPDX-License-Identifier: Apache-2.0
#include "models/train/tamper.hpp"

#include <algorithm>
#include <cmath>

#include "pipeline/core/assert.hpp"

namespace iqt::models::train {
namespace {

constexpr double kFadeMm = 1, kErasedBeyondMm = 2;

/// Calls body(offset, distance to the lesion's centre in mm) for the voxels within `reach_mm`.
template <class Body>
void near_lesion(const Geometry& g, const Lesion& lesion, double reach_mm, Body&& body) {
    const Vec3 at = g.index(lesion.centre_lps_mm);
    std::array<int, 3> low{}, high{};
    for (std::size_t a = 0; a < 3; ++a) {
        const double reach = reach_mm / g.spacing_mm[a];
        low[a] = std::max(0, static_cast<int>(std::floor(at[a] - reach)));
        high[a] = std::min(g.size[a] - 1, static_cast<int>(std::ceil(at[a] + reach)));
    }
    const auto ni = static_cast<std::size_t>(g.size[0]), nj = static_cast<std::size_t>(g.size[1]);
    for (int k = low[2]; k <= high[2]; ++k)
        for (int j = low[1]; j <= high[1]; ++j)
            for (int i = low[0]; i <= high[0]; ++i) {
                const Vec3 p = g.point_lps_mm(i, j, k);
                const Vec3& c = lesion.centre_lps_mm;
                body((static_cast<std::size_t>(k) * nj + static_cast<std::size_t>(j)) * ni +
                         static_cast<std::size_t>(i),
                     std::hypot(p[0] - c[0], p[1] - c[1], p[2] - c[2]));
            }
}

/// 1 inside the radius, 0 outside, straight over kFadeMm between.
double share_at(double distance_mm, double radius_mm) {
    return std::clamp((radius_mm + kFadeMm / 2 - distance_mm) / kFadeMm, 0.0, 1.0);
}

class Counter {
  public:
    void take(std::uint8_t bits) {
        ++n_;
        uncertain_ += (bits & kUncertain) != 0 ? 1 : 0;
        unfamiliar_ += (bits & kUnfamiliar) != 0 ? 1 : 0;
        inconsistent_ += (bits & kInconsistent) != 0 ? 1 : 0;
        any_ += (bits & (kUncertain | kUnfamiliar | kInconsistent)) != 0 ? 1 : 0;
    }
    bool empty() const { return n_ == 0; }
    Marked shares() const {
        const double n = std::max(1.0, static_cast<double>(n_));
        return {uncertain_ / n, unfamiliar_ / n, inconsistent_ / n, any_ / n};
    }

  private:
    std::size_t n_ = 0;
    double uncertain_ = 0, unfamiliar_ = 0, inconsistent_ = 0, any_ = 0;
};

}  // namespace

Marked marked_in(const Mask& warnings, const Mask& where) {
    IQT_ASSERT(warnings.voxels.size() == where.voxels.size());
    Counter counter;
    for (std::size_t v = 0; v < where.voxels.size(); ++v)
        if (where.voxels[v] != 0) counter.take(warnings.voxels[v]);
    return counter.shares();
}

Marked marked_in(const Mask& warnings, const Lesion& lesion) {
    Counter counter;
    const double radius = lesion.diameter_mm / 2;
    double nearest = 1e9;
    std::uint8_t there = 0;
    near_lesion(warnings.geometry, lesion, radius + 2, [&](std::size_t v, double d) {
        if (d <= radius) counter.take(warnings.voxels[v]);
        if (d < nearest) {
            nearest = d;
            there = warnings.voxels[v];
        }
    });
    if (counter.empty()) counter.take(there);
    return counter.shares();
}

Volume with_balls_added(const Volume& image, const std::vector<Lesion>& lesions, double step) {
    Volume out = image;
    for (const Lesion& lesion : lesions) {
        const double radius = lesion.diameter_mm / 2;
        near_lesion(out.geometry, lesion, radius + kFadeMm, [&](std::size_t v, double d) {
            const double was = static_cast<double>(out.voxels[v]);
            const double is = was + step * share_at(d, radius);
            out.voxels[v] = static_cast<float>(std::max(is, std::min(was, 0.0)));
        });
    }
    return out;
}

Volume with_lesions_erased(const Volume& sick, const Volume& healthy,
                           const std::vector<Lesion>& lesions) {
    IQT_ASSERT(sick.voxels.size() == healthy.voxels.size());
    Volume out = sick;
    for (const Lesion& lesion : lesions) {
        const double radius = lesion.diameter_mm / 2 + kErasedBeyondMm;
        near_lesion(out.geometry, lesion, radius + kFadeMm, [&](std::size_t v, double d) {
            const double share = share_at(d, radius);
            out.voxels[v] = static_cast<float>((1 - share) * static_cast<double>(out.voxels[v]) +
                                               share * static_cast<double>(healthy.voxels[v]));
        });
    }
    return out;
}

Mask away_from(const Mask& where, const std::vector<Lesion>& lesions, double margin_mm) {
    Mask out = where;
    for (const Lesion& lesion : lesions) {
        const double reach = lesion.diameter_mm / 2 + margin_mm;
        near_lesion(out.geometry, lesion, reach, [&](std::size_t v, double d) {
            if (d <= reach) out.voxels[v] = 0;
        });
    }
    return out;
}

}  // namespace iqt::models::train
