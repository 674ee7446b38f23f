// SPDX-License-Identifier: Apache-2.0
#include "models/simulate.hpp"

#include <algorithm>
#include <cmath>

#include "models/random.hpp"
#include "models/reorient.hpp"
#include "models/tissue.hpp"
#include "pipeline/core/assert.hpp"
#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/separable.hpp"

namespace iqt::models {
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
    const std::uint64_t key = random::mix(seed);
    grid::parallel_for(volume.voxels.size(), 32768, [&](std::size_t begin, std::size_t end) {
        for (std::size_t v = begin; v < end; ++v) {
            const auto noise = random::normals(key, v);
            volume.voxels[v] = static_cast<float>(std::hypot(
                static_cast<double>(volume.voxels[v]) + sigma * noise.a, sigma * noise.b));
        }
    });
}

namespace {

/// What changes the object's brightness before it is acquired.
Volume altered(const Volume& high_quality, const SimulateOptions& o, double white_matter,
               std::uint64_t seed) {
    Volume out = o.recontrast ? recontrast_object(high_quality, o, seed) : high_quality;
    if (o.gamma != 1) out = apply_gamma(out, o.gamma, white_matter);
    if (o.bias_strength > 0) out = apply_bias_field(out, o.bias_strength, seed);
    return out;
}

/// The turn that was asked for, with what the seed adds.
Vec3 turn_deg(const SimulateOptions& o, std::uint64_t seed) {
    Vec3 turn = o.rotate_deg;
    const std::uint64_t key = random::mix(seed ^ 0x7475726EULL);
    for (std::size_t axis = 0; axis < 3; ++axis)
        turn[axis] += o.rotate_within_deg * (2 * random::uniform(random::mix(key + axis)) - 1);
    return turn;
}

}  // namespace

Volume recontrast_object(const Volume& high_quality, const SimulateOptions& options,
                         std::uint64_t seed) {
    return recontrast(high_quality, options.contrast, options.recontrast_jitter, seed,
                      options.times);
}

Simulation simulate(const Volume& high_quality, const SimulateOptions& options,
                    std::uint64_t seed) {
    const bool alters = options.recontrast || options.gamma != 1 || options.bias_strength > 0;
    double white_matter = options.white_matter;
    if (!(white_matter > 0) && (options.snr > 0 || alters))
        white_matter = white_matter_mean(high_quality, options.contrast);
    const Volume turned = with_slices_along_k(
        head_turned(alters ? altered(high_quality, options, white_matter, seed) : high_quality,
                    turn_deg(options, seed)),
        options.slice_axis);
    Geometry native = native_grid(turned.geometry, options.in_plane_mm, options.slice_mm);
    const Vec3 shift{options.in_plane_shift[0], options.in_plane_shift[1], options.grid_shift};
    for (std::size_t axis = 0; axis < 3; ++axis)
        for (std::size_t c = 0; c < 3; ++c)
            native.origin_lps_mm[c] += native.axes[axis][c] * shift[axis] * native.spacing_mm[axis];
    Simulation result;
    result.low_field = grid::acquire(
        turned, native, {{options.in_plane_fwhm, options.in_plane_fwhm, options.slice_fwhm}});
    if (options.snr > 0) result.noise_sd = white_matter / options.snr;
    if (!options.artefacts.any()) {
        add_rician_noise(result.low_field, result.noise_sd, seed);
        return result;
    }
    result.low_field = through_kspace(move_slices(result.low_field, options.artefacts, seed),
                                      options.artefacts, result.noise_sd, seed);
    result.noise_sd *= noise_share(options.artefacts, native.size[0], native.size[1]);
    return result;
}

}  // namespace iqt::models
