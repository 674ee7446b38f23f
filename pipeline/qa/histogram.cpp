// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "pipeline/grid/noise.hpp"

namespace iqt::qa {
namespace {

struct HistogramReference {
    Contrast contrast;
    Quantiles quantiles;
};

// `iqt-train input-qa --reference-quantiles --as good`, first two cases (SNR 18 and SNR 10 with the
// contrast of 64 mT): T1 of a brain, a head and a child's head, T2 of a head and a brain, FLAIR of
// a brain; and three whole heads, FLAIR of a clinical scanner as they are.
const std::vector<HistogramReference>& references() {
    static const std::vector<HistogramReference> kAll{
        {Contrast::T1, {0.249, 0.365, 0.442, 0.520, 0.589, 0.656, 0.725, 0.790, 0.890}},
        {Contrast::T1, {0.196, 0.295, 0.387, 0.497, 0.594, 0.673, 0.743, 0.802, 0.887}},
        {Contrast::T1, {0.114, 0.192, 0.243, 0.308, 0.391, 0.493, 0.618, 0.749, 0.896}},
        {Contrast::T1, {0.158, 0.236, 0.296, 0.384, 0.494, 0.617, 0.732, 0.807, 0.895}},
        {Contrast::T2, {0.135, 0.211, 0.273, 0.316, 0.355, 0.402, 0.474, 0.580, 0.790}},
        {Contrast::T2, {0.155, 0.192, 0.217, 0.245, 0.279, 0.329, 0.412, 0.535, 0.775}},
        {Contrast::T2, {0.169, 0.246, 0.276, 0.305, 0.333, 0.368, 0.416, 0.477, 0.652}},
        {Contrast::T2, {0.142, 0.202, 0.229, 0.255, 0.280, 0.310, 0.350, 0.404, 0.577}},
        {Contrast::Flair, {0.334, 0.609, 0.703, 0.751, 0.783, 0.812, 0.842, 0.873, 0.922}},
        {Contrast::Flair, {0.268, 0.463, 0.537, 0.592, 0.635, 0.679, 0.728, 0.779, 0.867}},
        {Contrast::T1, {0.181, 0.301, 0.399, 0.498, 0.574, 0.641, 0.712, 0.783, 0.885}},
        {Contrast::T1, {0.115, 0.231, 0.337, 0.469, 0.581, 0.671, 0.746, 0.806, 0.889}},
        {Contrast::Flair, {0.105, 0.198, 0.260, 0.360, 0.501, 0.612, 0.693, 0.763, 0.864}},
        {Contrast::Flair, {0.147, 0.231, 0.298, 0.427, 0.645, 0.717, 0.781, 0.835, 0.912}},
        {Contrast::Flair, {0.169, 0.274, 0.421, 0.617, 0.684, 0.735, 0.786, 0.835, 0.909}}};
    return kAll;
}

}  // namespace

Quantiles head_quantiles(const Stack& stack) {
    std::vector<float> values;
    for (std::size_t at = 0; at < stack.head.voxels.size(); ++at)
        if (stack.head.voxels[at] != 0) values.push_back(stack.coarse.voxels[at]);
    Quantiles out{};
    const double bright = grid::quantile(values, 0.995);
    if (!(bright > 0)) return out;
    for (std::size_t n = 0; n < kShares.size(); ++n)
        out[n] = grid::quantile(values, kShares[n]) / bright;
    return out;
}

double histogram_distance(const Quantiles& quantiles, Contrast contrast) {
    double best = 1;
    for (const HistogramReference& reference : references()) {
        if (reference.contrast != contrast) continue;
        double sum = 0;
        for (std::size_t n = 0; n < quantiles.size(); ++n)
            sum += std::abs(quantiles[n] - reference.quantiles[n]);
        best = std::min(best, sum / static_cast<double>(quantiles.size()));
    }
    return best;
}

}  // namespace iqt::qa
