// SPDX-License-Identifier: Apache-2.0
#include "models/train/label_synthesis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>

#include "models/nifti.hpp"
#include "models/train/augment.hpp"
#include "models/train/block_feed.hpp"
#include "models/train/head_warp.hpp"
#include "pipeline/grid/forward_model.hpp"

namespace iqt::models::train {
namespace {

enum Tissue { kWhite, kGrey, kDeep, kFluid, kOther };

Tissue tissue_of(int label) {
    switch (label) {
        case 2:
        case 41:
        case 7:
        case 46:
        case 16:
        case 28:
        case 60:
        case 85:
            return kWhite;
        case 3:
        case 42:
        case 8:
        case 47:
        case 17:
        case 53:
        case 18:
        case 54:
            return kGrey;
        case 10:
        case 11:
        case 12:
        case 13:
        case 26:
        case 49:
        case 50:
        case 51:
        case 52:
        case 58:
            return kDeep;
        case 4:
        case 5:
        case 14:
        case 15:
        case 24:
        case 43:
        case 44:
            return kFluid;
        default:
            return kOther;
    }
}

/// Means of white matter, cortex, deep grey and fluid over the brightest, by contrast.
std::array<double, 4> means_of(Contrast contrast) {
    switch (contrast) {
        case Contrast::T1:
            return {0.85, 0.55, 0.66, 0.18};
        case Contrast::T2:
            return {0.33, 0.48, 0.40, 0.95};
        default:
            return {0.58, 0.75, 0.66, 0.12};
    }
}

/// The box of what is not background with a margin, as a scan would be planned.
Volume around_head(const Volume& labels) {
    constexpr int kMargin = 8;
    const auto& n = labels.geometry.size;
    std::array<int, 3> low = n, high{-1, -1, -1};
    for (int k = 0; k < n[2]; ++k)
        for (int j = 0; j < n[1]; ++j)
            for (int i = 0; i < n[0]; ++i) {
                if (labels.at(i, j, k) == 0.0F) continue;
                const std::array<int, 3> at{i, j, k};
                for (std::size_t a = 0; a < 3; ++a) {
                    low[a] = std::min(low[a], at[a]);
                    high[a] = std::max(high[a], at[a]);
                }
            }
    if (high[0] < 0) return labels;
    Geometry box = labels.geometry;
    for (std::size_t a = 0; a < 3; ++a) {
        low[a] = std::max(0, low[a] - kMargin);
        box.size[a] = std::min(n[a], high[a] + kMargin + 1) - low[a];
    }
    box.origin_lps_mm = labels.geometry.point_lps_mm(low[0], low[1], low[2]);
    Volume out(box);
    for (int k = 0; k < box.size[2]; ++k)
        for (int j = 0; j < box.size[1]; ++j) {
            const float* row = &labels.voxels[labels.offset(low[0], low[1] + j, low[2] + k)];
            std::copy(row, row + box.size[0], &out.voxels[out.offset(0, j, k)]);
        }
    return out;
}

/// A head of another shape from the same map; labels are never mixed.
Volume reshaped(const Volume& map, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const HeadWarp warp(map.geometry, random);
    const auto& n = map.geometry.size;
    Volume out(map.geometry);
    for (int k = 0; k < n[2]; ++k)
        for (int j = 0; j < n[1]; ++j)
            for (int i = 0; i < n[0]; ++i) {
                const Vec3 from = warp.original(i, j, k);
                const int x = static_cast<int>(std::lround(from[0])),
                          y = static_cast<int>(std::lround(from[1])),
                          z = static_cast<int>(std::lround(from[2]));
                const bool inside = x >= 0 && y >= 0 && z >= 0 && x < n[0] && y < n[1] && z < n[2];
                out.at(i, j, k) = inside ? map.at(x, y, z) : 0.0F;
            }
    return out;
}

}  // namespace

Result<Subject> synthesize(const std::filesystem::path& labels, Contrast contrast,
                           std::uint64_t seed, bool warped) {
    auto whole = nifti::read(labels);
    if (!whole) return fail(whole.error());
    Volume map = around_head(*whole);
    whole->voxels = {};
    if (warped) map = reshaped(map, mix(seed, 0x5A));
    const auto salt = static_cast<std::uint64_t>(contrast) + 1;
    std::mt19937_64 random(mix(seed, salt));
    const auto base = means_of(contrast);
    std::map<int, float> mean, roughness;
    for (const float value : map.voxels) {
        const int label = static_cast<int>(std::lround(value));
        if (label == 0 || mean.contains(label)) continue;
        const Tissue tissue = tissue_of(label);
        mean[label] =
            static_cast<float>(tissue == kOther ? uniform(random, 0.1, 0.9)
                                                : base[tissue] * uniform(random, 0.93, 1.07));
        roughness[label] = static_cast<float>(uniform(random, 0.5, 1.6));
    }
    Subject out;
    out.name = labels.filename().string() + " as " + std::string(to_string(contrast));
    out.contrast = contrast;
    out.synthetic = true;
    // Two textures: one as wide as a gyrus, one near the voxel size.
    std::array<Volume, 2> texture{Volume(map.geometry), Volume(map.geometry)};
    for (Volume& t : texture) {
        for (float& v : t.voxels) v = static_cast<float>(uniform(random, -1, 1));
    }
    texture[0] = grid::blur(texture[0], {8, 8, 8});
    texture[1] = grid::blur(texture[1], {1.5, 1.5, 1.5});
    out.volume = Volume(map.geometry);
    for (std::size_t n = 0; n < map.voxels.size(); ++n) {
        const int label = static_cast<int>(std::lround(map.voxels[n]));
        if (label == 0) continue;
        const float rough = 1.2F * texture[0].voxels[n] + 0.12F * texture[1].voxels[n];
        const float value = mean[label] * (1 + roughness[label] * rough);
        out.volume.voxels[n] = std::max(0.0F, value);
    }
    out.volume = grid::blur(out.volume, {0.9, 0.9, 0.9});
    index_foreground(out);
    return out;
}

Result<std::vector<Subject>> synthesize_all(const std::filesystem::path& folder,
                                            std::uint64_t seed) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        const bool kept_out = name.ends_with("_13.nii.gz") || name.ends_with("_14.nii.gz");
        if (name.ends_with(".nii.gz") && !kept_out) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    if (files.empty())
        return fail(ErrorKind::NotFound, "no label map was found", folder.string(),
                    "file names are training_seg_NN.nii.gz");
    std::vector<Subject> out;
    for (const auto& file : files)
        for (const Contrast contrast : {Contrast::T1, Contrast::T2, Contrast::Flair}) {
            auto made = synthesize(file, contrast, mix(seed, out.size()), true);
            if (!made) return fail(made.error());
            out.push_back(std::move(*made));
        }
    return out;
}

}  // namespace iqt::models::train
