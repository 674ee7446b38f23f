// SPDX-License-Identifier: Apache-2.0
// What 16 samples cost, in deterministic passes of the same network on the same volume. Limit: with
// f the sampled share of a pass, 1.15 x ((1 - f) + 16 f) passes; f by time (the sampled layers, run
// without noise, over a pass) and, beside it, by products. Prints one Markdown row for each choice
// of what is sampled; passes, layers and sampled runs take turns, since these are ratios.
//   sampling_bench [ROUNDS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "models/nets/sampler.hpp"
#include "models/nets/threads.hpp"

namespace iqt::models::nets {
namespace {

constexpr int kSamples = 16;
constexpr double kSlack = 1.15;
constexpr int kSlices = 180, kRows = 218, kColumns = 180;  // 1 mm, of 112 x 136 x 36 voxels

struct Choice {
    Dropout dropout;
    int blocks;
};

UrOptions shipped_shape(const Choice& choice) {
    UrOptions options;
    options.blocks = 8;
    options.variance_filters = 48;
    options.variance_layers = 2;
    options.dropout = choice.dropout;
    options.sampled_blocks = choice.blocks;
    return options;
}

/// Share of one pass's multiplications that each sample repeats.
double share_of_products(const UrOptions& o) {
    const double f = o.filters, own = f * f;
    const double head = 8.0 * o.channels * f, out = 8 * f;
    const double all = head + own * (2.0 * o.blocks + 2) + out;
    const bool tail_first = o.sampled_blocks > 0 || o.dropout != Dropout::Filter;
    return (own * (2.0 * o.sampled_blocks + (tail_first ? 2 : 1)) + out) / all;
}

double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

void measure(const Choice& choice, int rounds) {
    const c10::InferenceMode inference;
    torch::manual_seed(1);
    const UrOptions shape = shipped_shape(choice);
    IqtUr network(shape);
    network->eval();
    const at::Tensor channels = torch::randn({4, kSlices, kRows, kColumns});
    const at::Tensor condition = torch::zeros({6});
    SampleOptions pass;
    pass.precision = at::kBFloat16;
    pass.spread = false;
    SampleOptions sampled = pass;
    sampled.spread = true;
    sampled.samples = kSamples;
    // The variance head is no sample: it is timed with one sample and taken off.
    SampleOptions one = sampled;
    one.samples = 1;
    const Trunk trunk =
        network->whole_trunk(channels.unsqueeze(0).to(at::kBFloat16), condition.unsqueeze(0));
    const Features first = network->tail_first(trunk.features);
    const auto still = network->noise(torch::zeros({1, network->noise_size()}));
    const auto run = [&](const SampleOptions& how) {
        return seconds([&] { sample(network, channels, condition, how); });
    };
    run(pass);
    std::vector<double> passes, layers, more;
    for (int n = 0; n < rounds; ++n) {
        passes.push_back(run(pass));
        layers.push_back(seconds([&] { network->sampled_half(trunk, first, still); }));
        more.push_back((run(sampled) - run(one)) / (kSamples - 1));
    }
    const double f = median(layers) / median(passes), each = median(more) / median(passes);
    const double cost = 1 + kSamples * each, limit = kSlack * (1 - f + kSamples * f);
    std::printf("| %.*s | %d | %.3f | %.3f | %.3f | %.2f | %.2f | %s |\n",
                static_cast<int>(to_string(choice.dropout).size()),
                to_string(choice.dropout).data(), choice.blocks, f, share_of_products(shape), each,
                cost, limit, cost <= limit ? "yes" : "no");
    std::fflush(stdout);
}

}  // namespace
}  // namespace iqt::models::nets

int main(int argc, char** argv) {
    using namespace iqt::models::nets;
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
    use_threads(0);
    keep_pages_between_layers();
    std::printf(
        "| dropout | sampled blocks | f | f by products | one sample, passes | pass and 16 samples "
        "| limit | held |\n|---|---|---|---|---|---|---|---|\n");
    for (const Dropout dropout : {Dropout::Filter, Dropout::VarII, Dropout::VarI})
        for (const int blocks : {0, 1, 2}) measure({dropout, blocks}, rounds);
    return 0;
}
