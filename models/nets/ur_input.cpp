// SPDX-License-Identifier: Apache-2.0
#include "models/nets/ur_input.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models::nets {
namespace {

/// Tensor axes (of a [k][j][i] tensor) in the network's order; its own inverse for every axis.
std::array<std::int64_t, 3> order_for(int slice_axis) {
    switch (slice_axis) {
        case 0:
            return {2, 1, 0};
        case 1:
            return {1, 0, 2};
        default:
            return {0, 1, 2};
    }
}

/// Signed distance of each fine centre to the nearest acquired centre, in native spacings.
at::Tensor phase(int fine, int native) {
    at::Tensor out = torch::empty({fine});
    float* data = out.data_ptr<float>();
    const double ratio = static_cast<double>(native) / fine;
    for (int n = 0; n < fine; ++n) {
        const double u = (n + 0.5) * ratio - 0.5;
        const double nearest = std::clamp(std::floor(u + 0.5), 0.0, native - 1.0);
        data[n] = static_cast<float>(u - nearest);
    }
    return out;
}

}  // namespace

int slice_axis_of(const Geometry& native) {
    return native.slice_axis();
}

at::Tensor as_tensor(const Volume& volume, int slice_axis) {
    const auto& n = volume.geometry.size;
    const auto order = order_for(slice_axis);
    // from_blob wants a non-const pointer; the tensor is only read.
    return torch::from_blob(const_cast<float*>(volume.voxels.data()), {n[2], n[1], n[0]})
        .permute({order[0], order[1], order[2]});
}

Volume as_volume(const at::Tensor& tensor, const Geometry& grid, int slice_axis) {
    const auto order = order_for(slice_axis);
    const at::Tensor native =
        tensor.permute({order[0], order[1], order[2]}).to(at::kCPU, at::kFloat).contiguous();
    Volume out;
    out.geometry = grid;
    const float* data = native.data_ptr<float>();
    out.voxels.assign(data, data + native.numel());
    return out;
}

UrInput make_ur_input(const Volume& source, double target_spacing_mm,
                      std::optional<Contrast> contrast, std::optional<double> scale,
                      std::optional<double> noise_sd) {
    UrInput out;
    const Geometry& native = source.geometry;
    out.grid = refine(native, target_spacing_mm);
    out.slice_axis = slice_axis_of(native);
    out.scale = scale ? *scale : grid::foreground_scale(source);
    if (!(out.scale > 0)) {
        out.scale = 1;
    }
    out.cubic = grid::resample(source, out.grid, grid::Kernel::Cubic);
    const auto order = order_for(out.slice_axis);
    const std::array<int, 3> axes{2 - static_cast<int>(order[0]), 2 - static_cast<int>(order[1]),
                                  2 - static_cast<int>(order[2])};
    const auto size = [&](int n) {
        return out.grid.size[static_cast<std::size_t>(axes[static_cast<std::size_t>(n)])];
    };
    out.channels = torch::empty({4, size(0), size(1), size(2)});
    out.channels[0].copy_(as_tensor(out.cubic, out.slice_axis)).mul_(1.0 / out.scale).sub_(kCentre);
    for (int n = 0; n < 3; ++n) {
        const auto axis = static_cast<std::size_t>(axes[static_cast<std::size_t>(n)]);
        std::vector<std::int64_t> shape{1, 1, 1};
        shape[static_cast<std::size_t>(n)] = -1;
        out.channels[n + 1].copy_(phase(out.grid.size[axis], native.size[axis])
                                      .view(shape)
                                      .expand({size(0), size(1), size(2)}));
    }
    const auto slice = static_cast<std::size_t>(out.slice_axis);
    const double in_plane =
        std::sqrt(native.spacing_mm[(slice + 1) % 3] * native.spacing_mm[(slice + 2) % 3]);
    const double noise = (noise_sd ? *noise_sd : grid::estimate_noise_sd(source)) / out.scale;
    out.condition = torch::zeros({6});
    float* c = out.condition.data_ptr<float>();
    c[0] = static_cast<float>(std::min(noise, 0.2) * 20.0 - 0.8);
    c[1] = static_cast<float>(native.spacing_mm[slice] / 5.0 - 1.0);
    c[2] = static_cast<float>((in_plane / 1.6 - 1.0) * 2.0);
    if (contrast) {
        c[3 + static_cast<int>(*contrast)] = 1.0F;
    }
    return out;
}

}  // namespace iqt::models::nets
