// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grid/resample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>

#include "pipeline/core/assert.hpp"
#include "pipeline/grid/separable.hpp"

namespace iqt::grid {
namespace {

/// Positions this close to a sample (in samples) are taken as that sample, so that resampling on
/// the same grid changes no bit although spacings went through decimal strings.
constexpr double kSnap = 1e-7;

struct Taps {
    int first = 0;
    int count = 1;
    std::array<double, 4> weight{1, 0, 0, 0};
};

int tap_count(Kernel kernel) {
    switch (kernel) {
        case Kernel::Nearest:
            return 1;
        case Kernel::Linear:
            return 2;
        case Kernel::Cubic:
            return 4;
    }
    return 4;
}

/// Keys 1981 (IEEE Trans. ASSP 29:1153), a = -0.5: third order, exact for quadratics.
std::array<double, 4> keys_weights(double f) {
    const double f2 = f * f, f3 = f2 * f;
    return {-0.5 * f + f2 - 0.5 * f3, 1 - 2.5 * f2 + 1.5 * f3, 0.5 * f + 2 * f2 - 1.5 * f3,
            -0.5 * f2 + 0.5 * f3};
}

Taps taps_at(double position, Kernel kernel) {
    if (const double whole = std::round(position); std::abs(position - whole) < kSnap)
        position = whole;
    Taps taps;
    taps.count = tap_count(kernel);
    if (kernel == Kernel::Nearest) {
        taps.first = static_cast<int>(std::floor(position + 0.5));
        return taps;
    }
    const double floor = std::floor(position);
    const double f = position - floor;
    if (kernel == Kernel::Linear) {
        taps.first = static_cast<int>(floor);
        taps.weight = {1 - f, f, 0, 0};
    } else {
        taps.first = static_cast<int>(floor) - 1;
        taps.weight = keys_weights(f);
    }
    return taps;
}

bool is_outside(double position, int size) {
    return position < -0.5 - 1e-6 || position > size - 0.5 + 1e-6;
}

enum class Beyond { RepeatEdge, Zero };

AxisMap interpolation_map(const Geometry& source, const Geometry& target, std::size_t axis,
                          Kernel kernel, Beyond beyond) {
    const AxisAlignment line = align(source, target, axis);
    AxisMapBuilder builder(source.size[axis], tap_count(kernel));
    for (int m = 0; m < target.size[axis]; ++m) {
        const double position = line.offset + m * line.step;
        Taps taps = taps_at(std::clamp(position, -1e6, 1e6), kernel);
        if (beyond == Beyond::Zero && is_outside(position, source.size[axis])) taps.weight = {};
        builder.add(taps.first, std::span(taps.weight).first(static_cast<std::size_t>(taps.count)));
    }
    return builder.take();
}

/// One axis after the other, those first that grow least: the intermediate volumes stay small.
Volume separable(const Volume& source, const Geometry& target, Kernel kernel, Beyond beyond) {
    std::array<std::size_t, 3> order{0, 1, 2};
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return static_cast<double>(target.size[a]) / source.geometry.size[a] <
               static_cast<double>(target.size[b]) / source.geometry.size[b];
    });
    const Volume* current = &source;
    Volume result;
    for (const std::size_t axis : order) {
        const AxisMap map = interpolation_map(source.geometry, target, axis, kernel, beyond);
        if (map.is_identity(source.geometry.size[axis])) continue;
        result = apply_along(*current, static_cast<int>(axis), map);
        current = &result;
    }
    if (current == &source) result = source;
    result.geometry = target;
    return result;
}

/// Value at a fractional index; 0 outside the source's edges, edge voxels repeated within them.
float sample(const Volume& source, const Vec3& at, Kernel kernel) {
    std::array<Taps, 3> taps;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        if (is_outside(at[axis], source.geometry.size[axis])) return 0.0F;
        taps[axis] = taps_at(at[axis], kernel);
    }
    const auto clamped = [&](std::size_t axis, int t) {
        return std::clamp(taps[axis].first + t, 0, source.geometry.size[axis] - 1);
    };
    double sum = 0;
    for (int c = 0; c < taps[2].count; ++c)
        for (int b = 0; b < taps[1].count; ++b) {
            const double w = taps[2].weight[static_cast<std::size_t>(c)] *
                             taps[1].weight[static_cast<std::size_t>(b)];
            if (w == 0) continue;
            const int j = clamped(1, b), k = clamped(2, c);
            double line = 0;
            for (int a = 0; a < taps[0].count; ++a)
                line += taps[0].weight[static_cast<std::size_t>(a)] *
                        static_cast<double>(source.at(clamped(0, a), j, k));
            sum += w * line;
        }
    return static_cast<float>(sum);
}

bool is_empty(const Geometry& geometry) {
    return geometry.voxel_count() == 0;
}

}  // namespace

Volume resample(const Volume& source, const Geometry& target, Kernel kernel) {
    IQT_ASSERT(same_axes(source.geometry, target));
    if (is_empty(source.geometry) || is_empty(target)) return Volume(target);
    return separable(source, target, kernel, Beyond::RepeatEdge);
}

Volume resample_free(const Volume& source, const Geometry& target, Kernel kernel) {
    if (is_empty(source.geometry) || is_empty(target)) return Volume(target);
    if (same_axes(source.geometry, target)) return separable(source, target, kernel, Beyond::Zero);
    Volume out(target);
    const auto rows =
        static_cast<std::size_t>(target.size[1]) * static_cast<std::size_t>(target.size[2]);
    parallel_for(rows, 16, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            const auto j = static_cast<int>(row % static_cast<std::size_t>(target.size[1]));
            const auto k = static_cast<int>(row / static_cast<std::size_t>(target.size[1]));
            for (int i = 0; i < target.size[0]; ++i)
                out.at(i, j, k) =
                    sample(source, source.geometry.index(target.point_lps_mm(i, j, k)), kernel);
        }
    });
    return out;
}

}  // namespace iqt::grid
