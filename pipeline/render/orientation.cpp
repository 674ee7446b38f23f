// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/orientation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "pipeline/render/panel.hpp"
#include "pipeline/render/warning_page.hpp"

namespace iqt::render {
namespace {

// A second or third letter appears from about 6 degrees of tilt: less is not read off an image.
constexpr double kLetterMin = 0.1;

Vec3 signed_axis(const Geometry& geometry, int axis, PlaneLayout::Run run) {
    Vec3 direction = geometry.axes[static_cast<std::size_t>(axis)];
    if (run == PlaneLayout::Run::Backward)
        for (double& component : direction) component = -component;
    return direction;
}

/// What the nearest anatomical plane shows to the right and downwards.
std::array<Vec3, 2> wanted_directions(const Vec3& normal) {
    constexpr Vec3 kLeft{1, 0, 0}, kPosterior{0, 1, 0}, kFeet{0, 0, -1};
    // The margin keeps rounding from deciding planes that are tilted by 45 degrees.
    const double x = std::abs(normal[0]), y = std::abs(normal[1]), z = std::abs(normal[2]) + 1e-6;
    if (z >= y && z >= x) return {kLeft, kPosterior};
    if (y + 1e-6 >= x) return {kLeft, kFeet};
    return {kPosterior, kFeet};
}

}  // namespace

PlaneLayout radiological_layout(const Geometry& geometry, int axis) {
    const auto [right, down] = wanted_directions(geometry.axes[static_cast<std::size_t>(axis)]);
    PlaneLayout layout;
    layout.right_axis = axis == 0 ? 1 : 0;
    layout.down_axis = axis == 2 ? 1 : 2;
    const auto along = [&](int grid_axis, const Vec3& wanted) {
        return dot(geometry.axes[static_cast<std::size_t>(grid_axis)], wanted);
    };
    const double as_is =
        std::abs(along(layout.right_axis, right)) + std::abs(along(layout.down_axis, down));
    const double swapped =
        std::abs(along(layout.down_axis, right)) + std::abs(along(layout.right_axis, down));
    if (swapped > as_is) std::swap(layout.right_axis, layout.down_axis);
    using Run = PlaneLayout::Run;
    layout.right_run = along(layout.right_axis, right) < 0 ? Run::Backward : Run::Forward;
    layout.down_run = along(layout.down_axis, down) < 0 ? Run::Backward : Run::Forward;
    return layout;
}

Vec3 right_lps(const Geometry& geometry, const PlaneLayout& layout) {
    return signed_axis(geometry, layout.right_axis, layout.right_run);
}

Vec3 down_lps(const Geometry& geometry, const PlaneLayout& layout) {
    return signed_axis(geometry, layout.down_axis, layout.down_run);
}

std::string orientation_letters(const Vec3& direction_lps) {
    struct Part {
        double size;
        char letter;
    };
    std::array parts{Part{std::abs(direction_lps[0]), direction_lps[0] > 0 ? 'L' : 'R'},
                     Part{std::abs(direction_lps[1]), direction_lps[1] > 0 ? 'P' : 'A'},
                     Part{std::abs(direction_lps[2]), direction_lps[2] > 0 ? 'H' : 'F'}};
    std::stable_sort(parts.begin(), parts.end(),
                     [](const Part& a, const Part& b) { return a.size > b.size; });
    const double length = norm(direction_lps);
    std::string letters;
    for (const Part& part : parts)
        if (part.size > kLetterMin * length) letters += part.letter;
    return letters;
}

EdgeLetters edge_letters(const Vec3& right_lps, const Vec3& down_lps) {
    const Vec3 left{-right_lps[0], -right_lps[1], -right_lps[2]};
    const Vec3 up{-down_lps[0], -down_lps[1], -down_lps[2]};
    return {orientation_letters(left), orientation_letters(right_lps), orientation_letters(up),
            orientation_letters(down_lps)};
}

EdgeLetters slice_letters(const Geometry& geometry, int axis) {
    const PlaneLayout layout = radiological_layout(geometry, axis);
    return edge_letters(right_lps(geometry, layout), down_lps(geometry, layout));
}

}  // namespace iqt::render
