// SPDX-License-Identifier: Apache-2.0
#include "models/train/lowfield.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "models/tissue.hpp"
#include "models/train/spectrum.hpp"
#include "models/train/subjects.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/stages/eligibility.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLowMark = "_0.055T_", kHighMark = "_3T_";

/// First and last index whose line of pixels is bright over at least a tenth of its length.
struct Extent {
    int first = 0, last = -1;
};

Extent extent(const std::vector<int>& bright, int length) {
    Extent out;
    for (std::size_t n = 0; n < bright.size(); ++n) {
        if (bright[n] * 10 < length) continue;
        if (out.last < 0) out.first = static_cast<int>(n);
        out.last = static_cast<int>(n);
    }
    if (out.last < 0) out = {0, static_cast<int>(bright.size()) - 1};
    return out;
}

/// The part [i0, i0 + ni) x [j0, j0 + nj) x [k0, k0 + nk), where it is in the patient.
Volume part(const Volume& in, const std::array<int, 3>& from, const std::array<int, 3>& size) {
    Geometry g = in.geometry;
    g.size = size;
    g.origin_lps_mm = in.geometry.point_lps_mm(from[0], from[1], from[2]);
    Volume out(g);
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i)
                out.at(i, j, k) = in.at(from[0] + i, from[1] + j, from[2] + k);
    return out;
}

std::optional<Contrast> contrast_of_sequence(const std::string& file, const fs::path& path) {
    if (file.find("GRE") != std::string::npos) return Contrast::T1;
    if (file.find("FSE") != std::string::npos) return Contrast::T2;
    return contrast_in_name(path);
}

/// Clipped at the 99.5 percentile of the brain's middle: a scalp near a coil can be many times as
/// bright as the brain, and every threshold would follow it.
Volume without_bright_scalp(const Volume& slices, const Volume& square) {
    const auto highest = static_cast<float>(grid::percentile(square, 0.995));
    Volume out = slices;
    for (float& v : out.voxels) v = std::min(v, highest);
    return out;
}

/// fit_tissues of all that is brighter than four times the noise. Half of Otsu's threshold, which
/// it begins at, cuts into white matter where fluid is several times as bright; a constant that is
/// added to all voxels (and taken off the means) moves that to where it is wanted.
Tissues fit_slices(const Volume& slices, Contrast contrast, double noise_sd) {
    const double otsu = grid::otsu_threshold(slices);
    const double shift = otsu - 2 * std::min(4 * noise_sd, otsu / 2);
    Volume shifted = slices;
    for (float& v : shifted.voxels) v += static_cast<float>(shift);
    Tissues tissues = fit_tissues(shifted, contrast);
    for (TissueClass* c : {&tissues.white, &tissues.grey, &tissues.fluid}) c->mean -= shift;
    return tissues;
}

}  // namespace

Result<std::vector<FieldPair>> find_field_pairs(const fs::path& folder) {
    const auto files = find_volumes({folder});
    if (!files) return fail(files.error());
    std::vector<FieldPair> pairs;
    for (const fs::path& file : *files) {
        const std::string name = file.filename().string();
        const std::size_t at = name.find(kLowMark);
        if (at == std::string::npos) continue;
        const auto contrast = contrast_of_sequence(name.substr(at + kLowMark.size()), file);
        if (contrast) pairs.push_back({name.substr(0, at), *contrast, file, {}});
    }
    for (FieldPair& pair : pairs)
        for (const fs::path& file : *files) {
            const std::string name = file.filename().string();
            if (name.starts_with(pair.patient + std::string(kHighMark)) &&
                contrast_in_name(file) == pair.contrast)
                pair.high_field = file;
        }
    if (pairs.empty())
        return fail(ErrorKind::NotFound, "there is no low-field series", folder.string(),
                    "files are called PATIENT_0.055T_GRE, _FSE or _FLAIR.nii.gz");
    return pairs;
}

std::vector<std::string> reasons_to_decline(const Geometry& slices, Contrast contrast,
                                            double field_t, const ModelInfo* model) {
    SeriesFacts facts;
    facts.slice_count = slices.size[2];
    facts.contrast = contrast;
    facts.field_strength_t = field_t;
    std::vector<std::string> out;
    for (stages::Decline& reason : stages::eligibility(facts, {}))
        out.push_back(std::move(reason.sentence));
    if (model == nullptr) return out;
    for (stages::Decline& reason : stages::model_contract(facts, &slices, *model, {}))
        out.push_back(std::move(reason.sentence));
    return out;
}

HeadBox head_box(const Volume& slices) {
    const auto [ni, nj, nk] = slices.geometry.size;
    const double least = 0.2 * grid::percentile(slices, 0.995);
    Extent across{ni, -1}, down{nj, -1};
    for (int k = 0; k < nk; ++k) {
        std::vector<int> columns(static_cast<std::size_t>(ni), 0);
        std::vector<int> rows(static_cast<std::size_t>(nj), 0);
        for (int j = 0; j < nj; ++j)
            for (int i = 0; i < ni; ++i)
                if (static_cast<double>(slices.at(i, j, k)) > least) {
                    ++columns[static_cast<std::size_t>(i)];
                    ++rows[static_cast<std::size_t>(j)];
                }
        const Extent i = extent(columns, nj), j = extent(rows, ni);
        across = {std::min(across.first, i.first), std::max(across.last, i.last)};
        down = {std::min(down.first, j.first), std::max(down.last, j.last)};
    }
    return {static_cast<double>(across.first), static_cast<double>(down.first),
            across.last - across.first + 1.0, down.last - down.first + 1.0};
}

Volume central_square(const Volume& slices, double edge_mm) {
    const HeadBox box = head_box(slices);
    const auto& g = slices.geometry;
    const std::array<double, 2> middle{box.left + box.width / 2, box.top + box.height / 2};
    std::array<int, 3> from{0, 0, 0}, size = g.size;
    for (std::size_t a = 0; a < 2; ++a) {
        const double half = edge_mm / g.spacing_mm[a] / 2;
        from[a] = std::clamp(static_cast<int>(std::lround(middle[a] - half)), 0, g.size[a] - 1);
        const int end = static_cast<int>(std::lround(middle[a] + half));
        size[a] = std::max(1, std::min(end, g.size[a]) - from[a]);
    }
    return part(slices, from, size);
}

Appearance measure_appearance(const Volume& slices, Contrast contrast) {
    Appearance out;
    const Volume square = central_square(slices, kSquareMm);
    const double noise_sd = grid::estimate_noise_sd(slices);
    const Tissues tissues = fit_slices(without_bright_scalp(slices, square), contrast, noise_sd);
    const double white = tissues.white.mean;
    if (!(white > 0)) return out;
    out.noise = noise_sd / white;
    out.grey = tissues.grey.mean / white;
    out.fluid = tissues.fluid.mean / white;
    out.is_grey_clear = std::abs(out.grey - 1) > 2 * out.noise;
    out.power = power_shares(square, kRingEdges);
    return out;
}

void scale_to_head(Volume& slices, const Volume& like, double slice_mm) {
    const double like_mm = head_box(like).width * like.geometry.spacing_mm[0];
    const double pixel_mm = like_mm / head_box(slices).width;
    slices.geometry.spacing_mm = {pixel_mm, pixel_mm, slice_mm};
}

Simulation simulate_slices(const Volume& high_field, SimulateOptions how, std::uint64_t seed) {
    const Volume clipped = without_bright_scalp(high_field, central_square(high_field, kSquareMm));
    how.slice_axis = 2;
    how.slice_mm = high_field.geometry.spacing_mm[2];
    how.slice_fwhm = 0;
    how.white_matter =
        fit_slices(clipped, how.contrast, grid::estimate_noise_sd(high_field)).white.mean;
    return simulate(clipped, how, seed);
}

Volume slices_above_centre(const Volume& series, int count) {
    const auto& size = series.geometry.size;
    const double least = grid::otsu_threshold(series) / 2;
    double sum = 0, n = 0;
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i)
                if (static_cast<double>(series.at(i, j, k)) > least) {
                    sum += k;
                    n += 1;
                }
    const int centre = n > 0 ? static_cast<int>(std::lround(sum / n)) : size[2] / 2;
    const bool is_up = series.geometry.axes[2][2] >= 0;
    const int taken = std::min(count, size[2]);
    const int first = is_up ? centre : centre - taken + 1;
    return part(series, {0, 0, std::clamp(first, 0, size[2] - taken)}, {size[0], size[1], taken});
}

}  // namespace iqt::models::train
