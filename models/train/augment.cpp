// SPDX-License-Identifier: Apache-2.0
#include "models/train/augment.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace iqt::models::train {
namespace {

/// A curve over the intensities 0 to 1.33, evaluated by table.
class Curve {
  public:
    template <class Function>
    explicit Curve(Function&& of) {
        for (std::size_t n = 0; n < table_.size(); ++n)
            table_[n] = static_cast<float>(of(static_cast<double>(n) / kPerUnit));
    }
    void apply(Volume& volume) const {
        for (float& v : volume.voxels) {
            const float at = std::clamp(v, 0.0F, 1.33F) * static_cast<float>(kPerUnit);
            const auto low = std::min<std::size_t>(table_.size() - 2, static_cast<std::size_t>(at));
            const float share = at - static_cast<float>(low);
            v = table_[low] * (1 - share) + table_[low + 1] * share;
        }
    }

  private:
    static constexpr double kPerUnit = 768;
    std::array<float, 1025> table_{};
};

/// Straight between knots (x rising from 0), level beyond the last.
template <std::size_t n>
double between(const std::array<std::array<double, 2>, n>& knots, double x) {
    for (std::size_t k = 1; k < n; ++k)
        if (x < knots[k][0]) {
            const double share = (x - knots[k - 1][0]) / (knots[k][0] - knots[k - 1][0]);
            return knots[k - 1][1] * (1 - share) + knots[k][1] * share;
        }
    return knots[n - 1][1];
}

constexpr double kMostWeight = 11;  // of a lesion's voxel, beyond the 1 of every other

struct Ellipsoid {
    std::array<double, 3> centre{}, radii_mm{};  ///< centre in voxels
    double change = 0, edge_mm = 1;
};

Ellipsoid draw_ellipsoid(const Volume& volume, std::mt19937_64& random) {
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
    const double diameter = std::exp(uniform(random, std::log(2.5), std::log(20.0)));
    for (double& r : e.radii_mm) r = diameter / 2 * std::exp(uniform(random, -0.35, 0.35));
    e.change = uniform(random, 0.12, 0.8) * (uniform(random, 0, 1) < 0.5 ? -1 : 1);
    e.edge_mm = uniform(random, 0, 1) < 0.6 ? 1 : uniform(random, 1, 5);
    return e;
}

/// What an error in a lesion costs: a small one is few voxels of a patch, and would be given up for
/// the noise around it.
float loss_weight(const Ellipsoid& e) {
    const double diameter_mm = 2 * std::cbrt(e.radii_mm[0] * e.radii_mm[1] * e.radii_mm[2]);
    return static_cast<float>(1 + std::min(kMostWeight, 6 * std::pow(5 / diameter_mm, 1.5)));
}

void put(const Ellipsoid& e, Volume& volume, Volume& weights) {
    const Geometry& g = volume.geometry;
    const double smallest = std::min({e.radii_mm[0], e.radii_mm[1], e.radii_mm[2]});
    std::array<int, 3> from{}, to{};
    for (std::size_t a = 0; a < 3; ++a) {
        const double reach = (e.radii_mm[a] + 2 * e.edge_mm) / g.spacing_mm[a];
        from[a] = std::max(0, static_cast<int>(e.centre[a] - reach));
        to[a] = std::min(g.size[a] - 1, static_cast<int>(e.centre[a] + reach) + 1);
    }
    for (int k = from[2]; k <= to[2]; ++k)
        for (int j = from[1]; j <= to[1]; ++j)
            for (int i = from[0]; i <= to[0]; ++i) {
                float& v = volume.at(i, j, k);
                if (v < 0.08F) continue;  // air and bone have no lesions
                const double x = (i - e.centre[0]) * g.spacing_mm[0] / e.radii_mm[0];
                const double y = (j - e.centre[1]) * g.spacing_mm[1] / e.radii_mm[1];
                const double z = (k - e.centre[2]) * g.spacing_mm[2] / e.radii_mm[2];
                const double beyond_mm = (std::sqrt(x * x + y * y + z * z) - 1) * smallest;
                const double share = std::clamp(0.5 - beyond_mm / e.edge_mm, 0.0, 1.0);
                v = static_cast<float>(
                    std::clamp(static_cast<double>(v) + share * e.change, 0.05, 1.3));
                float& w = weights.at(i, j, k);
                if (share > 0) w = std::max(w, loss_weight(e));
            }
}

}  // namespace

double uniform(std::mt19937_64& random, double low, double high) {
    return low + (high - low) * (static_cast<double>(random() >> 11) * 0x1.0p-53);
}

bool remap(Volume& volume, std::mt19937_64& random) {
    const bool curve = uniform(random, 0, 1) < 0.3;
    const double gamma = std::exp(uniform(random, -0.35, 0.35));
    std::array<double, 7> knots{};
    knots[0] = 0;
    for (std::size_t n = 1; n < knots.size(); ++n) knots[n] = uniform(random, 0.05, 1.0);
    Curve([&](double v) {
        if (!curve) return std::pow(v, gamma);
        const double at = std::min(v, 1.0) * 6.0;
        const auto low = std::min<std::size_t>(5, static_cast<std::size_t>(at));
        const double share = at - static_cast<double>(low);
        const double bent =
            knots[low] * (1 - share) + knots[low + 1] * share + std::max(0.0, v - 1.0) * 0.5;
        // Half of the curve's effect at most: its slopes would otherwise raise the truth's own
        // noise.
        return 0.35 * v + 0.65 * bent;
    }).apply(volume);
    return curve;
}

void turn_t1_into(Contrast contrast, Volume& volume, std::mt19937_64& random) {
    const auto near = [&](double value) { return value * uniform(random, 0.85, 1.15); };
    // Air, fluid, grey and white matter, fat of a T1 head over its foreground scale.
    const double fluid = near(0.2), grey = near(0.55), white = near(0.83);
    std::array<std::array<double, 2>, 5> knots;
    if (contrast == Contrast::T2)
        knots = {{{0, 0}, {fluid, near(0.9)}, {grey, near(0.48)}, {white, near(0.33)}, {1.3, 0.6}}};
    else
        knots = {
            {{0, 0}, {fluid, near(0.14)}, {grey, near(0.72)}, {white, near(0.56)}, {1.3, 0.7}}};
    Curve([&](double v) { return between(knots, v); }).apply(volume);
}

Volume add_lesions(Volume& volume, std::mt19937_64& random) {
    Volume weights(volume.geometry);
    std::fill(weights.voxels.begin(), weights.voxels.end(), 1.0F);
    const int count = 1 + static_cast<int>(uniform(random, 0, 6));
    for (int n = 0; n < count; ++n) put(draw_ellipsoid(volume, random), volume, weights);
    return weights;
}

void add_bias_field(Volume& volume, std::mt19937_64& random) {
    std::array<double, 6> c{};
    for (double& v : c) v = uniform(random, -0.15, 0.15);
    const auto& n = volume.geometry.size;
    for (int k = 0; k < n[2]; ++k) {
        const double z = 2.0 * k / n[2] - 1;
        for (int j = 0; j < n[1]; ++j) {
            const double y = 2.0 * j / n[1] - 1;
            float* row = &volume.voxels[volume.offset(0, j, k)];
            const double base = c[1] * y + c[2] * z + c[4] * y * y + c[5] * z * z;
            for (int i = 0; i < n[0]; ++i) {
                const double x = 2.0 * i / n[0] - 1;
                row[i] *= static_cast<float>(std::exp(base + c[0] * x + c[3] * x * x));
            }
        }
    }
}

SimulateOptions draw_acquisition(std::mt19937_64& random) {
    SimulateOptions o;
    o.white_matter = 1.0;
    o.in_plane_mm = uniform(random, 1.4, 1.8);
    o.slice_mm =
        uniform(random, 0, 1) < 0.3 ? uniform(random, 3.0, 7.0) : uniform(random, 4.5, 5.5);
    const double axis = uniform(random, 0, 1);
    o.slice_axis = axis < 0.6 ? 2 : axis < 0.8 ? 1 : 0;
    o.in_plane_fwhm = uniform(random, 0.9, 1.15);
    o.slice_fwhm = uniform(random, 0.9, 1.1);
    o.snr = 1.0 / std::exp(uniform(random, std::log(0.008), std::log(0.09)));
    if (uniform(random, 0, 1) < 0.12) {
        o.artefacts.output_in_plane_mm = o.in_plane_mm * 0.5;  // as newer scanners send
        o.artefacts.mtf_at_nyquist = uniform(random, 0.5, 1);
    }
    if (uniform(random, 0, 1) < 0.1) {
        o.artefacts.mtf_at_nyquist = uniform(random, 0.4, 1);
        o.artefacts.ghost = uniform(random, 0, 0.06);
        if (uniform(random, 0, 1) < 0.3) o.artefacts.motion_mm = uniform(random, 0, 0.8);
        if (uniform(random, 0, 1) < 0.2) o.artefacts.zipper = uniform(random, 0, 0.3);
        if (uniform(random, 0, 1) < 0.2) o.artefacts.spike = uniform(random, 0, 0.3);
    }
    return o;
}

}  // namespace iqt::models::train
