// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/assess.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "pipeline/core/assert.hpp"
#include "pipeline/grid/consistency.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/stages/head_region.hpp"

namespace iqt::stages {
namespace {

constexpr double kHeadMarginMm = 4.0;

// Native voxel (nearest centre) of every fine index along one axis, and whether the fine voxel lies
// beyond the first or last native centre, where the image is extrapolated.
struct AxisMap {
    std::vector<int> native;
    std::vector<bool> beyond;
};

AxisMap map_axis(const Geometry& fine, const Geometry& native, std::size_t axis) {
    const int count = fine.size[axis];
    AxisMap map{std::vector<int>(static_cast<std::size_t>(count)),
                std::vector<bool>(static_cast<std::size_t>(count))};
    const double ratio = fine.spacing_mm[axis] / native.spacing_mm[axis];
    for (int n = 0; n < count; ++n) {
        const double at = (n + 0.5) * ratio - 0.5;
        const auto index = static_cast<std::size_t>(n);
        map.native[index] = std::clamp(static_cast<int>(std::lround(at)), 0, native.size[axis] - 1);
        map.beyond[index] = at < -1e-9 || at > native.size[axis] - 1 + 1e-9;
    }
    return map;
}

struct Levels {
    float total_sd = 0;    ///< in source units; 0: class not assessed by this model
    float residual = 0;    ///< in noise SDs
    float patch = 0;       ///< in robust SDs of a patch's mean; 0: not used
    float unfamiliar = 0;  ///< distance to the training data; 0: not assessed by this model
};

class Marker {
  public:
    Marker(const Volume& source, const Enhancement& enhancement, double noise_sd, Levels levels)
        : source_(source.geometry),
          fine_(enhancement.mean.geometry),
          sd_(enhancement.total_sd),
          unfamiliarity_(enhancement.unfamiliarity),
          head_(head_region(source, noise_sd, kHeadMarginMm)),
          consistency_(grid::consistency_of(source, enhancement.mean, noise_sd)),
          levels_(levels) {
        for (std::size_t axis = 0; axis < 3; ++axis) maps_[axis] = map_axis(fine_, source_, axis);
    }

    Mask mark() const {
        Mask mask(fine_);
        for (int k = 0; k < fine_.size[2]; ++k)
            for (int j = 0; j < fine_.size[1]; ++j)
                for (int i = 0; i < fine_.size[0]; ++i) mask.at(i, j, k) = bits(i, j, k);
        return mask;
    }

  private:
    std::uint8_t bits(int i, int j, int k) const {
        const std::array<std::size_t, 3> at{
            static_cast<std::size_t>(i), static_cast<std::size_t>(j), static_cast<std::size_t>(k)};
        const std::size_t native =
            head_.offset(maps_[0].native[at[0]], maps_[1].native[at[1]], maps_[2].native[at[2]]);
        const auto slab = static_cast<std::size_t>(source_.slice_axis());
        if (head_.voxels[native] == 0 || maps_[slab].beyond[at[slab]]) return kNotAssessed;
        unsigned found = 0;
        if (levels_.total_sd > 0 && sd_.at(i, j, k) > levels_.total_sd) found |= kUncertain;
        if (levels_.unfamiliar > 0 && unfamiliarity_.at(i, j, k) > levels_.unfamiliar)
            found |= kUnfamiliar;
        if (contradicted(native)) found |= kInconsistent;
        return static_cast<std::uint8_t>(found);
    }

    bool contradicted(std::size_t native) const {
        if (consistency_.voxel.voxels.empty()) return false;
        return consistency_.voxel.voxels[native] > levels_.residual ||
               (levels_.patch > 0 && consistency_.patch.voxels[native] > levels_.patch);
    }

    const Geometry& source_;
    const Geometry& fine_;
    const Volume& sd_;
    const Volume& unfamiliarity_;
    Mask head_;
    grid::Consistency consistency_;
    Levels levels_;
    std::array<AxisMap, 3> maps_;
};

void sum_up(Assessment& assessment) {
    const Geometry& g = assessment.mask.geometry;
    const double voxel_ml = g.spacing_mm[0] * g.spacing_mm[1] * g.spacing_mm[2] / 1000.0;
    for (const std::uint8_t bits : assessment.mask.voxels) {
        if ((bits & kUncertain) != 0) assessment.uncertain_ml += voxel_ml;
        if ((bits & kUnfamiliar) != 0) assessment.unfamiliar_ml += voxel_ml;
        if ((bits & kInconsistent) != 0) assessment.inconsistent_ml += voxel_ml;
        if ((bits & kNotAssessed) == 0) assessment.assessed_ml += voxel_ml;
    }
}

}  // namespace

Assessment assess(const Volume& source, const Enhancement& enhancement) {
    const ModelInfo& model = enhancement.provenance.model;
    Assessment assessment;
    assessment.noise_sd = grid::estimate_noise_sd(source);
    Levels levels;
    levels.residual = static_cast<float>(model.residual_threshold);
    levels.patch = static_cast<float>(model.patch_residual_threshold);
    if (model.has_uncertainty) {
        IQT_ASSERT(enhancement.total_sd.geometry == enhancement.mean.geometry);
        levels.total_sd =
            static_cast<float>(model.total_sd_threshold * grid::foreground_scale(source));
    }
    if (model.unfamiliar_threshold > 0) {
        IQT_ASSERT(enhancement.unfamiliarity.geometry == enhancement.mean.geometry);
        levels.unfamiliar = static_cast<float>(model.unfamiliar_threshold);
    }
    assessment.mask = Marker(source, enhancement, assessment.noise_sd, levels).mark();
    sum_up(assessment);
    return assessment;
}

}  // namespace iqt::stages
