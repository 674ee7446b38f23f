// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <torch/torch.h>

#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

namespace iqt::models::nets {

/// The input of IQT-UR for one scan, as training and inference both make it.
struct UrInput {
    Geometry grid;       ///< refine(source, target)
    int slice_axis = 2;  ///< volume axis (0 = i, 1 = j, 2 = k) that slices were acquired along
    double scale = 1;    ///< source units per 1.0 of the network
    Volume cubic;        ///< the source on `grid`, in source units
    /// [channel, slice axis, row, column], float32: cubic interpolation (scaled, centred), then the
    /// signed distance to the nearest acquired sample along each axis in native spacings.
    at::Tensor channels;
    at::Tensor condition;  ///< [6]: noise, slice and in-plane spacing (all centred), contrast (3)
};

/// Centre that is subtracted from the cubic channel, in scaled units.
inline constexpr double kCentre = 0.5;

/// Makes the network's input of a native volume. `contrast` left out: unknown to the network.
/// `scale` and `noise_sd` (source units) are measured in the source where they are left out.
UrInput make_ur_input(const Volume& source, double target_spacing_mm,
                      std::optional<Contrast> contrast, std::optional<double> scale = {},
                      std::optional<double> noise_sd = {});

/// A volume's voxels as a [slice axis, row, column] view that shares the volume's memory, and the
/// way back (a copy in the volume's own order).
at::Tensor as_tensor(const Volume& volume, int slice_axis);
Volume as_volume(const at::Tensor& tensor, const Geometry& grid, int slice_axis);

/// The slice axis a scan was acquired along, after the network's convention.
int slice_axis_of(const Geometry& native);

}  // namespace iqt::models::nets
