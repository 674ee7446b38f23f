// SPDX-License-Identifier: Apache-2.0
#include "models/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/reorient.hpp"
#include "pipeline/core/assert.hpp"
#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/separable.hpp"

namespace iqt::models {
namespace {

/// SplitMix64's finaliser (Steele, Lea & Flood 2014): one well mixed word per counter value.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31U);
}

/// Uniform in (0, 1], 53 bits.
double uniform(std::uint64_t word) {
    return (static_cast<double>(word >> 11U) + 1.0) * 0x1.0p-53;
}

}  // namespace

Geometry native_grid(const Geometry& high_quality, double in_plane_mm, double slice_mm) {
    IQT_ASSERT(in_plane_mm > 0 && slice_mm > 0);
    Geometry native = high_quality;
    native.spacing_mm = {in_plane_mm, in_plane_mm, slice_mm};
    const Vec3 centre = high_quality.point_lps_mm((high_quality.size[0] - 1) / 2.0,
                                                  (high_quality.size[1] - 1) / 2.0,
                                                  (high_quality.size[2] - 1) / 2.0);
    native.origin_lps_mm = centre;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const double extent_mm = high_quality.size[axis] * high_quality.spacing_mm[axis];
        native.size[axis] =
            std::max(1, static_cast<int>(std::floor(extent_mm / native.spacing_mm[axis] + 1e-6)));
        const double half_mm = (native.size[axis] - 1) / 2.0 * native.spacing_mm[axis];
        for (std::size_t c = 0; c < 3; ++c)
            native.origin_lps_mm[c] -= native.axes[axis][c] * half_mm;
    }
    return native;
}

void add_rician_noise(Volume& volume, double sigma, std::uint64_t seed) {
    if (!(sigma > 0)) return;
    const std::uint64_t key = mix(seed);
    grid::parallel_for(volume.voxels.size(), 32768, [&](std::size_t begin, std::size_t end) {
        for (std::size_t v = begin; v < end; ++v) {
            const std::uint64_t counter = key + 2 * static_cast<std::uint64_t>(v);
            const double radius = sigma * std::sqrt(-2 * std::log(uniform(mix(counter))));
            const double angle = 2 * std::numbers::pi * uniform(mix(counter + 1));
            const double real = static_cast<double>(volume.voxels[v]) + radius * std::cos(angle);
            volume.voxels[v] = static_cast<float>(std::hypot(real, radius * std::sin(angle)));
        }
    });
}

Simulation simulate(const Volume& high_quality, const SimulateOptions& options,
                    std::uint64_t seed) {
    const Volume turned = with_slices_along_k(high_quality, options.slice_axis);
    Simulation result;
    result.low_field =
        grid::acquire(turned, native_grid(turned.geometry, options.in_plane_mm, options.slice_mm),
                      {{options.in_plane_fwhm, options.in_plane_fwhm, options.slice_fwhm}});
    if (options.snr > 0) {
        const double white_matter = options.white_matter > 0
                                        ? options.white_matter
                                        : white_matter_mean(high_quality, options.contrast);
        result.noise_sd = white_matter / options.snr;
        add_rician_noise(result.low_field, result.noise_sd, seed);
    }
    return result;
}

}  // namespace iqt::models
