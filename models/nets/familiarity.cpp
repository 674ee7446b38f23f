// SPDX-License-Identifier: Apache-2.0
#include "models/nets/familiarity.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/nets/flat_conv.hpp"
#include "models/nets/ur_input.hpp"

namespace iqt::models::nets {
namespace {

constexpr double kRidge = 1e-2;               // of the mean variance, added to each
constexpr std::int64_t kCellsAtOnce = 65536;  // bounds what a whitened copy takes

/// [cells, filters], float32.
at::Tensor rows_of(const Features& features) {
    const std::int64_t filters = features.maps.size(1);  // of flat maps too: [cells, filters]
    const at::Tensor maps =
        features.grid ? unflatten(features.maps, *features.grid, filters) : features.maps;
    return maps.select(0, 0).permute({1, 2, 3, 0}).to(at::kCPU, at::kFloat).reshape({-1, filters});
}

/// Bin of every cell, [cells], int64.
at::Tensor bins_of(const at::Tensor& brightness, Contrast contrast) {
    const at::Tensor value = brightness.reshape({-1}).to(at::kCPU);
    at::Tensor bin = torch::full({value.size(0)}, static_cast<std::int64_t>(contrast) * kBins,
                                 at::TensorOptions(at::kLong));
    for (const double edge : kBinEdges) bin.add_(value.ge(edge));
    return bin;
}

Tensor stored(const at::Tensor& value) {
    const at::Tensor plain = value.contiguous();
    const float* data = plain.data_ptr<float>();
    return {plain.sizes().vec(), {data, data + plain.numel()}};
}

}  // namespace

Familiarity::Familiarity(at::Tensor mean, at::Tensor whitening)
    : mean_(std::move(mean)), whitening_(std::move(whitening)) {}

at::Tensor Familiarity::distance(const Features& features, const at::Tensor& brightness,
                                 Contrast contrast) const {
    const at::Tensor rows = rows_of(features), bins = bins_of(brightness, contrast);
    const auto filters = static_cast<double>(rows.size(1));
    at::Tensor out = torch::zeros({rows.size(0)});
    const std::int64_t first = static_cast<std::int64_t>(contrast) * kBins;
    for (std::int64_t bin = first; bin < first + kBins; ++bin) {
        const at::Tensor cells = bins.eq(bin).nonzero().squeeze(1);
        for (std::int64_t from = 0; from < cells.size(0); from += kCellsAtOnce) {
            const at::Tensor some =
                cells.narrow(0, from, std::min(kCellsAtOnce, cells.size(0) - from));
            const at::Tensor white =
                at::matmul(rows.index_select(0, some) - mean_[bin], whitening_[bin].t());
            out.index_copy_(0, some, white.square().sum(1).div(filters).sqrt());
        }
    }
    return at::avg_pool3d(out.view(brightness.sizes()), 3, 1, 1, false, false);
}

std::map<std::string, Tensor> Familiarity::tensors() const {
    return {{kFamiliarityMean, stored(mean_)}, {kFamiliarityWhitening, stored(whitening_)}};
}

FamiliarityFit::FamiliarityFit(std::int64_t filters)
    : count_(torch::zeros({kContrasts * kBins}, at::kDouble)),
      sum_(torch::zeros({kContrasts * kBins, filters}, at::kDouble)),
      products_(torch::zeros({kContrasts * kBins, filters, filters}, at::kDouble)) {}

void FamiliarityFit::add(const Features& features, const at::Tensor& brightness, Contrast contrast,
                         const at::Tensor& where) {
    const at::Tensor rows = rows_of(features), bins = bins_of(brightness, contrast);
    const at::Tensor counted = where.reshape({-1}).to(at::kCPU);
    const std::int64_t first = static_cast<std::int64_t>(contrast) * kBins;
    for (std::int64_t bin = first; bin < first + kBins; ++bin) {
        const at::Tensor cells = at::logical_and(bins.eq(bin), counted).nonzero().squeeze(1);
        const at::Tensor x = rows.index_select(0, cells).to(at::kDouble);
        count_[bin].add_(static_cast<double>(cells.size(0)));
        sum_[bin].add_(x.sum(0));
        products_[bin].add_(at::matmul(x.t(), x));
    }
}

Familiarity FamiliarityFit::finish(std::int64_t cells_min) const {
    at::Tensor mean = torch::zeros_like(sum_), whitening = torch::zeros_like(products_);
    for (std::int64_t bin = 0; bin < count_.size(0); ++bin) {
        const bool own = count_[bin].item<double>() >= static_cast<double>(cells_min);
        const std::int64_t from = own ? bin : bin / kBins * kBins, bins = own ? 1 : kBins;
        const double count = std::max(1.0, count_.narrow(0, from, bins).sum().item<double>());
        const at::Tensor centre = sum_.narrow(0, from, bins).sum(0) / count;
        at::Tensor spread =
            products_.narrow(0, from, bins).sum(0) / count - at::outer(centre, centre);
        const double ridge = std::max(1e-6, kRidge * spread.diagonal().mean().item<double>());
        spread = spread + ridge * torch::eye(spread.size(0), at::kDouble);
        mean[bin].copy_(centre);
        // x' S^-1 x = |L^-1 x|^2 with S = L L'.
        whitening[bin].copy_(at::inverse(at::linalg_cholesky(spread)));
    }
    return {mean.to(at::kFloat), whitening.to(at::kFloat)};
}

at::Tensor cell_brightness(const at::Tensor& input) {
    return at::avg_pool3d(input.narrow(1, 0, 1).to(at::kFloat), 2, 2).add(kCentre);
}

}  // namespace iqt::models::nets
