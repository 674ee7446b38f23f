// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/forward_model.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "pipeline/core/assert.hpp"
#include "pipeline/grid/separable.hpp"

namespace iqt::grid {
namespace {

AxisMap blur_map(int size, const std::vector<double>& taps) {
    AxisMapBuilder builder(size, static_cast<int>(taps.size()));
    const int radius = static_cast<int>(taps.size()) / 2;
    for (int m = 0; m < size; ++m) builder.add(m - radius, taps);
    return builder.take();
}

/// Blur and linear sampling in one map: only what is asked for is computed.
AxisMap acquisition_map(const Geometry& fine, const Geometry& native, std::size_t axis,
                        double fwhm_voxels) {
    const std::vector<double> gauss = gaussian_taps(
        sigma_from_fwhm(fwhm_voxels) * native.spacing_mm[axis] / fine.spacing_mm[axis]);
    const AxisAlignment line = align(fine, native, axis);
    const int radius = static_cast<int>(gauss.size()) / 2;
    AxisMapBuilder builder(fine.size[axis], static_cast<int>(gauss.size()) + 1);
    std::vector<double> weights(gauss.size() + 1);
    for (int m = 0; m < native.size[axis]; ++m) {
        // Beyond the edge the edge repeats, so how far beyond does not matter.
        const double position = std::clamp(line.offset + m * line.step, -2.0 * radius - 2.0,
                                           fine.size[axis] + 2.0 * radius + 2.0);
        double floor = std::floor(position);
        double f = position - floor;
        if (f > 1 - 1e-7) {
            floor += 1;
            f = 0;
        } else if (f < 1e-7) {
            f = 0;
        }
        for (std::size_t t = 0; t < weights.size(); ++t)
            weights[t] =
                (t < gauss.size() ? (1 - f) * gauss[t] : 0) + (t > 0 ? f * gauss[t - 1] : 0);
        builder.add(static_cast<int>(floor) - radius, weights);
    }
    return builder.take();
}

}  // namespace

Volume blur(const Volume& volume, const std::array<double, 3>& fwhm_mm) {
    if (volume.voxels.empty()) return volume;
    const Volume* current = &volume;
    Volume result;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::vector<double> taps =
            gaussian_taps(sigma_from_fwhm(fwhm_mm[axis]) / volume.geometry.spacing_mm[axis]);
        if (taps.size() == 1) continue;
        result = apply_along(*current, static_cast<int>(axis),
                             blur_map(volume.geometry.size[axis], taps));
        current = &result;
    }
    return current == &volume ? volume : result;
}

Volume acquire(const Volume& fine, const Geometry& native, const PointSpread& spread) {
    IQT_ASSERT(same_axes(fine.geometry, native));
    if (fine.voxels.empty() || native.voxel_count() == 0) return Volume(native);
    // The slice axis shrinks most and goes first, so the later passes have least to do.
    const Volume* current = &fine;
    Volume result;
    for (const std::size_t axis : {2U, 1U, 0U}) {
        result =
            apply_along(*current, static_cast<int>(axis),
                        acquisition_map(fine.geometry, native, axis, spread.fwhm_voxels[axis]));
        current = &result;
    }
    result.geometry = native;
    return result;
}

}  // namespace iqt::grid
