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
