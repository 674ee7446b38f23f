// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace iqt {

using Vec3 = std::array<double, 3>;

double dot(const Vec3& a, const Vec3& b);
Vec3 cross(const Vec3& a, const Vec3& b);
double norm(const Vec3& a);

/// A regular voxel grid in the patient's frame of reference, apart from any voxel values.
/// Index order is always i (column, fastest in memory), j (row), k (slice). Millimetres, LPS:
/// x towards the patient's left, y posterior, z superior (PS3.3 C.7.6.2.1.1).
struct Geometry {
    std::array<int, 3> size{0, 0, 0};  ///< voxels along i, j, k
    Vec3 spacing_mm{1, 1, 1};          ///< distance between voxel centres along i, j, k
    Vec3 origin_lps_mm{0, 0, 0};       ///< centre of voxel (0,0,0)
    std::array<Vec3, 3> axes{Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}};  ///< unit, LPS

    std::size_t voxel_count() const;
    /// Patient position of a (fractional) voxel index.
    Vec3 point_lps_mm(double i, double j, double k) const;
    /// Fractional voxel index of a patient position; the inverse of point_lps_mm.
    Vec3 index(const Vec3& point_lps_mm) const;
    /// Axis of the largest spacing: the direction the slices were acquired along (2 on a tie).
    int slice_axis() const;

    friend bool operator==(const Geometry&, const Geometry&) = default;
};

/// The enhanced grid of a source grid: per axis n' = ceil(n s / min(s, target)), s' = n s / n', so
/// that both volume edges (not the first voxel centres) coincide and no axis gets coarser.
Geometry refine(const Geometry& source, double target_spacing_mm);

}  // namespace iqt
