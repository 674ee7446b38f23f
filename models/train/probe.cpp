// SPDX-License-Identifier: Apache-2.0
#include "models/train/probe.hpp"

#include <chrono>
#include <cmath>

#include <nlohmann/json.hpp>

#include "models/train/block_feed.hpp"
#include "models/train/uncertainty.hpp"

namespace iqt::models::train {
namespace {

constexpr double kProbeRiskyError = 0.1;  // of the intensity scale
constexpr int kProbeEdgeMm = 106, kProbeSamples = 8;

/// A block with even sizes and a batch of one, and where in it the head is.
struct EvenBlock {
    at::Tensor channels, truth, head;
};

EvenBlock even(const Block& block) {
    const auto cut = [](const at::Tensor& t) {
        return t.narrow(1, 0, t.size(1) / 2 * 2)
            .narrow(2, 0, t.size(2) / 2 * 2)
            .narrow(3, 0, t.size(3) / 2 * 2)
            .unsqueeze(0);
    };
    EvenBlock out{cut(block.channels), cut(block.truth), {}};
    out.head = out.truth > 0.05 - 0.5;
    return out;
}

VoxelScores score(const at::Tensor& error, const at::Tensor& sd) {
    const auto floats = [](const at::Tensor& t) {
        const at::Tensor c = t.to(at::kFloat).contiguous();
        return std::vector<float>(c.data_ptr<float>(), c.data_ptr<float>() + c.numel());
    };
    return score_voxels({floats(sd), floats(error)}, kProbeRiskyError, 0);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

std::vector<Probe> make_probes(const std::vector<Subject>& held_out) {
    std::vector<Probe> out;
    std::uint64_t number = 0;
    for (const Subject& s : held_out)
        for (const char* which : {"a", "b"})
            out.push_back(
                {std::string(to_string(s.contrast)) + which,
                 make_block(s, kProbeEdgeMm, Augment::None, mix(77, number++), s.contrast)});
    return out;
}

nlohmann::json measure(nets::IqtUr& network, const std::vector<Probe>& probes) {
    const c10::InferenceMode inference;
    nlohmann::json out;
    for (const Probe& p : probes) {
        const EvenBlock b = even(p.block);
        const at::Tensor cubic = b.channels.narrow(1, 0, 1);
        const nets::Features features =
            network->trunk(b.channels.to(at::kBFloat16), p.block.condition.unsqueeze(0));
        const at::Tensor residual = network->residual(network->tail_first(features));
        const auto mse = [&](const at::Tensor& e) {
            return e.masked_select(b.head).square().mean().item<double>();
        };
        const double before = mse(cubic - b.truth), after = mse(cubic + residual - b.truth);
        const VoxelScores spread =
            score((cubic + residual - b.truth).masked_select(b.head),
                  (0.5 * network->log_variance(features)).exp().masked_select(b.head));
        out[p.name] = {{"cubic_db", -10 * std::log10(before)},
                       {"gain_db", 10 * std::log10(before / after)},
                       {"z2", spread.mean_z2},
                       {"auc", spread.auc},
                       {"spearman", spread.spearman}};
    }
    return out;
}

nlohmann::json measure_samples(nets::IqtUr& network, const std::vector<Probe>& probes) {
    const c10::InferenceMode inference;
    double share = 0, auc = 0, spearman = 0, both = 0, pass_s = 0, sample_s = 0;
    for (const Probe& p : probes) {
        const EvenBlock b = even(p.block);
        auto start = std::chrono::steady_clock::now();
        const nets::Trunk trunk =
            network->whole_trunk(b.channels.to(at::kBFloat16), p.block.condition.unsqueeze(0));
        const nets::Features first = network->tail_first(trunk.features);
        const at::Tensor residual = network->residual(first);
        pass_s += seconds_since(start);
        start = std::chrono::steady_clock::now();
        torch::manual_seed(5);
        std::vector<at::Tensor> samples;
        for (int n = 0; n < kProbeSamples; ++n)
            samples.push_back(nets::shuffle2(network->sampled_half(
                trunk, first, network->noise(torch::randn({1, network->noise_size()})))));
        sample_s += seconds_since(start) / kProbeSamples;
        const at::Tensor parameter = torch::stack(samples).var(0);
        const at::Tensor intrinsic = network->log_variance(trunk.features).exp();
        const at::Tensor error =
            (b.channels.narrow(1, 0, 1) + residual - b.truth).masked_select(b.head);
        const VoxelScores own = score(error, parameter.sqrt().masked_select(b.head));
        auc += own.auc;
        spearman += own.spearman;
        both += score(error, (parameter + intrinsic).sqrt().masked_select(b.head)).auc;
        share += (parameter.masked_select(b.head).mean() /
                  (parameter + intrinsic).masked_select(b.head).mean())
                     .item<double>();
    }
    const auto n = static_cast<double>(std::max<std::size_t>(1, probes.size()));
    return {{"parameter_share", share / n},
            {"parameter_auc", auc / n},
            {"parameter_spearman", spearman / n},
            {"total_auc", both / n},
            {"sampled_share", pass_s > 0 ? sample_s / pass_s : 0}};
}

}  // namespace iqt::models::train
