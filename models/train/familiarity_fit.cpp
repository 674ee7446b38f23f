// SPDX-License-Identifier: Apache-2.0
#include "models/train/familiarity_fit.hpp"

#include <algorithm>
#include <cmath>

#include "models/nets/ur_input.hpp"
#include "models/train/block_feed.hpp"

namespace iqt::models::train {
namespace {

constexpr int kBlockEdgeMm = 106;
constexpr double kForegroundMean = 0.05;  // brightness of a cell that counts as head
constexpr double kThresholdLeast = 1.2;

at::Tensor even(const at::Tensor& t) {
    return t.narrow(1, 0, t.size(1) / 2 * 2)
        .narrow(2, 0, t.size(2) / 2 * 2)
        .narrow(3, 0, t.size(3) / 2 * 2);
}

/// Share of all voxels (scans alike) whose distance exceeds `threshold`.
double share_beyond(const std::vector<FamiliarityScan>& scans, double threshold) {
    double sum = 0;
    for (const FamiliarityScan& s : scans) {
        const auto beyond = std::count_if(s.distance.begin(), s.distance.end(), [&](float d) {
            return static_cast<double>(d) > threshold;
        });
        sum += static_cast<double>(beyond) /
               static_cast<double>(std::max<std::size_t>(1, s.distance.size()));
    }
    return sum / static_cast<double>(scans.size());
}

}  // namespace

nets::Familiarity fit_familiarity(nets::IqtUr& network, const std::vector<Subject>& subjects,
                                  int blocks_each, std::uint64_t seed) {
    const c10::InferenceMode inference;
    nets::FamiliarityFit fit(network->options().filters);
    for (std::size_t s = 0; s < subjects.size(); ++s)
        for (int n = 0; n < blocks_each; ++n) {
            const auto number =
                static_cast<std::uint64_t>(s) * static_cast<std::uint64_t>(blocks_each) +
                static_cast<std::uint64_t>(n);
            const Block block = make_block(subjects[s], kBlockEdgeMm, Augment::Acquisition,
                                           mix(seed, number), subjects[s].contrast);
            const at::Tensor x = even(block.channels).unsqueeze(0);
            const at::Tensor brightness = nets::cell_brightness(x);
            fit.add(network->trunk(x.to(at::kBFloat16), block.condition.unsqueeze(0)), brightness,
                    subjects[s].contrast, brightness > kForegroundMean);
        }
    return fit.finish();
}

double unfamiliar_threshold(const std::vector<FamiliarityScan>& scans) {
    double low = 0, high = 1000;
    for (int n = 0; n < 60; ++n) {
        const double middle = (low + high) / 2;
        (share_beyond(scans, middle) > kUnfamiliarShare ? low : high) = middle;
    }
    return std::max(kThresholdLeast, high);
}

}  // namespace iqt::models::train
