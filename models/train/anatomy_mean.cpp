// SPDX-License-Identifier: Apache-2.0
#include "models/train/anatomy_mean.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "models/train/evaluation.hpp"
#include "pipeline/qa/anatomy_reference.hpp"
#include "pipeline/qa/stack.hpp"

namespace iqt::models::train {
namespace {

constexpr double kMapCellMm = 4;
constexpr std::size_t kCharactersALine = 80;

/// Place in qa::TissueShares of a FreeSurfer label.
std::optional<std::size_t> place_of(int label) {
    switch (label) {
        case 4:  // ventricles and fluid around the brain
        case 5:
        case 14:
        case 15:
        case 24:
        case 43:
        case 44:
            return 0;
        case 3:  // cortex of the cerebrum and the cerebellum, deep nuclei
        case 8:
        case 10:
        case 11:
        case 12:
        case 13:
        case 17:
        case 18:
        case 26:
        case 42:
        case 47:
        case 49:
        case 50:
        case 51:
        case 52:
        case 53:
        case 54:
        case 58:
            return 1;
        case 2:  // white matter and brain stem
        case 7:
        case 16:
        case 28:
        case 41:
        case 46:
        case 60:
        case 85:
            return 2;
        default:
            return std::nullopt;
    }
}

}  // namespace

const std::array<float, 3>* AnatomyMean::Map::cell(int x, int y, int z) const {
    if (x < 0 || y < 0 || z < 0 || x >= size[0] || y >= size[1] || z >= size[2]) return nullptr;
    return &shares[(static_cast<std::size_t>(z) * static_cast<std::size_t>(size[1]) +
                    static_cast<std::size_t>(y)) *
                       static_cast<std::size_t>(size[0]) +
                   static_cast<std::size_t>(x)];
}

std::array<double, 3> AnatomyMean::Map::between(const Vec3& at) const {
    std::array<double, 3> out{};
    const Vec3 low{std::floor(at[0]), std::floor(at[1]), std::floor(at[2])};
    for (int corner = 0; corner < 8; ++corner) {
        const std::array<int, 3> step{corner % 2, corner / 2 % 2, corner / 4};
        std::array<int, 3> where{};
        double weight = 1;
        for (std::size_t a = 0; a < 3; ++a) {
            const double f = at[a] - low[a];
            weight *= step[a] == 1 ? f : 1 - f;
            where[a] = static_cast<int>(low[a]) + step[a];
        }
        const auto* here = cell(where[0], where[1], where[2]);
        if (here == nullptr) continue;
        for (std::size_t t = 0; t < 3; ++t) out[t] += weight * static_cast<double>((*here)[t]);
    }
    return out;
}

void AnatomyMean::measure(Map& map) {
    double yy = 0, zz = 0, yz = 0;
    for (const bool about_middle : {false, true}) {
        for (int z = 0; z < map.size[2]; ++z)
            for (int y = 0; y < map.size[1]; ++y)
                for (int x = 0; x < map.size[0]; ++x) {
                    const auto& shares = *map.cell(x, y, z);
                    const double weight = static_cast<double>(shares[1] + shares[2]);
                    if (about_middle) {
                        const double dy = y - map.middle[1], dz = z - map.middle[2];
                        yy += weight * dy * dy, zz += weight * dz * dz, yz += weight * dy * dz;
                        continue;
                    }
                    map.volume += weight;
                    map.middle[0] += weight * x;
                    map.middle[1] += weight * y;
                    map.middle[2] += weight * z;
                }
        if (!(map.volume > 0)) return;
        if (!about_middle)
            for (double& c : map.middle) c /= map.volume;
    }
    map.tilt_rad = 0.5 * std::atan2(2 * yz, yy - zz);
}

void AnatomyMean::add(const Volume& labels) {
    const Geometry& g = labels.geometry;
    const auto [low, high] = qa::outer_bounds_lps_mm(g);
    Map map;
    std::size_t cells = 1;
    for (std::size_t a = 0; a < 3; ++a) {
        map.size[a] = std::max(1, static_cast<int>(std::ceil((high[a] - low[a]) / kMapCellMm)));
        cells *= static_cast<std::size_t>(map.size[a]);
    }
    map.shares.assign(cells, {0, 0, 0});
    const double voxel_mm3 = g.spacing_mm[0] * g.spacing_mm[1] * g.spacing_mm[2];
    const auto share = static_cast<float>(voxel_mm3 / (kMapCellMm * kMapCellMm * kMapCellMm));
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const auto place = place_of(static_cast<int>(labels.at(i, j, k)));
                if (!place) continue;
                const Vec3 at = g.point_lps_mm(i, j, k);
                std::size_t cell = 0;
                for (const std::size_t a : {2U, 1U, 0U}) {
                    const int c = std::clamp(static_cast<int>((at[a] - low[a]) / kMapCellMm), 0,
                                             map.size[a] - 1);
                    cell =
                        cell * static_cast<std::size_t>(map.size[a]) + static_cast<std::size_t>(c);
                }
                map.shares[cell][*place] += share;
            }
    measure(map);
    if (map.volume > 0) maps_.push_back(std::move(map));
}

std::string AnatomyMean::print() const {
    if (maps_.empty()) return {};
    using Reference = qa::AnatomyReference;
    const auto count = static_cast<double>(maps_.size());
    double volume = 0, tilt = 0;
    for (const Map& map : maps_) volume += map.volume / count, tilt += map.tilt_rad / count;
    std::string packed;
    for (int z = 0; z < Reference::kZ; ++z)
        for (int y = 0; y < Reference::kY; ++y)
            for (int x = 0; x < Reference::kHalfX; ++x) {
                std::array<double, 3> sum{};
                // Eight points of the cell on each side.
                for (int n = 0; n < 16; ++n) {
                    const double mm = Reference::kCellMm, off = mm / 4;
                    const double across = (x + 0.5) * mm + (n % 2 == 0 ? -off : off);
                    const double side = n < 8 ? across : -across;
                    const double back =
                        (y - (Reference::kY - 1) / 2.0) * mm + (n / 2 % 2 == 0 ? -off : off);
                    const double up =
                        (z - (Reference::kZ - 1) / 2.0) * mm + (n / 4 % 2 == 0 ? -off : off);
                    for (const Map& map : maps_) {
                        const double scale = std::cbrt(map.volume / volume) / kMapCellMm;
                        const double c = std::cos(map.tilt_rad - tilt);
                        const double s = std::sin(map.tilt_rad - tilt);
                        const auto shares =
                            map.between({map.middle[0] + scale * side,
                                         map.middle[1] + scale * (c * back - s * up),
                                         map.middle[2] + scale * (s * back + c * up)});
                        for (std::size_t t = 0; t < 3; ++t) sum[t] += shares[t] / 16 / count;
                    }
                }
                packed += qa::pack_shares({static_cast<float>(sum[0]), static_cast<float>(sum[1]),
                                           static_cast<float>(sum[2])});
            }
    std::string text = row("// %zu maps, %.0f ml of grey and white matter\n", maps_.size(),
                           volume * kMapCellMm * kMapCellMm * kMapCellMm / 1000);
    for (std::size_t at = 0; at < packed.size(); at += kCharactersALine)
        text += '"' + packed.substr(at, kCharactersALine) + "\"\n";
    return text;
}

}  // namespace iqt::models::train
