// SPDX-License-Identifier: Apache-2.0
#include "models/train/augment_lesions.hpp"

#include <algorithm>
#include <cmath>

#include "models/train/augment.hpp"

namespace iqt::models::train {
namespace {

constexpr double kMostWeight = 11;  // of a lesion's voxel, beyond the 1 of every other
constexpr float kLeast = 0.08F;     // air and bone have no lesions

struct Ellipsoid {
    std::array<double, 3> centre{}, radii_mm{};  ///< centre in voxels
    double change = 0, edge_mm = 1;
};

Ellipsoid draw_ellipsoid(const Volume& volume, double least_mm, double most_mm,
                         std::mt19937_64& random) {
    Ellipsoid e;
    const auto& n = volume.geometry.size;
    // A place inside the head; blocks are centred on it, so that a few tries find one.
    for (int tries = 0; tries < 20; ++tries) {
        std::array<int, 3> at{};
        for (std::size_t a = 0; a < 3; ++a)
            at[a] = std::min(n[a] - 1, static_cast<int>(uniform(random, 0, n[a])));
        e.centre = {static_cast<double>(at[0]), static_cast<double>(at[1]),
                    static_cast<double>(at[2])};
        if (volume.at(at[0], at[1], at[2]) > 0.15F) break;
    }
    const double diameter = std::exp(uniform(random, std::log(least_mm), std::log(most_mm)));
    for (double& r : e.radii_mm) r = diameter / 2 * std::exp(uniform(random, -0.35, 0.35));
    e.change = uniform(random, 0.12, 0.8) * (uniform(random, 0, 1) < 0.5 ? -1 : 1);
    e.edge_mm = uniform(random, 0, 1) < 0.6 ? 1 : uniform(random, 1, 5);
    return e;
}

/// What an error in a lesion costs: a small one is few voxels of a patch, and would be given up for
/// the noise around it.
float loss_weight(double diameter_mm) {
    return static_cast<float>(1 + std::min(kMostWeight, 6 * std::pow(5 / diameter_mm, 1.5)));
}

/// Calls change(i, j, k, voxel) for the voxels of the head in a box, `reach_mm` to each side, and
/// raises the weight where it says that it painted.
template <class Change>
void paint(Volume& volume, Volume& weights, const Vec3& centre, const Vec3& reach_mm, float weight,
           Change&& change) {
    const Geometry& g = volume.geometry;
    std::array<int, 3> from{}, to{};
    for (std::size_t a = 0; a < 3; ++a) {
        const double reach = reach_mm[a] / g.spacing_mm[a];
        from[a] = std::max(0, static_cast<int>(centre[a] - reach));
        to[a] = std::min(g.size[a] - 1, static_cast<int>(centre[a] + reach) + 1);
    }
    for (int k = from[2]; k <= to[2]; ++k)
        for (int j = from[1]; j <= to[1]; ++j)
            for (int i = from[0]; i <= to[0]; ++i) {
                float& v = volume.at(i, j, k);
                if (v < kLeast || !change(i, j, k, v)) continue;
                float& w = weights.at(i, j, k);
                w = std::max(w, weight);
            }
}

void put(const Ellipsoid& e, Volume& volume, Volume& weights) {
    const Vec3 spacing = volume.geometry.spacing_mm;
    const double smallest = std::min({e.radii_mm[0], e.radii_mm[1], e.radii_mm[2]});
    const double diameter_mm = 2 * std::cbrt(e.radii_mm[0] * e.radii_mm[1] * e.radii_mm[2]);
    Vec3 reach_mm{};
    for (std::size_t a = 0; a < 3; ++a) reach_mm[a] = e.radii_mm[a] + 2 * e.edge_mm;
    paint(volume, weights, e.centre, reach_mm, loss_weight(diameter_mm),
          [&](int i, int j, int k, float& v) {
              const double x = (i - e.centre[0]) * spacing[0] / e.radii_mm[0];
              const double y = (j - e.centre[1]) * spacing[1] / e.radii_mm[1];
              const double z = (k - e.centre[2]) * spacing[2] / e.radii_mm[2];
              const double beyond_mm = (std::sqrt(x * x + y * y + z * z) - 1) * smallest;
              const double share = std::clamp(0.5 - beyond_mm / e.edge_mm, 0.0, 1.0);
              v = static_cast<float>(
                  std::clamp(static_cast<double>(v) + share * e.change, 0.05, 1.3));
              return share > 0;
          });
}

/// Mean of 3 x 3 x 3 voxels about a point; 0 where some are outside.
double mean_at(const Volume& volume, const Vec3& point_lps_mm) {
    const Vec3 at = volume.geometry.index(point_lps_mm);
    std::array<int, 3> c{};
    for (std::size_t a = 0; a < 3; ++a) {
        c[a] = static_cast<int>(std::lround(at[a]));
        if (c[a] < 1 || c[a] + 2 > volume.geometry.size[a]) return 0;
    }
    double sum = 0;
    for (int n = 0; n < 27; ++n)
        sum += static_cast<double>(
            volume.at(c[0] + n % 3 - 1, c[1] + n / 3 % 3 - 1, c[2] + n / 9 - 1));
    return sum / 27;
}

/// Brightness over the white matter's around it.
double draw_brightness(std::optional<Contrast> contrast, std::mt19937_64& random) {
    const double kind = uniform(random, 0, 1), strength = uniform(random, 0, 1);
    if (contrast == Contrast::T1 || (!contrast && kind < 0.5)) return 0.4 + 0.45 * strength;
    if (contrast == Contrast::T2) return 1.3 + 1.1 * strength;
    return 1.2 + 0.7 * strength;
}

void put(const Lesion& lesion, double level, Volume& volume, Volume& weights) {
    constexpr double kEdgeMm = 1;
    const Geometry& g = volume.geometry;
    const double reach = lesion.diameter_mm / 2 + kEdgeMm;
    const double diameter_mm = lesion.diameter_mm * std::cbrt(kShortAxis * kShortAxis);
    paint(volume, weights, g.index(lesion.centre_lps_mm), {reach, reach, reach},
          loss_weight(diameter_mm), [&](int i, int j, int k, float& v) {
              const double beyond_mm = edge_distance_mm(lesion, g.point_lps_mm(i, j, k));
              const double share = std::clamp(0.5 - beyond_mm / kEdgeMm, 0.0, 1.0);
              v = static_cast<float>(static_cast<double>(v) * (1 - share) + level * share);
              return share > 0;
          });
}

}  // namespace

Volume add_lesions(Volume& volume, std::mt19937_64& random) {
    Volume weights(volume.geometry);
    std::fill(weights.voxels.begin(), weights.voxels.end(), 1.0F);
    const int count = 1 + static_cast<int>(uniform(random, 0, 6));
    for (int n = 0; n < count; ++n) put(draw_ellipsoid(volume, 2.5, 20, random), volume, weights);
    return weights;
}

void add_small_lesions(Volume& volume, Volume& weights, int count, std::mt19937_64& random) {
    for (int n = 0; n < count; ++n) put(draw_ellipsoid(volume, 2.5, 6, random), volume, weights);
}

void add_periventricular(Volume& volume, Volume& weights, const std::vector<Lesion>& planned,
                         std::optional<Contrast> contrast, std::mt19937_64& random) {
    const double share = uniform(random, 0.2, 0.8);
    for (Lesion lesion : planned) {
        const bool wanted = uniform(random, 0, 1) < share;
        const double size = std::exp(uniform(random, -0.22, 0.22));
        const double brightness = draw_brightness(contrast, random);
        lesion.diameter_mm *= size;
        Vec3 beyond = lesion.centre_lps_mm;
        for (std::size_t a = 0; a < 3; ++a)
            beyond[a] += lesion.long_axis[a] * (lesion.diameter_mm / 2 + 2.5);
        const double around = mean_at(volume, beyond);
        if (wanted && around > static_cast<double>(kLeast))
            put(lesion, std::clamp(around * brightness, 0.05, 1.3), volume, weights);
    }
}

}  // namespace iqt::models::train
