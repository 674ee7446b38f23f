// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include <torch/torch.h>

#include "models/nets/iqt_ur.hpp"
#include "models/safetensors.hpp"
#include "pipeline/core/series.hpp"

/// How unlike the training data a place looks to the trunk: Mahalanobis distance of its features to
/// those of training scans of the same contrast and brightness ("tissue bin"). Source: Lee et al.
/// 2018 (a simple unified framework for detecting out-of-distribution samples), with brightness in
/// the place of the class.
namespace iqt::models::nets {

/// Brightness bins over the foreground scale: air, fluid-dark, dark, middle, bright.
inline constexpr std::array<double, 4> kBinEdges{0.08, 0.25, 0.5, 0.8};
inline constexpr std::int64_t kBins = static_cast<std::int64_t>(kBinEdges.size()) + 1;
inline constexpr std::int64_t kContrasts = 3;

/// Means and whitening matrices of the features, one for each contrast and bin.
class Familiarity {
  public:
    /// mean [kContrasts * kBins, filters], whitening [kContrasts * kBins, filters, filters].
    Familiarity(at::Tensor mean, at::Tensor whitening);

    /// Distance over the root of the number of filters, so about 1 in the training data; mean of
    /// 3 x 3 x 3 cells, so that noise does not count for structure. [1, 1, d, h, w], float32.
    /// `brightness` [1, 1, d, h, w]: mean of the cubic input over each cell, in shares of the
    /// scale.
    at::Tensor distance(const Features& features, const at::Tensor& brightness,
                        Contrast contrast) const;

    /// As stored beside the weights, under "familiarity.".
    std::map<std::string, Tensor> tensors() const;

  private:
    at::Tensor mean_, whitening_;
};

inline constexpr const char* kFamiliarityMean = "familiarity.mean";
inline constexpr const char* kFamiliarityWhitening = "familiarity.whitening";

/// Sums over training scans that make a Familiarity. Not thread-safe.
class FamiliarityFit {
  public:
    explicit FamiliarityFit(std::int64_t filters);
    /// `where` [1, 1, d, h, w], bool: cells that count.
    void add(const Features& features, const at::Tensor& brightness, Contrast contrast,
             const at::Tensor& where);
    /// Bins with fewer than `cells_min` cells take the statistics of all bins of their contrast.
    Familiarity finish(std::int64_t cells_min = 2000) const;

  private:
    at::Tensor count_, sum_, products_;  ///< float64
};

/// Mean brightness of each half-resolution cell from the network's input [1, c, 2d, 2h, 2w].
at::Tensor cell_brightness(const at::Tensor& input);

}  // namespace iqt::models::nets
