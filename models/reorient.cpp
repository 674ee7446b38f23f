// SPDX-License-Identifier: Apache-2.0
#include "models/reorient.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "models/simulate.hpp"
#include "pipeline/core/assert.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models {

Volume reorient(const Volume& volume, const std::array<int, 3>& order,
                const std::array<Direction, 3>& flips) {
    const Geometry& from = volume.geometry;
    Geometry to = from;
    std::array<std::ptrdiff_t, 3> stride{};
    const std::array<std::ptrdiff_t, 3> old_stride{
        1, from.size[0], static_cast<std::ptrdiff_t>(from.size[0]) * from.size[1]};
    Vec3 first{};  // old index of the new voxel (0,0,0)
    std::ptrdiff_t start = 0;
    for (std::size_t a = 0; a < 3; ++a) {
        const auto old = static_cast<std::size_t>(order[a]);
        IQT_ASSERT(old < 3);
        const bool flipped = flips[a] == Direction::Flipped;
        to.size[a] = from.size[old];
        to.spacing_mm[a] = from.spacing_mm[old];
        for (std::size_t c = 0; c < 3; ++c)
            to.axes[a][c] = flipped ? -from.axes[old][c] : from.axes[old][c];
        stride[a] = flipped ? -old_stride[old] : old_stride[old];
        if (flipped) {
            first[old] = from.size[old] - 1;
            start += old_stride[old] * (from.size[old] - 1);
        }
    }
    to.origin_lps_mm = from.point_lps_mm(first[0], first[1], first[2]);
    Volume out(to);
    if (out.voxels.empty()) return out;
    std::size_t v = 0;
    for (int k = 0; k < to.size[2]; ++k)
        for (int j = 0; j < to.size[1]; ++j) {
            std::ptrdiff_t at = start + k * stride[2] + j * stride[1];
            for (int i = 0; i < to.size[0]; ++i, at += stride[0])
                out.voxels[v++] = volume.voxels[static_cast<std::size_t>(at)];
        }
    return out;
}

Volume head_turned(const Volume& volume, const Vec3& angles_deg) {
    if (angles_deg == Vec3{0, 0, 0}) return volume;
    const Geometry& from = volume.geometry;
    Geometry to = from;
    // The inverse turn of the axes: about z, then y, then x, each by the negative angle.
    for (Vec3& axis : to.axes)
        for (const std::size_t about : {2U, 1U, 0U}) {
            const double angle = -angles_deg[about] * std::numbers::pi / 180;
            const double c = std::cos(angle), s = std::sin(angle);
            double& u = axis[(about + 1) % 3];
            double& v = axis[(about + 2) % 3];
            const double before = u;
            u = c * before - s * v;
            v = s * before + c * v;
        }
    Vec3 middle{};
    for (std::size_t a = 0; a < 3; ++a) middle[a] = (from.size[a] - 1) / 2.0;
    const Vec3 centre = from.point_lps_mm(middle[0], middle[1], middle[2]);
    const Vec3 moved = to.point_lps_mm(middle[0], middle[1], middle[2]);
    for (std::size_t c = 0; c < 3; ++c) to.origin_lps_mm[c] += centre[c] - moved[c];
    Volume out = grid::resample_free(volume, to, grid::Kernel::Cubic);
    for (float& value : out.voxels) value = std::max(value, 0.0F);
    return out;
}

bool is_right_handed(const Geometry& geometry) {
    return dot(cross(geometry.axes[0], geometry.axes[1]), geometry.axes[2]) > 0;
}

Volume with_slices_along_k(const Volume& volume, int axis) {
    IQT_ASSERT(axis >= 0 && axis < 3);
    constexpr auto kKept = Direction::Kept;
    if (axis == 2) return volume;
    if (axis == 0) return reorient(volume, {1, 2, 0}, {kKept, kKept, kKept});
    return reorient(volume, {0, 2, 1}, {kKept, kKept, Direction::Flipped});
}

int axis_along(const Geometry& geometry, int patient_direction) {
    IQT_ASSERT(patient_direction >= 0 && patient_direction < 3);
    const auto direction = static_cast<std::size_t>(patient_direction);
    int best = 0;
    for (int axis = 1; axis < 3; ++axis)
        if (std::abs(geometry.axes[static_cast<std::size_t>(axis)][direction]) >
            std::abs(geometry.axes[static_cast<std::size_t>(best)][direction]))
            best = axis;
    return best;
}

Volume in_reading_order(const Volume& volume) {
    const Geometry& g = volume.geometry;
    // Of the two in-plane axes the one closer to superior-inferior is down the screen, else the
    // one closer to anterior-posterior.
    const int direction_k = [&] {
        int best = 0;
        for (int c = 1; c < 3; ++c)
            if (std::abs(g.axes[2][static_cast<std::size_t>(c)]) >
                std::abs(g.axes[2][static_cast<std::size_t>(best)]))
                best = c;
        return best;
    }();
    const std::size_t down = direction_k == 2 ? 1 : 2;
    const std::size_t across = direction_k == 0 ? 1 : 0;
    const std::size_t j = std::abs(g.axes[1][down]) >= std::abs(g.axes[0][down]) ? 1 : 0;
    const std::size_t i = 1 - j;
    // LPS: left, posterior are positive; inferior is negative.
    const double down_sign = down == 2 ? -1 : 1;
    std::array<Direction, 3> flips{
        g.axes[i][across] < 0 ? Direction::Flipped : Direction::Kept,
        g.axes[j][down] * down_sign < 0 ? Direction::Flipped : Direction::Kept, Direction::Kept};
    const double handed = dot(cross(g.axes[i], g.axes[j]), g.axes[2]) *
                          (flips[0] == Direction::Flipped ? -1 : 1) *
                          (flips[1] == Direction::Flipped ? -1 : 1);
    if (handed < 0) flips[2] = Direction::Flipped;
    return reorient(volume, {static_cast<int>(i), static_cast<int>(j), 2}, flips);
}

}  // namespace iqt::models
