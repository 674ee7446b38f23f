// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/inside.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::qa {
namespace {

constexpr float kBrightest = 1.5F;  // fluid in T2, fat and vessels would outweigh all else
constexpr int kSeenMin = 4;         // of the 8 points that a cube is the mean of
constexpr int kPointsMax = 200;     // an axis: 0.8 m, more than a head coil holds

using Index = std::array<int, 3>;

/// Points of the patient's axes within the field of view.
Geometry points_within(const Geometry& g) {
    const auto [low, high] = outer_bounds_lps_mm(g);
    Geometry points;
    for (std::size_t a = 0; a < 3; ++a) {
        points.size[a] = std::max(1, static_cast<int>((high[a] - low[a]) / Inside::kStepMm));
        points.spacing_mm[a] = Inside::kStepMm;
        points.origin_lps_mm[a] = (low[a] + high[a] - (points.size[a] - 1) * Inside::kStepMm) / 2;
    }
    return points;
}

/// Voxel that holds a point; nothing outside the field of view.
bool voxel_at(const Geometry& g, const Vec3& point_lps_mm, Index& voxel) {
    const Vec3 at = g.index(point_lps_mm);
    for (std::size_t a = 0; a < 3; ++a) {
        if (at[a] < -0.5 || at[a] > g.size[a] - 0.5) return false;
        voxel[a] = std::clamp(static_cast<int>(std::lround(at[a])), 0, g.size[a] - 1);
    }
    return true;
}

}  // namespace

Inside look_inside(const Stack& stack) {
    const Geometry& g = stack.coarse.geometry;
    const Geometry points = points_within(g);
    Inside out;
    if (!(stack.head_median > 0)) return out;
    const auto [least, most] = std::minmax_element(points.size.begin(), points.size.end());
    if (*least < 2 || *most > kPointsMax) return out;
    const Volume smooth = grid::blur(stack.coarse, {Inside::kStepMm, Inside::kStepMm, 0.0});
    const Volume at = grid::resample_free(smooth, points, grid::Kernel::Linear);
    Grid<std::uint8_t> seen(points), head(points);
    for (int z = 0; z < points.size[2]; ++z)
        for (int y = 0; y < points.size[1]; ++y)
            for (int x = 0; x < points.size[0]; ++x) {
                Index voxel{};
                if (!voxel_at(g, points.point_lps_mm(x, y, z), voxel)) continue;
                seen.at(x, y, z) = 1;
                head.at(x, y, z) = stack.head.at(voxel[0], voxel[1], voxel[2]) != 0 ? 1 : 0;
            }
    for (std::size_t a = 0; a < 3; ++a) out.size[a] = points.size[a] - 1;
    const std::size_t count = out.offset(0, 0, out.size[2]);
    out.value.assign(count, 0.0F);
    out.seen.assign(count, 0);
    double weight = 0;
    for (int z = 0; z < out.size[2]; ++z)
        for (int y = 0; y < out.size[1]; ++y)
            for (int x = 0; x < out.size[0]; ++x) {
                float sum = 0;
                int held = 0, of_head = 0;
                for (int n = 0; n < 8; ++n) {
                    const Index c{x + n % 2, y + n / 2 % 2, z + n / 4};
                    of_head += head.at(c[0], c[1], c[2]);
                    if (seen.at(c[0], c[1], c[2]) == 0) continue;
                    sum += at.at(c[0], c[1], c[2]);
                    ++held;
                }
                weight += of_head;
                out.middle[0] += of_head * x;
                out.middle[1] += of_head * y;
                out.middle[2] += of_head * z;
                if (held < kSeenMin) continue;
                const float mean = sum / static_cast<float>(held);
                const std::size_t to = out.offset(x, y, z);
                out.value[to] = std::min(kBrightest, mean / static_cast<float>(stack.head_median));
                out.seen[to] = 1;
            }
    if (!(weight > 0)) return {};
    for (double& c : out.middle) c /= weight;
    return out;
}

Inside reversed(const Inside& inside, bool upside_down, bool back_to_front) {
    Inside out = inside;
    for (int z = 0; z < out.size[2]; ++z)
        for (int y = 0; y < out.size[1]; ++y) {
            const int from_z = upside_down ? out.size[2] - 1 - z : z;
            const int from_y = back_to_front ? out.size[1] - 1 - y : y;
            const auto from = static_cast<std::ptrdiff_t>(inside.offset(0, from_y, from_z));
            const auto to = static_cast<std::ptrdiff_t>(out.offset(0, y, z));
            std::copy_n(inside.value.begin() + from, out.size[0], out.value.begin() + to);
            std::copy_n(inside.seen.begin() + from, out.size[0], out.seen.begin() + to);
        }
    if (upside_down) out.middle[2] = out.size[2] - 1 - out.middle[2];
    if (back_to_front) out.middle[1] = out.size[1] - 1 - out.middle[1];
    return out;
}

}  // namespace iqt::qa
