// SPDX-License-Identifier: Apache-2.0
#include "models/train/lesions.hpp"

#include <algorithm>
#include <cmath>

#include "models/random.hpp"
#include "models/tissue.hpp"
#include "models/train/periventricular.hpp"
#include "models/train/regions.hpp"
#include "pipeline/grid/forward_model.hpp"

namespace iqt::models::train {
namespace {

double distance_mm(const Vec3& a, const Vec3& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// How far along the long axis from the centre; 0 for a ball.
double along_axis_mm(const Lesion& lesion, const Vec3& p) {
    const Vec3& c = lesion.centre_lps_mm;
    return dot({p[0] - c[0], p[1] - c[1], p[2] - c[2]}, lesion.long_axis);
}

/// The lesion's radius in the direction of a point that is `d` mm from its centre.
double radius_towards(const Lesion& lesion, const Vec3& p, double d) {
    const double radius = lesion.diameter_mm / 2;
    if (lesion.long_axis == Vec3{0, 0, 0}) return radius;
    if (!(d > 0)) return kShortAxis * radius;
    const double along = along_axis_mm(lesion, p) / d;
    const double across = std::sqrt(std::max(0.0, 1 - along * along));
    return radius / std::hypot(along, across / kShortAxis);
}

/// Calls body(i, j, k, distance to the centre in mm) for the voxels within `reach_mm`.
template <class Body>
void around(const Geometry& g, const Vec3& centre_lps_mm, double reach_mm, Body&& body) {
    const Vec3 at = g.index(centre_lps_mm);
    std::array<int, 3> low{}, high{};
    for (std::size_t a = 0; a < 3; ++a) {
        const double reach = reach_mm / g.spacing_mm[a];
        low[a] = std::max(0, static_cast<int>(std::floor(at[a] - reach)));
        high[a] = std::min(g.size[a] - 1, static_cast<int>(std::ceil(at[a] + reach)));
    }
    for (int k = low[2]; k <= high[2]; ++k)
        for (int j = low[1]; j <= high[1]; ++j)
            for (int i = low[0]; i <= high[0]; ++i)
                body(i, j, k, distance_mm(g.point_lps_mm(i, j, k), centre_lps_mm));
}

/// Share of white matter within `reach_mm`.
double white_share(const Mask& white, const Vec3& centre, double reach_mm) {
    double inside = 0, all = 0;
    around(white.geometry, centre, reach_mm, [&](int i, int j, int k, double d) {
        if (d > reach_mm) return;
        inside += white.at(i, j, k);
        all += 1;
    });
    return all > 0 ? inside / all : 0;
}

}  // namespace

std::string to_string(LesionKind kind) {
    switch (kind) {
        case LesionKind::Plaque:
            return "plaque";
        case LesionKind::Cyst:
            return "cyst";
        case LesionKind::Oedema:
            return "oedema";
        case LesionKind::MsLike:
            return "MS-like";
    }
    return {};
}

double edge_distance_mm(const Lesion& lesion, const Vec3& point_lps_mm) {
    const double d = distance_mm(point_lps_mm, lesion.centre_lps_mm);
    return d - radius_towards(lesion, point_lps_mm, d);
}

double lesion_brightness(LesionKind kind, Contrast contrast) {
    const auto c = static_cast<std::size_t>(contrast);  // T1, T2, FLAIR
    static_assert(static_cast<int>(Contrast::T1) == 0 && static_cast<int>(Contrast::Flair) == 2);
    switch (kind) {
        case LesionKind::Plaque:
        case LesionKind::MsLike:
            return std::array<double, 3>{0.6, 2.0, 1.6}[c];
        case LesionKind::Cyst:
            return std::array<double, 3>{0.25, 3.0, 0.25}[c];
        case LesionKind::Oedema:
            return std::array<double, 3>{0.8, 1.6, 1.4}[c];
    }
    return 1;
}

std::vector<Lesion> plan_lesions(const Volume& high_quality, Contrast contrast, LesionKind kind,
                                 const std::vector<double>& diameters_mm, int each,
                                 std::uint64_t seed) {
    if (kind == LesionKind::MsLike)
        return plan_periventricular(high_quality, contrast, diameters_mm, each, seed);
    const Mask brain = brain_mask(high_quality, contrast);
    Mask white = segment(high_quality, brain, fit_tissues(high_quality, contrast));
    std::vector<std::size_t> candidates;
    for (std::size_t n = 0; n < white.voxels.size(); ++n) {
        white.voxels[n] = white.voxels[n] == 1 ? 1 : 0;
        if (white.voxels[n] != 0) candidates.push_back(n);
    }
    std::vector<Lesion> out;
    if (candidates.empty()) return out;
    const std::uint64_t key = random::mix(seed ^ 0x6C6573ULL);
    std::uint64_t counter = 0;
    std::vector<double> order = diameters_mm;
    std::sort(order.rbegin(), order.rend());  // the largest find room first
    for (const double diameter : order)
        for (int n = 0; n < each; ++n) {
            Lesion best{kind, diameter, {}, {}};
            double best_share = -1;
            for (int tries = 0; tries < 200; ++tries) {
                const auto pick =
                    static_cast<std::size_t>(random::uniform(random::mix(key + ++counter)) *
                                             0.999999 * static_cast<double>(candidates.size()));
                const std::size_t v = candidates[pick];
                const auto& size = white.geometry.size;
                const auto ni = static_cast<std::size_t>(size[0]);
                const auto nj = static_cast<std::size_t>(size[1]);
                const Vec3 at = white.geometry.point_lps_mm(static_cast<double>(v % ni),
                                                            static_cast<double>(v / ni % nj),
                                                            static_cast<double>(v / (ni * nj)));
                const bool clear = std::all_of(out.begin(), out.end(), [&](const Lesion& l) {
                    return distance_mm(l.centre_lps_mm, at) > (l.diameter_mm + diameter) / 2 + 10;
                });
                if (!clear) continue;
                const double share = white_share(white, at, diameter / 2 + 2);
                if (share > best_share) {
                    best_share = share;
                    best.centre_lps_mm = at;
                }
            }
            if (best_share >= 0) out.push_back(best);
        }
    return out;
}

Volume with_lesions(const Volume& high_quality, Contrast contrast,
                    const std::vector<Lesion>& lesions) {
    Volume out = high_quality;
    const double white = fit_tissues(high_quality, contrast).white.mean;
    for (const Lesion& lesion : lesions) {
        const double target = white * lesion_brightness(lesion.kind, contrast);
        const double edge = lesion.kind == LesionKind::Oedema ? 4 : 1;  // mm from all to nothing
        const double reach = lesion.diameter_mm / 2 + edge;
        const Geometry& g = out.geometry;
        around(g, lesion.centre_lps_mm, reach, [&](int i, int j, int k, double) {
            double share = 0;
            for (int n = 0; n < 27; ++n) {
                const Vec3 p = g.point_lps_mm(i + (n % 3 - 1) / 3.0, j + (n / 3 % 3 - 1) / 3.0,
                                              k + (n / 9 - 1) / 3.0);
                const double d = distance_mm(p, lesion.centre_lps_mm);
                const double radius = radius_towards(lesion, p, d);
                share += std::clamp((radius + edge / 2 - d) / edge, 0.0, 1.0) / 27;
            }
            float& v = out.at(i, j, k);
            v = static_cast<float>(static_cast<double>(v) * (1 - share) + target * share);
        });
    }
    return out;
}

LesionContrast measure_contrast(const Volume& image, const Lesion& lesion) {
    const double reach = lesion.diameter_mm / 2 + 5;
    double inside = 0, n_inside = 0, shell = 0, squares = 0, n_shell = 0;
    around(image.geometry, lesion.centre_lps_mm, reach, [&](int i, int j, int k, double d) {
        const double v = static_cast<double>(image.at(i, j, k));
        const Vec3 p = image.geometry.point_lps_mm(i, j, k);
        const double radius = radius_towards(lesion, p, d);
        if (d <= std::max(0.7 * radius, 0.9)) {
            inside += v;
            n_inside += 1;
        } else if (d >= radius + 2 && d <= radius + 5 && along_axis_mm(lesion, p) >= 0) {
            shell += v;
            squares += v * v;
            n_shell += 1;
        }
    });
    if (n_inside == 0 || n_shell < 2) return {};
    const double mean = shell / n_shell;
    const double sd = std::sqrt(std::max(1e-12, squares / n_shell - mean * mean));
    return {inside / n_inside - mean, sd};
}

double noise_variance(const Volume& a, const Volume& b, const Lesion& lesion) {
    double squares = 0, n = 0;
    around(a.geometry, lesion.centre_lps_mm, lesion.diameter_mm / 2 + 5,
           [&](int i, int j, int k, double d) {
               if (d > lesion.diameter_mm / 2 + 5) return;
               const double difference =
                   static_cast<double>(a.at(i, j, k)) - static_cast<double>(b.at(i, j, k));
               squares += difference * difference;
               n += 1;
           });
    return n > 0 ? squares / n / 2 : 0;
}

double largest_change_ml(const Volume& image, const Volume& truth, const Mask& where,
                         double threshold, bool upwards) {
    const Volume a = grid::blur(image, {3, 3, 3}), b = grid::blur(truth, {3, 3, 3});
    Mask changed(truth.geometry);
    for (std::size_t n = 0; n < changed.voxels.size(); ++n) {
        const double d = static_cast<double>(a.voxels[n]) - static_cast<double>(b.voxels[n]);
        changed.voxels[n] = where.voxels[n] != 0 && (upwards ? d : -d) > threshold ? 1 : 0;
    }
    const auto sizes = connected_regions(changed);
    const auto& s = truth.geometry.spacing_mm;
    return sizes.empty() ? 0 : static_cast<double>(sizes.front()) * s[0] * s[1] * s[2] / 1000;
}

}  // namespace iqt::models::train
