// SPDX-License-Identifier: Apache-2.0
#include "models/train/periventricular.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "models/random.hpp"
#include "models/train/regions.hpp"

namespace iqt::models::train {
namespace {

constexpr double kHoleMm = 15;     ///< half the width of a ventricle that the mask may leave out
constexpr double kInsideMm = 15;   ///< how far inside the brain a ventricle lies
constexpr double kRegionMl = 0.2;  ///< smaller regions of fluid are vessels and noise
constexpr double kGapMm = 3;       ///< most between ventricle and the lesion's tip
constexpr double kApartMm = 5;     ///< least between the edges of two lesions

Vec3 point_of(const Geometry& g, std::size_t v) {
    const auto ni = static_cast<std::size_t>(g.size[0]), nj = static_cast<std::size_t>(g.size[1]);
    return g.point_lps_mm(static_cast<double>(v % ni), static_cast<double>(v / ni % nj),
                          static_cast<double>(v / (ni * nj)));
}

Vec3 from_to(const Vec3& a, const Vec3& b) {
    return {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
}

/// Fluid deep inside the brain, in regions of some size.
Mask ventricles(const Mask& tissues, const Mask& brain) {
    Mask fluid = eroded(brain, kInsideMm);
    for (std::size_t v = 0; v < fluid.voxels.size(); ++v)
        fluid.voxels[v] = fluid.voxels[v] != 0 && tissues.voxels[v] == 3 ? 1 : 0;
    std::vector<int> label;
    const auto sizes = connected_regions(fluid, &label);
    const Vec3& s = fluid.geometry.spacing_mm;
    for (std::size_t v = 0; v < fluid.voxels.size(); ++v)
        if (fluid.voxels[v] != 0 &&
            static_cast<double>(sizes[static_cast<std::size_t>(label[v]) - 1]) * s[0] * s[1] *
                    s[2] <
                1000 * kRegionMl)
            fluid.voxels[v] = 0;
    return fluid;
}

/// The voxels of a mask that have a face outside it: all that a distance to it needs.
std::vector<Vec3> border_points(const Mask& mask) {
    const Mask core = eroded(
        mask, *std::min_element(mask.geometry.spacing_mm.begin(), mask.geometry.spacing_mm.end()));
    std::vector<Vec3> out;
    for (std::size_t v = 0; v < mask.voxels.size(); ++v)
        if (mask.voxels[v] != 0 && core.voxels[v] == 0) out.push_back(point_of(mask.geometry, v));
    return out;
}

/// From the nearest of the points to `at`.
Vec3 way_from(const std::vector<Vec3>& points, const Vec3& at) {
    Vec3 best{};
    double least = std::numeric_limits<double>::infinity();
    for (const Vec3& p : points) {
        const Vec3 way = from_to(p, at);
        if (const double square = dot(way, way); square < least) {
            least = square;
            best = way;
        }
    }
    return best;
}

/// Share of the lesion that is white matter.
double share_in_white(const Mask& tissues, const Lesion& lesion) {
    double inside = 0, all = 0;
    const int n = std::max(2, static_cast<int>(std::lround(lesion.diameter_mm / 2)));
    for (int k = -n; k <= n; ++k)
        for (int j = -n; j <= n; ++j)
            for (int i = -n; i <= n; ++i) {
                const double step = lesion.diameter_mm / 2 / n;
                Vec3 p = lesion.centre_lps_mm;
                p[0] += i * step;
                p[1] += j * step;
                p[2] += k * step;
                if (edge_distance_mm(lesion, p) > 0) continue;
                all += 1;
                const Vec3 at = tissues.geometry.index(p);
                std::array<int, 3> voxel{};
                bool is_there = true;
                for (std::size_t a = 0; a < 3; ++a) {
                    voxel[a] = static_cast<int>(std::lround(at[a]));
                    is_there = is_there && voxel[a] >= 0 && voxel[a] < tissues.geometry.size[a];
                }
                inside += is_there && tissues.at(voxel[0], voxel[1], voxel[2]) == 1 ? 1 : 0;
            }
    return all > 0 ? inside / all : 0;
}

/// White matter that a lesion of this length may have its centre in, roughly (by faces).
std::vector<std::size_t> white_near(const Mask& tissues, const Mask& fluid, double reach_mm) {
    const Mask near = eroded(fluid, -reach_mm);
    std::vector<std::size_t> out;
    for (std::size_t v = 0; v < near.voxels.size(); ++v)
        if (near.voxels[v] != 0 && tissues.voxels[v] == 1) out.push_back(v);
    return out;
}

}  // namespace

std::vector<Lesion> plan_periventricular(const Volume& high_quality, Contrast contrast,
                                         const std::vector<double>& diameters_mm, int each,
                                         std::uint64_t seed) {
    constexpr int kTries = 400;
    std::vector<Lesion> out;
    const Mask brain = eroded(eroded(brain_mask(high_quality, contrast), -kHoleMm), kHoleMm);
    const Mask tissues = segment(high_quality, brain, fit_tissues(high_quality, contrast));
    const Mask fluid = ventricles(tissues, brain);
    const std::vector<Vec3> border = border_points(fluid);
    if (border.empty()) return out;
    const std::uint64_t key = random::mix(seed ^ 0x4D53ULL);
    std::uint64_t counter = 0;
    std::vector<double> order = diameters_mm;
    std::sort(order.rbegin(), order.rend());  // the largest find room first
    for (const double diameter : order) {
        const auto candidates = white_near(tissues, fluid, diameter / 2 + kGapMm);
        for (int n = 0; n < each && !candidates.empty(); ++n) {
            Lesion best{LesionKind::MsLike, diameter, {}, {}};
            double best_share = 0;
            for (int tries = 0; tries < kTries; ++tries) {
                const double pick = random::uniform(random::mix(key + ++counter)) * 0.999999 *
                                    static_cast<double>(candidates.size());
                Lesion lesion{
                    LesionKind::MsLike,
                    diameter,
                    point_of(tissues.geometry, candidates[static_cast<std::size_t>(pick)]),
                    {}};
                const bool is_clear = std::all_of(out.begin(), out.end(), [&](const Lesion& other) {
                    return norm(from_to(other.centre_lps_mm, lesion.centre_lps_mm)) >
                           (other.diameter_mm + diameter) / 2 + kApartMm;
                });
                if (!is_clear) continue;
                lesion.long_axis = way_from(border, lesion.centre_lps_mm);
                const double distance = norm(lesion.long_axis);
                if (distance < diameter / 2 || distance > diameter / 2 + kGapMm) continue;
                for (double& c : lesion.long_axis) c /= distance;
                const double share = share_in_white(tissues, lesion);
                if (share <= best_share) continue;
                best_share = share;
                best = lesion;
            }
            if (best_share > 0) out.push_back(best);
        }
    }
    return out;
}

}  // namespace iqt::models::train
