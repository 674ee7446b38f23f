// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/geometry.hpp"

#include <algorithm>
#include <cmath>

#include "pipeline/core/assert.hpp"

namespace iqt {

double dot(const Vec3& a, const Vec3& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vec3 cross(const Vec3& a, const Vec3& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double norm(const Vec3& a) {
    return std::sqrt(dot(a, a));
}

std::size_t Geometry::voxel_count() const {
    return static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
           static_cast<std::size_t>(size[2]);
}

Vec3 Geometry::point_lps_mm(double i, double j, double k) const {
    const Vec3 steps_mm{i * spacing_mm[0], j * spacing_mm[1], k * spacing_mm[2]};
    Vec3 point = origin_lps_mm;
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t axis = 0; axis < 3; ++axis) point[c] += axes[axis][c] * steps_mm[axis];
    return point;
}

Vec3 Geometry::index(const Vec3& point_lps_mm) const {
    const Vec3 offset{point_lps_mm[0] - origin_lps_mm[0], point_lps_mm[1] - origin_lps_mm[1],
                      point_lps_mm[2] - origin_lps_mm[2]};
    Vec3 result{};
    for (std::size_t axis = 0; axis < 3; ++axis)
        result[axis] = dot(offset, axes[axis]) / spacing_mm[axis];
    return result;
}

int Geometry::slice_axis() const {
    const double largest = *std::max_element(spacing_mm.begin(), spacing_mm.end());
    for (int axis : {2, 1, 0})
        if (spacing_mm[static_cast<std::size_t>(axis)] >= largest * (1 - 1e-6)) return axis;
    return 2;
}

Geometry refine(const Geometry& source, double target_spacing_mm) {
    IQT_ASSERT(target_spacing_mm > 0);
    Geometry fine = source;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const double extent_mm = source.size[axis] * source.spacing_mm[axis];
        const double wanted_mm = std::min(source.spacing_mm[axis], target_spacing_mm);
        // 1e-6: spacings are decimal strings, so 36 * 5 / 1 may come out a hair above 180.
        fine.size[axis] = std::max(1, static_cast<int>(std::ceil(extent_mm / wanted_mm - 1e-6)));
        fine.spacing_mm[axis] = extent_mm / fine.size[axis];
        const double shift_mm = (fine.spacing_mm[axis] - source.spacing_mm[axis]) / 2;
        for (std::size_t c = 0; c < 3; ++c)
            fine.origin_lps_mm[c] += source.axes[axis][c] * shift_mm;
    }
    return fine;
}

}  // namespace iqt
