// SPDX-License-Identifier: Apache-2.0
#include "dicom/stack.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace iqt::dicom {
namespace {

constexpr double kCosineTolerance = 1e-3, kSpacingTolerance = 0.01, kShearTolerance = 0.1;
constexpr double kSizeTolerance = 1e-3;
constexpr double kSamePlaceMm = 1e-3;  ///< finer than any scanner writes positions

using Axes = std::array<Vec3, 3>;

Vec3 scaled(const Vec3& a, double factor) {
    return {a[0] * factor, a[1] * factor, a[2] * factor};
}
Vec3 minus(const Vec3& a, const Vec3& b) {
    return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

/// Orthonormal axes; nullopt where the cosines are too far from that to be only rounded.
std::optional<Axes> axes_from(const std::array<double, 6>& cosines) {
    const Vec3 row{cosines[0], cosines[1], cosines[2]};
    const Vec3 column{cosines[3], cosines[4], cosines[5]};
    if (std::abs(norm(row) - 1) > kCosineTolerance ||
        std::abs(norm(column) - 1) > kCosineTolerance ||
        std::abs(dot(row, column)) > kCosineTolerance)
        return std::nullopt;
    const Vec3 i = scaled(row, 1 / norm(row));
    const Vec3 across = minus(column, scaled(i, dot(i, column)));
    const Vec3 j = scaled(across, 1 / norm(across));
    return Axes{i, j, cross(i, j)};
}

bool same_orientation(const FramePlane& a, const FramePlane& b) {
    // Positions in two frames of reference cannot be compared either.
    if (!a.frame_of_reference_uid.empty() && !b.frame_of_reference_uid.empty() &&
        a.frame_of_reference_uid != b.frame_of_reference_uid)
        return false;
    if (!a.orientation || !b.orientation) return true;
    for (std::size_t i = 0; i < 6; ++i)
        if (std::abs((*a.orientation)[i] - (*b.orientation)[i]) > kCosineTolerance) return false;
    return true;
}

bool same_size(const FramePlane& a, const FramePlane& b) {
    if (a.rows != b.rows || a.columns != b.columns) return false;
    if (!a.pixel_spacing_mm || !b.pixel_spacing_mm) return true;
    for (std::size_t i = 0; i < 2; ++i) {
        const double one = (*a.pixel_spacing_mm)[i], other = (*b.pixel_spacing_mm)[i];
        if (std::abs(one - other) > kSizeTolerance * std::max(one, other)) return false;
    }
    return true;
}

bool is_complete(const FramePlane& frame) {
    return frame.position_lps_mm && frame.orientation && frame.pixel_spacing_mm &&
           (*frame.pixel_spacing_mm)[0] > 0 && (*frame.pixel_spacing_mm)[1] > 0;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Frames in order along the normal, with their distance along it; one frame per position.
struct Line {
    std::vector<std::size_t> frames;
    std::vector<double> along_mm;
    int duplicates = 0;
};

Line line_up(std::span<const FramePlane> planes, const Vec3& normal) {
    std::vector<double> along(planes.size());
    for (std::size_t f = 0; f < planes.size(); ++f)
        along[f] = dot(*planes[f].position_lps_mm, normal);
    std::vector<std::size_t> order(planes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return along[a] < along[b]; });
    std::vector<double> gaps;
    for (std::size_t n = 1; n < order.size(); ++n)
        if (const double gap = along[order[n]] - along[order[n - 1]]; gap > kSamePlaceMm)
            gaps.push_back(gap);
    const double same =
        gaps.empty() ? kSamePlaceMm : std::max(kSamePlaceMm, kSpacingTolerance * median(gaps));
    Line line;
    for (const std::size_t frame : order) {
        if (!line.frames.empty() && along[frame] - line.along_mm.back() <= same) {
            ++line.duplicates;
            continue;
        }
        line.frames.push_back(frame);
        line.along_mm.push_back(along[frame]);
    }
    return line;
}

struct Spacing {
    double mm = 0;
    int missing = 0;
    bool irregular = false;
};

/// The base spacing is the smallest gap that there is; wider gaps have to be multiples of it.
Spacing spacing_of(const std::vector<double>& along_mm) {
    std::vector<double> gaps;
    for (std::size_t n = 1; n < along_mm.size(); ++n) gaps.push_back(along_mm[n] - along_mm[n - 1]);
    const double smallest = *std::min_element(gaps.begin(), gaps.end());
    double sum = 0;
    int count = 0;
    for (const double gap : gaps)
        if (gap < smallest * 1.1) sum += gap, ++count;
    Spacing spacing;
    spacing.mm = sum / count;
    for (const double gap : gaps) {
        const double steps = std::max(1.0, std::round(gap / spacing.mm));
        if (std::abs(gap - steps * spacing.mm) > kSpacingTolerance * spacing.mm * steps)
            spacing.irregular = true;
        // A gap wider than the whole series is no hole but another stack.
        if (steps > static_cast<double>(along_mm.size()) + 1) spacing.irregular = true;
        spacing.missing += static_cast<int>(std::min(steps, 1e6)) - 1;
    }
    if (spacing.irregular) spacing.missing = 0;
    if (!spacing.irregular && spacing.missing == 0)
        spacing.mm = (along_mm.back() - along_mm.front()) / static_cast<double>(gaps.size());
    return spacing;
}

bool is_sheared(std::span<const FramePlane> planes, const Line& line, const Vec3& normal) {
    const FramePlane& first = planes[line.frames.front()];
    const double pixel_mm = std::min((*first.pixel_spacing_mm)[0], (*first.pixel_spacing_mm)[1]);
    for (const std::size_t frame : line.frames) {
        const Vec3 offset = minus(*planes[frame].position_lps_mm, *first.position_lps_mm);
        const Vec3 across = minus(offset, scaled(normal, dot(offset, normal)));
        if (norm(across) > kShearTolerance * pixel_mm) return true;
    }
    return false;
}

double single_slice_spacing_mm(const FramePlane& frame) {
    return frame.slice_spacing_mm && *frame.slice_spacing_mm > 0 ? *frame.slice_spacing_mm : 1.0;
}

}  // namespace

Stack analyse_stack(std::span<const FramePlane> frames) {
    Stack stack;
    stack.slice_count = static_cast<int>(frames.size());
    if (frames.empty()) return stack;
    const FramePlane& first = frames.front();
    for (const FramePlane& frame : frames) {
        if (!same_orientation(first, frame)) stack.mixed_orientation = true;
        if (!same_size(first, frame)) stack.mixed_size = true;
    }
    if (stack.mixed_orientation) return stack;
    const bool complete = std::all_of(frames.begin(), frames.end(), is_complete);
    const auto axes = complete ? axes_from(*first.orientation) : std::nullopt;
    if (!axes) {
        stack.irregular_spacing = true;
        return stack;
    }
    const Vec3& normal = (*axes)[2];
    Line line = line_up(frames, normal);
    stack.slice_count = static_cast<int>(line.frames.size());
    stack.duplicate_positions = line.duplicates;
    Spacing spacing;
    spacing.mm = single_slice_spacing_mm(first);
    if (line.frames.size() > 1) spacing = spacing_of(line.along_mm);
    stack.missing_slices = spacing.missing;
    stack.irregular_spacing = spacing.irregular || is_sheared(frames, line, normal);
    if (stack.mixed_size || stack.duplicate_positions > 0 || stack.missing_slices > 0 ||
        stack.irregular_spacing)
        return stack;
    Geometry geometry;
    geometry.size = {first.columns, first.rows, stack.slice_count};
    geometry.spacing_mm = {(*first.pixel_spacing_mm)[1], (*first.pixel_spacing_mm)[0], spacing.mm};
    geometry.origin_lps_mm = *frames[line.frames.front()].position_lps_mm;
    geometry.axes = *axes;
    stack.geometry = geometry;
    stack.order = std::move(line.frames);
    return stack;
}

}  // namespace iqt::dicom
