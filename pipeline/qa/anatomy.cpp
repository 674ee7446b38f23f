// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/anatomy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <numbers>
#include <utility>
#include <vector>

#include "pipeline/qa/anatomy_reference.hpp"
#include "pipeline/qa/limits.hpp"

namespace iqt::qa {
namespace {

constexpr std::array<double, 9> kTiltDeg{-32, -24, -16, -8, 0, 8, 16, 24, 32};
constexpr std::array<double, 5> kSizes{0.86, 0.93, 1.0, 1.08, 1.16};  // of the reference's
constexpr double kBrainShareMin = 0.3;                                // of a cell that is compared
constexpr double kCoverMin = 0.7;      // of the compared cells must be seen
constexpr double kExplainedMin = 0.4;  // by the better pose, or nothing is said
// The same of a slab (kAnatomySeenMin): another part of a brain can explain the upper half of one
// better than its own place can, of which too little is seen, but not so well.
constexpr double kExplainedMinOfSlab = 0.6;
constexpr std::size_t kCellsSeenMin = 100;
constexpr std::size_t kStarts = 30;
constexpr int kNearPoints = 7;  // between starts, in steps, or one of them is enough
constexpr double kRidge = 1e-3;
constexpr double kVarianceMin = 1e-6;  // of values over the head's median: no tissue is as even
constexpr std::size_t kClasses = 4;    // fluid, grey, white, none of them

struct TemplateCell {
    std::array<int, 3> at;  // in points of Inside
    std::array<float, kClasses> share;
};
using Template = std::vector<TemplateCell>;

Template template_of(const AnatomyReference& reference, double tilt_deg, double scale) {
    const double c = std::cos(tilt_deg * std::numbers::pi / 180);
    const double s = std::sin(tilt_deg * std::numbers::pi / 180);
    const double mm = AnatomyReference::kCellMm / scale;
    constexpr int kPoints = static_cast<int>(AnatomyReference::kCellMm / Inside::kStepMm);
    constexpr int kX = AnatomyReference::kHalfX + 2, kY = AnatomyReference::kY / 2 + 3,
                  kZ = AnatomyReference::kZ / 2 + 2;
    Template cells;
    for (int z = -kZ; z <= kZ; ++z)
        for (int y = -kY; y <= kY; ++y)
            for (int x = -kX; x <= kX; ++x) {
                const TissueShares t =
                    reference.at({x * mm, (c * y - s * z) * mm, (s * y + c * z) * mm});
                const float brain = t[0] + t[1] + t[2];
                if (static_cast<double>(brain) < kBrainShareMin) continue;
                cells.push_back({{kPoints * x, kPoints * y, kPoints * z},
                                 {t[0], t[1], t[2], std::max(0.0F, 1 - brain)}});
            }
    return cells;
}

/// For each tilt those of all sizes. Made once for a process: they depend on no series.
const std::vector<Template>& all_templates() {
    static const std::vector<Template> kAll = [] {
        const AnatomyReference reference;
        std::vector<Template> all;
        for (const double tilt : kTiltDeg)
            for (const double size : kSizes) all.push_back(template_of(reference, tilt, size));
        return all;
    }();
    return kAll;
}

/// Whether the field of view can hold enough of the smallest reference. Cells are two points apart.
bool has_room(const Inside& inside, const std::vector<Template>& templates) {
    std::size_t room = 1;
    for (const int points : inside.size) room *= static_cast<std::size_t>((points + 1) / 2);
    const auto smallest =
        std::min_element(templates.begin(), templates.end(),
                         [](const Template& a, const Template& b) { return a.size() < b.size(); });
    return static_cast<double>(room) >= kCoverMin * static_cast<double>(smallest->size());
}

/// Sums of a linear fit of brightness by class.
struct Sums {
    double n = 0, y = 0, yy = 0;
    std::array<double, kClasses> cy{}, c{};
    std::array<std::array<double, kClasses>, kClasses> cc{};  // lower triangle

    void add(const std::array<float, kClasses>& share, double value) {
        n += 1, y += value, yy += value * value;
        for (std::size_t a = 0; a < kClasses; ++a) {
            const auto of_a = static_cast<double>(share[a]);
            c[a] += of_a;
            cy[a] += of_a * value;
            for (std::size_t b = 0; b <= a; ++b) cc[a][b] += of_a * static_cast<double>(share[b]);
        }
    }

    // Cholesky, about the mean; the ridge keeps classes apart that a placement holds little of.
    double explained() const {
        const double mean = y / n, variance = yy - y * mean;
        if (!(variance > kVarianceMin * n)) return 0;
        std::array<std::array<double, kClasses>, kClasses> lower{};
        std::array<double, kClasses> solved{};
        double sum = 0;
        for (std::size_t a = 0; a < kClasses; ++a) {
            for (std::size_t b = 0; b <= a; ++b) {
                double value = cc[a][b] + (a == b ? kRidge * n : 0);
                for (std::size_t m = 0; m < b; ++m) value -= lower[a][m] * lower[b][m];
                lower[a][b] = a == b ? std::sqrt(std::max(value, 1e-12)) : value / lower[b][b];
            }
            solved[a] = cy[a] - mean * c[a];
            for (std::size_t m = 0; m < a; ++m) solved[a] -= lower[a][m] * solved[m];
            solved[a] /= lower[a][a];
            sum += solved[a] * solved[a];
        }
        return sum / variance;
    }
};

/// Where the reference's middle lies (points of Inside), its tilt and size.
struct Placing {
    std::array<int, 5> at{};  // x, y, z, index into kTiltDeg, index into kSizes
    double explained = -1;    // below 0: too little is seen
    double seen = 0;          // share of the compared cells
};

class Search {
  public:
    Search(const Inside& inside, const std::vector<Template>& templates)
        : inside_(inside), templates_(templates) {}

    Placing best() const {
        Placing best;
        for (Placing start : starts()) {
            fit(start, 1);
            start = climbed(start);
            if (start.explained > best.explained) best = start;
        }
        return best;
    }

  private:
    // Compares one of `every` cells.
    void fit(Placing& how, std::size_t every) const {
        const auto tilt = static_cast<std::size_t>(how.at[3]);
        const Template& cells =
            templates_[tilt * kSizes.size() + static_cast<std::size_t>(how.at[4])];
        const auto& size = inside_.size;
        Sums sums;
        std::size_t seen = 0, all = 0;
        for (std::size_t n = 0; n < cells.size(); n += every) {
            ++all;
            const int x = how.at[0] + cells[n].at[0], y = how.at[1] + cells[n].at[1],
                      z = how.at[2] + cells[n].at[2];
            if (x < 0 || y < 0 || z < 0 || x >= size[0] || y >= size[1] || z >= size[2]) continue;
            const std::size_t point = inside_.offset(x, y, z);
            if (inside_.seen[point] == 0) continue;
            ++seen;
            sums.add(cells[n].share, static_cast<double>(inside_.value[point]));
        }
        how.seen = static_cast<double>(seen) / static_cast<double>(all);
        how.explained = how.seen >= kCoverMin && seen >= kCellsSeenMin ? sums.explained() : -1;
    }

    // The best of a coarse net of placings that are not each other's neighbours. A brain lies
    // above the middle of a head that is seen down to its neck.
    std::vector<Placing> starts() const {
        std::vector<Placing> net;
        const auto start = [&](std::size_t axis) { return static_cast<int>(inside_.middle[axis]); };
        for (const int size : {1, 3})
            for (int tilt = 0; tilt < static_cast<int>(kTiltDeg.size()); tilt += 2)
                for (int z = -10; z <= 20; z += 2)
                    for (int y = -10; y <= 10; y += 2)
                        for (int x = -2; x <= 2; x += 2) {
                            Placing how{{start(0) + x, start(1) + y, start(2) + z, tilt, size}};
                            fit(how, 2);
                            if (how.explained >= 0) net.push_back(how);
                        }
        std::stable_sort(net.begin(), net.end(), [](const Placing& a, const Placing& b) {
            return a.explained > b.explained;
        });
        std::vector<Placing> apart;
        for (const Placing& one : net) {
            const bool near = std::any_of(apart.begin(), apart.end(), [&](const Placing& other) {
                int steps = 0;
                for (std::size_t a = 0; a < 3; ++a) steps += std::abs(one.at[a] - other.at[a]);
                return steps < kNearPoints && one.at[3] == other.at[3];
            });
            if (!near) apart.push_back(one);
            if (apart.size() == kStarts) break;
        }
        return apart;
    }

    // Uphill by single steps of place, tilt and size.
    Placing climbed(Placing how) const {
        for (bool moved = true; moved;) {
            moved = false;
            Placing best = how;
            for (std::size_t a = 0; a < how.at.size(); ++a)
                for (const int step : {-1, 1}) {
                    Placing next = how;
                    next.at[a] += step;
                    if (next.at[3] < 0 || next.at[3] >= static_cast<int>(kTiltDeg.size()) ||
                        next.at[4] < 0 || next.at[4] >= static_cast<int>(kSizes.size()))
                        continue;
                    fit(next, 1);
                    if (next.explained <= best.explained + 1e-9) continue;
                    best = next;
                    moved = true;
                }
            how = best;
        }
        return how;
    }

    const Inside& inside_;
    const std::vector<Template>& templates_;
};

}  // namespace

std::optional<AnatomyFit> compare_anatomy(const Inside& inside) {
    const std::vector<Template>& templates = all_templates();
    if (inside.value.empty() || !has_room(inside, templates)) return std::nullopt;
    const Placing upright = Search(inside, templates).best();
    if (upright.explained < 0) return std::nullopt;
    Placing mirrored;
    for (const auto& [down, back] :
         {std::array{true, false}, std::array{false, true}, std::array{true, true}}) {
        const Inside turned_about = reversed(inside, down, back);
        const Placing found = Search(turned_about, templates).best();
        if (found.explained > mirrored.explained) mirrored = found;
    }
    if (mirrored.explained < 0) return std::nullopt;
    const AnatomyFit fit{upright.explained, mirrored.explained,
                         std::min(upright.seen, mirrored.seen)};
    const double enough = fit.seen < kAnatomySeenMin ? kExplainedMinOfSlab : kExplainedMin;
    if (std::max(fit.upright, fit.mirrored) < enough) return std::nullopt;
    return fit;
}

}  // namespace iqt::qa
