// SPDX-License-Identifier: Apache-2.0
#include "models/train/tissue_interval.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/random.hpp"
#include "pipeline/core/assert.hpp"
#include "pipeline/grid/noise.hpp"

namespace iqt::models::train {
namespace {

/// The likeliest class of an intensity from a table: intensities of a brain are looked up many
/// million times.
class ClassTable {
  public:
    explicit ClassTable(const Tissues& tissues) {
        const auto [low, high] =
            std::minmax({tissues.white.mean, tissues.grey.mean, tissues.fluid.mean});
        low_ = low;  // beyond the outermost means the class does not change (see posteriors)
        step_ = std::max(1e-12, (high - low) / static_cast<double>(kSteps - 1));
        for (std::size_t n = 0; n < kSteps; ++n) {
            const auto p = posteriors(tissues, low_ + step_ * static_cast<double>(n));
            classes_[n] =
                static_cast<std::uint8_t>(std::max_element(p.begin(), p.end()) - p.begin());
        }
    }

    std::size_t operator()(double intensity) const {
        const double at =
            std::clamp((intensity - low_) / step_ + 0.5, 0.0, static_cast<double>(kSteps - 1));
        return classes_[static_cast<std::size_t>(at)];
    }

  private:
    static constexpr std::size_t kSteps = 8192;
    std::array<std::uint8_t, kSteps> classes_{};
    double low_ = 0, step_ = 1;
};

/// What is drawn from: the voxels of the brain alone, and where they are in its bounding box.
struct Brain {
    Geometry box;
    std::vector<std::size_t> at;
    std::vector<float> image, sd;
    double voxel_ml = 0;
};

/// The smallest box about a mask, and its first corner.
std::pair<Geometry, std::array<int, 3>> bounding_box(const Mask& mask) {
    const auto& size = mask.geometry.size;
    std::array<int, 3> low = size, high{-1, -1, -1};
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                if (mask.at(i, j, k) == 0) continue;
                const std::array<int, 3> at{i, j, k};
                for (std::size_t a = 0; a < 3; ++a) {
                    low[a] = std::min(low[a], at[a]);
                    high[a] = std::max(high[a], at[a]);
                }
            }
    Geometry box = mask.geometry;
    for (std::size_t a = 0; a < 3; ++a) box.size[a] = std::max(0, high[a] - low[a] + 1);
    return {box, low};
}

Brain take_brain(const Volume& image, const Volume& sd, const Mask& mask) {
    Brain out;
    const auto [box, low] = bounding_box(mask);
    out.box = box;
    const Mask in_box(box);
    out.voxel_ml = box.spacing_mm[0] * box.spacing_mm[1] * box.spacing_mm[2] / 1000;
    for (int k = 0; k < box.size[2]; ++k)
        for (int j = 0; j < box.size[1]; ++j)
            for (int i = 0; i < box.size[0]; ++i) {
                const std::size_t v = mask.offset(i + low[0], j + low[1], k + low[2]);
                if (mask.voxels[v] == 0) continue;
                out.at.push_back(in_box.offset(i, j, k));
                out.image.push_back(image.voxels[v]);
                out.sd.push_back(sd.voxels[v]);
            }
    return out;
}

/// Volumes of image + SD x field(number of the voxel in the brain).
template <class Field>
TissueVolumes volumes_of(const Brain& brain, const ClassTable& table, Field&& field) {
    TissueVolumes out{};
    for (std::size_t n = 0; n < brain.at.size(); ++n)
        out[table(static_cast<double>(brain.image[n]) +
                  static_cast<double>(brain.sd[n]) * field(n))] += brain.voxel_ml;
    return out;
}

TissueForecast forecast(std::string errors, const std::vector<TissueVolumes>& draws) {
    TissueForecast out;
    out.errors = std::move(errors);
    for (std::size_t t = 0; t < 3; ++t) {
        std::vector<float> values;
        double sum = 0;
        for (const TissueVolumes& v : draws) {
            values.push_back(static_cast<float>(v[t]));
            sum += v[t];
        }
        out.mean_ml[t] = sum / static_cast<double>(draws.size());
        out.low_ml[t] = grid::quantile(values, 0.05);
        out.high_ml[t] = grid::quantile(values, 0.95);
    }
    return out;
}

/// The intensity below which a share of the standard normal distribution lies, by bisection.
double normal_quantile(double share) {
    double low = -10, high = 10;
    for (int n = 0; n < 60; ++n) {
        const double middle = (low + high) / 2;
        (std::erfc(-middle / std::sqrt(2.0)) / 2 < share ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace

TissueIntervals tissue_intervals(const Volume& truth, const Volume& image, const Volume& sd,
                                 const Mask& brain, const Tissues& tissues,
                                 const NeighbourCorrelation& correlation, int draws,
                                 std::uint64_t seed) {
    IQT_ASSERT(truth.voxels.size() == image.voxels.size());
    IQT_ASSERT(truth.voxels.size() == sd.voxels.size());
    IQT_ASSERT(truth.voxels.size() == brain.voxels.size());
    const ClassTable table(tissues);
    const Brain inside = take_brain(image, sd, brain);
    TissueIntervals out;
    for (std::size_t v = 0; v < brain.voxels.size(); ++v)
        if (brain.voxels[v] != 0)
            out.truth_ml[table(static_cast<double>(truth.voxels[v]))] += inside.voxel_ml;
    out.image_ml = volumes_of(inside, table, [](std::size_t) { return 0.0; });
    if (inside.at.empty()) return out;
    const int count = std::max(20, draws);
    std::vector<TissueVolumes> independent, measured, as_one;
    for (int n = 0; n < count; ++n) {
        const std::uint64_t own = random::mix(seed + static_cast<std::uint64_t>(n));
        independent.push_back(
            volumes_of(inside, table, [own](std::size_t v) { return random::normals(own, v).a; }));
        const Volume smooth = normal_field(inside.box, correlation, random::mix(own));
        measured.push_back(volumes_of(inside, table, [&](std::size_t v) {
            return static_cast<double>(smooth.voxels[inside.at[v]]);
        }));
        const double z = normal_quantile((n + 0.5) / count);
        as_one.push_back(volumes_of(inside, table, [z](std::size_t) { return z; }));
    }
    out.forecasts = {forecast("independent", independent), forecast("as measured", measured),
                     forecast("as one", as_one)};
    return out;
}

bool holds_truth(const TissueIntervals& intervals, const TissueForecast& forecast,
                 std::size_t tissue) {
    return intervals.truth_ml[tissue] >= forecast.low_ml[tissue] &&
           intervals.truth_ml[tissue] <= forecast.high_ml[tissue];
}

}  // namespace iqt::models::train
