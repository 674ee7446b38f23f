// SPDX-License-Identifier: Apache-2.0
#include "models/train/tiling.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "models/train/regions.hpp"
#include "pipeline/core/assert.hpp"

namespace iqt::models::train {
namespace {

constexpr double kPairsMin = 50;  ///< of voxels on both sides of a plane, for it to be measured

/// Mean |jump| into each plane of one axis from the one before (entry 0: none); negative where too
/// few pairs of voxels count.
std::vector<double> mean_jumps(const Volume& image, const Mask& where, std::size_t axis) {
    const auto& size = image.geometry.size;
    const std::size_t step =
        axis == 0   ? 1
        : axis == 1 ? static_cast<std::size_t>(size[0])
                    : static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]);
    std::vector<double> sum(static_cast<std::size_t>(size[axis]), 0), pairs = sum;
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                const auto plane = static_cast<std::size_t>(std::array<int, 3>{i, j, k}[axis]);
                const std::size_t v = image.offset(i, j, k);
                if (plane == 0 || where.voxels[v] == 0 || where.voxels[v - step] == 0) continue;
                sum[plane] += std::abs(static_cast<double>(image.voxels[v]) -
                                       static_cast<double>(image.voxels[v - step]));
                pairs[plane] += 1;
            }
    for (std::size_t p = 0; p < sum.size(); ++p)
        sum[p] = pairs[p] >= kPairsMin ? sum[p] / pairs[p] : -1;
    return sum;
}

/// Excesses of one axis: of tile planes, and of planes that have nothing to do with them.
struct Excesses {
    std::vector<double> seams, others;
};

Excesses excesses(const std::vector<double>& jumps, int tile) {
    Excesses out;
    const int size = static_cast<int>(jumps.size());
    if (tile < 3 || tile >= size) return out;
    for (int p = 2; p + 1 < size; ++p) {
        const auto n = static_cast<std::size_t>(p);
        if (jumps[n - 1] < 0 || jumps[n] < 0 || jumps[n + 1] < 0) continue;
        const double excess = jumps[n] - (jumps[n - 1] + jumps[n + 1]) / 2;
        const int past = p % tile;
        const bool is_neighbour = p >= tile - 1 && (past == 1 || past == tile - 1);
        if (past == 0)
            out.seams.push_back(excess);
        else if (!is_neighbour && (tile % 2 != 0 || p % 2 == 0))
            out.others.push_back(excess);
    }
    return out;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values) sum += v;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double sd_of(const std::vector<double>& values, double mean) {
    double squares = 0;
    for (const double v : values) squares += (v - mean) * (v - mean);
    return values.size() < 2 ? 0 : std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace

std::optional<TileGrid> tile_grid(std::string_view tiling) {
    TileGrid out;
    const std::array<int*, 4> numbers{&out.size_voxels[2], &out.size_voxels[1], &out.size_voxels[0],
                                      &out.halo_voxels};
    constexpr std::string_view kAfter = "xx+";
    const char* at = tiling.data();
    const char* const end = at + tiling.size();
    for (std::size_t n = 0; n < numbers.size(); ++n) {
        const auto [next, error] = std::from_chars(at, end, *numbers[n]);
        if (error != std::errc() || *numbers[n] < (n < 3 ? 1 : 0)) return std::nullopt;
        if (n == 3) return next == end ? std::optional(out) : std::nullopt;
        if (next == end || *next != kAfter[n]) return std::nullopt;
        at = next + 1;
    }
    return std::nullopt;
}

SeamScore find_seams(const Volume& image, const Mask& where, const TileGrid& tiles) {
    IQT_ASSERT(image.voxels.size() == where.voxels.size());
    SeamScore score;
    double scaled = 0, measured = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const Excesses found = excesses(mean_jumps(image, where, axis), tiles.size_voxels[axis]);
        const double usual = mean_of(found.others), sd = sd_of(found.others, usual);
        for (const double excess : found.seams) {
            score.excess += excess;
            ++score.planes;
            if (!(sd > 0)) continue;
            scaled += (excess - usual) / sd;
            measured += 1;
        }
    }
    if (score.planes > 0) score.excess /= score.planes;
    if (measured > 0) score.z = scaled / std::sqrt(measured);
    return score;
}

TilingScores measure_tiling(const SubjectResult& subject, const SubjectImages& images,
                            const Enhancement& tiled) {
    TilingScores out;
    out.subject = subject.name;
    out.tiling = tiled.provenance.tiling;
    const auto tiles = tile_grid(out.tiling);
    if (!tiles) return out;
    const Volume& truth = images.truth;
    IQT_ASSERT(tiled.mean.voxels.size() == truth.voxels.size());
    Mask white =
        segment(truth, brain_mask(truth, subject.contrast), fit_tissues(truth, subject.contrast));
    for (std::uint8_t& v : white.voxels) v = v == 1 ? 1 : 0;
    for (std::size_t v = 0; v < tiled.mean.voxels.size(); ++v)
        out.difference_max =
            std::max(out.difference_max, std::abs(static_cast<double>(tiled.mean.voxels[v]) -
                                                  static_cast<double>(images.model.voxels[v])));
    if (subject.white_matter > 0)
        out.difference_percent = 100 * out.difference_max / subject.white_matter;
    out.tiled = find_seams(tiled.mean, white, *tiles);
    out.whole = find_seams(images.model, white, *tiles);
    return out;
}

std::string to_markdown(const std::vector<TilingScores>& all) {
    if (all.empty()) return {};
    std::string text =
        "\n### Tiling\n\n"
        "| subject | tiles (k x j x i + halo) | max abs(tiled - whole), % of white matter | seam "
        "excess | seam z | z of the whole image there | planes |\n"
        "|---|---|---|---|---|---|---|\n";
    for (const TilingScores& t : all) {
        if (!tile_grid(t.tiling))
            text +=
                row("| %s | none: the model does not tile, or has room for the whole | - | - | - "
                    "| - | - |\n",
                    t.subject.substr(0, 200).c_str());
        else
            text += row("| %s | %s | %.3g | %.3g | %+.2f | %+.2f | %d |\n",
                        t.subject.substr(0, 200).c_str(), t.tiling.c_str(), t.difference_percent,
                        t.tiled.excess, t.tiled.z, t.whole.z, t.tiled.planes);
    }
    return text +
           "\nMaximum over every voxel, seams over white matter. Excess: mean absolute jump across "
           "tile planes "
           "less that of the two planes beside them; z: over its spread at planes far from them.\n";
}

std::string with_tiling(const std::string& report, const std::vector<TilingScores>& all) {
    auto json = nlohmann::ordered_json::parse(report);
    json["tiling"] = nlohmann::ordered_json::array();
    for (const TilingScores& t : all)
        json["tiling"].push_back({{"subject", t.subject},
                                  {"tiling", t.tiling},
                                  {"difference_max", t.difference_max},
                                  {"difference_percent", t.difference_percent},
                                  {"seam_excess", t.tiled.excess},
                                  {"seam_z", t.tiled.z},
                                  {"seam_z_whole", t.whole.z},
                                  {"planes", t.tiled.planes}});
    return json.dump(2) + "\n";
}

}  // namespace iqt::models::train
