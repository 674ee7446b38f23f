// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "pipeline/core/assert.hpp"
#include "pipeline/render/class_overlay.hpp"
#include "pipeline/render/orientation.hpp"
#include "pipeline/render/panel.hpp"
#include "pipeline/render/raster.hpp"

namespace iqt::render {
namespace {

constexpr double kSideMax_px = 4096;

/// Where the pixels along one side of the image lie on a grid axis.
struct Sampling {
    struct Place {
        int first, second;  ///< neighbouring voxels
        float weight;       ///< of the second
        int nearest;
    };
    std::vector<Place> places;
};

Sampling sample_axis(const Geometry& geometry, int axis, PlaneLayout::Run run, double pixel_mm) {
    const auto a = static_cast<std::size_t>(axis);
    const int voxels = geometry.size[a];
    const double extent_mm = voxels * geometry.spacing_mm[a];
    const int pixels = std::max(1, static_cast<int>(std::lround(extent_mm / pixel_mm)));
    const double first_mm = (extent_mm - pixels * pixel_mm) / 2;
    Sampling sampling;
    sampling.places.reserve(static_cast<std::size_t>(pixels));
    for (int n = 0; n < pixels; ++n) {
        const double edge_index = (first_mm + (n + 0.5) * pixel_mm) / geometry.spacing_mm[a];
        double at = std::clamp(edge_index - 0.5, 0.0, voxels - 1.0);
        if (run == PlaneLayout::Run::Backward) at = voxels - 1 - at;
        const int first = std::min(static_cast<int>(at), voxels - 1);
        sampling.places.push_back({first, std::min(first + 1, voxels - 1),
                                   static_cast<float>(at - first),
                                   static_cast<int>(std::lround(at))});
    }
    return sampling;
}

/// The linear window function without DICOM's half-unit shifts, which suit integer pixels only.
std::uint8_t grey_of(float value, const Window& window) {
    const double width = std::max(window.width, 1e-9);
    const double shade = (static_cast<double>(value) - window.center) / width + 0.5;
    if (!(shade > 0)) return 0;  // NaN too
    return shade >= 1 ? 255 : static_cast<std::uint8_t>(std::lround(shade * 255));
}

struct Plane {
    PlaneLayout layout;
    Sampling right, down;
};

Plane plan(const Geometry& geometry, int axis, int index, double pixel_mm) {
    IQT_ASSERT(axis >= 0 && axis < 3 && pixel_mm > 0);
    IQT_ASSERT(index >= 0 && index < geometry.size[static_cast<std::size_t>(axis)]);
    Plane plane{radiological_layout(geometry, axis), {}, {}};
    for (std::size_t a = 0; a < 3; ++a)
        if (static_cast<int>(a) != axis)
            pixel_mm = std::max(pixel_mm, geometry.size[a] * geometry.spacing_mm[a] / kSideMax_px);
    plane.right = sample_axis(geometry, plane.layout.right_axis, plane.layout.right_run, pixel_mm);
    plane.down = sample_axis(geometry, plane.layout.down_axis, plane.layout.down_run, pixel_mm);
    return plane;
}

/// Distance in memory between neighbours along an axis.
std::size_t stride(const Geometry& geometry, int axis) {
    std::size_t step = 1;
    for (int a = 0; a < axis; ++a)
        step *= static_cast<std::size_t>(geometry.size[static_cast<std::size_t>(a)]);
    return step;
}

RgbImage draw_grey(const Volume& volume, const Plane& plane, int axis, int index,
                   const Window& window) {
    const float* const voxels =
        volume.voxels.data() + static_cast<std::size_t>(index) * stride(volume.geometry, axis);
    const std::size_t right_step = stride(volume.geometry, plane.layout.right_axis);
    const std::size_t down_step = stride(volume.geometry, plane.layout.down_axis);
    RgbImage image = blank(static_cast<int>(plane.right.places.size()),
                           static_cast<int>(plane.down.places.size()), {});
    for (int y = 0; y < image.height; ++y) {
        const auto& row = plane.down.places[static_cast<std::size_t>(y)];
        const float* const upper = voxels + static_cast<std::size_t>(row.first) * down_step;
        const float* const lower = voxels + static_cast<std::size_t>(row.second) * down_step;
        for (int x = 0; x < image.width; ++x) {
            const auto& column = plane.right.places[static_cast<std::size_t>(x)];
            const std::size_t a = static_cast<std::size_t>(column.first) * right_step;
            const std::size_t b = static_cast<std::size_t>(column.second) * right_step;
            const float top = upper[a] + (upper[b] - upper[a]) * column.weight;
            const float bottom = lower[a] + (lower[b] - lower[a]) * column.weight;
            const std::uint8_t grey = grey_of(top + (bottom - top) * row.weight, window);
            put(image, x, y, {grey, grey, grey});
        }
    }
    return image;
}

}  // namespace

RgbImage draw_slice(const Volume& volume, int axis, int index, const Window& window,
                    double pixel_mm) {
    const Plane plane = plan(volume.geometry, axis, index, pixel_mm);
    return draw_grey(volume, plane, axis, index, window);
}

RgbImage draw_slice(const Volume& volume, const Mask& mask, int axis, int index,
                    const Window& window, double pixel_mm) {
    IQT_ASSERT(mask.geometry.size == volume.geometry.size);
    const Plane plane = plan(volume.geometry, axis, index, pixel_mm);
    RgbImage image = draw_grey(volume, plane, axis, index, window);
    const std::size_t right_step = stride(mask.geometry, plane.layout.right_axis);
    const std::size_t down_step = stride(mask.geometry, plane.layout.down_axis);
    const std::uint8_t* const voxels =
        mask.voxels.data() + static_cast<std::size_t>(index) * stride(mask.geometry, axis);
    std::vector<std::uint8_t> bits;
    bits.reserve(plane.right.places.size() * plane.down.places.size());
    for (const auto& row : plane.down.places)
        for (const auto& column : plane.right.places)
            bits.push_back(voxels[static_cast<std::size_t>(row.nearest) * down_step +
                                  static_cast<std::size_t>(column.nearest) * right_step]);
    draw_classes(image, {0, 0, image.width, image.height}, bits);
    return image;
}

}  // namespace iqt::render
