// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/shape.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "pipeline/qa/shape_reference.hpp"
#include "pipeline/qa/stack.hpp"

namespace iqt::qa {
namespace {

constexpr double kEndShare = 0.25;  // of the largest cross-section: an end that closes
constexpr std::size_t kCellsMin = 60;

// A reference of digits as thickness 0..9, cell by cell; outside: 0, below its last row unknown.
struct ShapeReference {
    const std::vector<std::string_view>* rows;
    double at(int row, int column) const {
        if (row < 0 || column < 0 || column >= static_cast<int>(rows->front().size())) return 0;
        return (*rows)[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] - '0';
    }
    // Bilinear between cell centres.
    double between(double row, double column) const {
        const double r = std::floor(row), c = std::floor(column);
        const double fr = row - r, fc = column - c;
        const int ri = static_cast<int>(r), ci = static_cast<int>(c);
        const int below = std::min(ri + 1, static_cast<int>(rows->size()) - 1);
        return (1 - fr) * ((1 - fc) * at(ri, ci) + fc * at(ri, ci + 1)) +
               fr * ((1 - fc) * at(below, ci) + fc * at(below, ci + 1));
    }
};

struct Placement {
    double scale = 1;  // reference cells per cell
    int row = 0, column = 0;
};

double correlation(const Projection& p, const ShapeReference& reference, const Placement& how) {
    double n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    const auto last = static_cast<double>(reference.rows->size()) - 1;
    for (int r = 0; r < p.rows; ++r) {
        const double row = (r - how.row) * how.scale;
        if (row > last) break;
        for (int c = 0; c < p.columns; ++c) {
            const auto at = static_cast<std::size_t>(r * p.columns + c);
            if (!p.seen[at]) continue;
            const double x = static_cast<double>(p.thickness_mm[at]);
            const double y = reference.between(row, (c - how.column) * how.scale);
            n += 1, a += x, b += y, aa += x * x, bb += y * y, ab += x * y;
        }
    }
    // A placement that leaves most of the object unexplained is none.
    if (n < static_cast<double>(kCellsMin)) return 0;
    double all = 0;
    for (const float x : p.thickness_mm) all += static_cast<double>(x);
    if (a < 0.85 * all) return 0;
    const double power = (n * aa - a * a) * (n * bb - b * b);
    return power > 0 ? (n * ab - a * b) / std::sqrt(power) : 0;
}

double best_fit(const Projection& p) {
    double best = 0;
    for (const auto* rows : {&head_reference(), &brain_reference()}) {
        const ShapeReference reference{rows};
        for (const double scale : {0.88, 0.96, 1.04, 1.14})
            for (int row = -static_cast<int>(rows->size()) + 6; row < p.rows - 4; ++row)
                for (int column = -static_cast<int>(rows->front().size()) / 2;
                     column < p.columns / 2; ++column)
                    best = std::max(best, correlation(p, reference, {scale, row, column}));
    }
    return best;
}

Projection turned(const Projection& p, bool upside_down, bool back_to_front) {
    Projection out = p;
    for (int r = 0; r < p.rows; ++r)
        for (int c = 0; c < p.columns; ++c) {
            const auto from =
                static_cast<std::size_t>((upside_down ? p.rows - 1 - r : r) * p.columns +
                                         (back_to_front ? p.columns - 1 - c : c));
            const auto to = static_cast<std::size_t>(r * p.columns + c);
            out.thickness_mm[to] = p.thickness_mm[from];
            out.seen[to] = p.seen[from];
        }
    return out;
}

}  // namespace

Projection project(const Mask& head) {
    const Geometry& g = head.geometry;
    const auto [low, high] = outer_bounds_lps_mm(g);
    Projection p;
    p.columns = static_cast<int>(std::ceil((high[1] - low[1]) / Projection::kCellMm));
    p.rows = static_cast<int>(std::ceil((high[2] - low[2]) / Projection::kCellMm));
    const auto cells = static_cast<std::size_t>(p.columns) * static_cast<std::size_t>(p.rows);
    std::vector<double> inside(cells, 0), all(cells, 0);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const Vec3 at = g.point_lps_mm(i, j, k);
                const int c = std::clamp(static_cast<int>((at[1] - low[1]) / Projection::kCellMm),
                                         0, p.columns - 1);
                const int r = std::clamp(static_cast<int>((high[2] - at[2]) / Projection::kCellMm),
                                         0, p.rows - 1);
                const auto cell = static_cast<std::size_t>(r * p.columns + c);
                all[cell] += 1;
                inside[cell] += head.at(i, j, k);
            }
    p.thickness_mm.resize(cells);
    p.seen.resize(cells);
    for (std::size_t n = 0; n < cells; ++n) {
        p.seen[n] = all[n] > 0;
        p.thickness_mm[n] =
            static_cast<float>(all[n] > 0 ? inside[n] / all[n] * (high[0] - low[0]) : 0);
    }
    return p;
}

Size measure_size(const Mask& head) {
    const Geometry& g = head.geometry;
    std::array<std::vector<double>, 3> area;
    for (std::size_t a = 0; a < 3; ++a) area[a].assign(static_cast<std::size_t>(g.size[a]), 0);
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    double count = 0;
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                if (head.at(i, j, k) == 0) continue;
                ++count;
                area[0][static_cast<std::size_t>(i)] += 1;
                area[1][static_cast<std::size_t>(j)] += 1;
                area[2][static_cast<std::size_t>(k)] += 1;
                const Vec3 p = g.point_lps_mm(i, j, k);
                for (std::size_t c = 0; c < 3; ++c) {
                    low[c] = std::min(low[c], p[c]);
                    high[c] = std::max(high[c], p[c]);
                }
            }
    Size size;
    if (!(count > 0)) return size;
    size.volume_ml = count * g.spacing_mm[0] * g.spacing_mm[1] * g.spacing_mm[2] / 1000;
    size.is_whole = true;
    for (std::size_t a = 0; a < 3; ++a) {
        size.extent_mm[a] = high[a] - low[a];
        const double most = *std::max_element(area[a].begin(), area[a].end());
        size.is_whole = size.is_whole && area[a].front() < kEndShare * most &&
                        area[a].back() < kEndShare * most;
    }
    return size;
}

Likeness compare_shape(const Projection& projection) {
    Likeness found;
    found.upright = best_fit(projection);
    for (const auto& [down, back] :
         {std::array{true, false}, std::array{false, true}, std::array{true, true}})
        found.mirrored = std::max(found.mirrored, best_fit(turned(projection, down, back)));
    return found;
}

}  // namespace iqt::qa
