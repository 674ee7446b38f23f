// SPDX-License-Identifier: Apache-2.0
#include "models/nets/sampler.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <random>
#include <vector>

#include "models/nets/tiles.hpp"

namespace iqt::models::nets {
namespace {

// Standard normal numbers that do not depend on the C++ library (Box and Muller 1958).
at::Tensor normal_numbers(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) * 0x1.0p-53; };
    at::Tensor out = torch::empty({rows, columns});
    float* data = out.data_ptr<float>();
    for (std::int64_t n = 0; n < rows * columns; ++n) {
        const double radius = std::sqrt(-2 * std::log(uniform()));
        data[n] = static_cast<float>(radius * std::cos(2 * M_PI * uniform()));
    }
    return out;
}

at::Tensor crop(const at::Tensor& tensor, const std::array<std::int64_t, 3>& from,
                const std::array<std::int64_t, 3>& size, std::int64_t factor) {
    at::Tensor out = tensor;
    for (std::int64_t a = 0; a < 3; ++a) {
        const auto n = static_cast<std::size_t>(a);
        out = out.narrow(tensor.dim() - 3 + a, from[n] * factor, size[n] * factor);
    }
    return out;
}

/// Repeats the last plane of odd axes, so that every axis is even.
at::Tensor pad_to_even(const at::Tensor& channels) {
    const at::Tensor batch = channels.unsqueeze(0);
    const auto odd = [&](std::int64_t axis) { return batch.size(axis) % 2; };
    if (odd(2) + odd(3) + odd(4) == 0) return batch;
    return at::replication_pad3d(batch, {0, odd(4), 0, odd(3), 0, odd(2)});
}

/// Axes (of three) that pass `n` mirrors: columns first, then rows, then slices.
std::vector<std::int64_t> mirrored_axes(int n) {
    std::vector<std::int64_t> out;
    for (int bit = 0; bit < 3; ++bit)
        if ((n >> bit & 1) != 0) out.push_back(2 - bit);
    return out;
}

/// The network's input mirrored: the phase of a mirrored axis turns its sign.
at::Tensor mirrored_input(const at::Tensor& input, const std::vector<std::int64_t>& axes) {
    std::vector<std::int64_t> dims;
    for (const std::int64_t a : axes) dims.push_back(a + 2);
    at::Tensor out = input.flip(dims);
    for (const std::int64_t a : axes) out.narrow(1, a + 1, 1).neg_();
    return out;
}

class Run {
  public:
    Run(IqtUr& network, const SampleOptions& options)
        : network_(network),
          options_(options),
          eps_(normal_numbers(options.spread ? options.samples : 0, network->noise_size(),
                              options.seed)) {}

    Sampled over(const at::Tensor& channels, const at::Tensor& condition) {
        const at::Tensor padded = pad_to_even(channels);
        const std::array<std::int64_t, 3> cells{padded.size(2) / 2, padded.size(3) / 2,
                                                padded.size(4) / 2};
        const std::uint64_t fixed = static_cast<std::uint64_t>(padded.numel()) * 20;
        const std::uint64_t room = options_.memory_bytes_max > 2 * fixed
                                       ? options_.memory_bytes_max - fixed
                                       : options_.memory_bytes_max / 2;
        const TilePlan plan =
            plan_tiles(cells, network_->halo_half(),
                       static_cast<std::int64_t>(
                           room / bytes_per_cell(network_->options(), options_.precision)));
        passes_ = static_cast<double>(plan.tiles.size()) *
                  (options_.flips * (kTrunkShare + 1) + static_cast<double>(eps_.size(0)));
        Sampled out;
        out.tiling = plan.description;
        const std::array<std::int64_t, 3> full{channels.size(1), channels.size(2),
                                               channels.size(3)};
        out.residual = torch::empty({2 * cells[0], 2 * cells[1], 2 * cells[2]});
        if (options_.spread) {
            out.intrinsic_variance = torch::empty_like(out.residual);
            out.parameter_variance = torch::empty_like(out.residual);
        }
        if (options_.familiarity != nullptr) out.unfamiliarity = torch::empty_like(out.residual);
        for (const Tile& tile : plan.tiles) {
            if (!compute(crop(padded, tile.from, tile.size, 2), condition, tile, out)) {
                out.stopped = true;
                return out;
            }
        }
        for (at::Tensor* t : {&out.residual, &out.intrinsic_variance, &out.parameter_variance,
                              &out.unfamiliarity}) {
            if (t->defined()) *t = crop(*t, {0, 0, 0}, full, 1);
        }
        return out;
    }

  private:
    static constexpr double kTrunkShare = 8;  // of a sample's time

    bool go_on(double passes, std::string_view what) {
        done_ += passes;
        if (options_.progress) options_.progress(std::min(1.0, done_ / passes_), what);
        return !(options_.stop && options_.stop());
    }

    /// False where it was stopped.
    bool compute(const at::Tensor& input, const at::Tensor& condition, const Tile& tile,
                 Sampled& out) {
        Trunk trunk = network_->whole_trunk(input.to(options_.device, options_.precision),
                                            condition.to(options_.device).unsqueeze(0));
        const Features& features = trunk.features;
        if (!go_on(kTrunkShare, "features")) return false;
        const auto put = [&](at::Tensor& target, const at::Tensor& half) {
            const std::array<std::int64_t, 3> inner{tile.keep_from[0] - tile.from[0],
                                                    tile.keep_from[1] - tile.from[1],
                                                    tile.keep_from[2] - tile.from[2]};
            crop(target, tile.keep_from, tile.keep_size, 2)
                .copy_(shuffle2(crop(half, inner, tile.keep_size, 1)).squeeze(0).squeeze(0));
        };
        if (options_.familiarity != nullptr) {
            const at::Tensor distance =
                options_.familiarity->distance(features, cell_brightness(input), options_.contrast);
            put(out.unfamiliarity, distance.expand({-1, 8, -1, -1, -1}));
        }
        const Features first = network_->tail_first(features);
        const Image plain = image_of(features, first);
        // The mirrored passes need the memory.
        if (network_->samples_tail_only()) trunk.features.maps.reset();
        const auto image = mirrored_mean(plain, input, condition);
        if (!image) return false;
        put(out.residual, image->residual);
        if (options_.spread) put(out.intrinsic_variance, image->intrinsic_variance);
        if (!go_on(1, "image")) return false;
        if (!options_.spread) return true;
        // Welford's sums of the residual over the samples.
        at::Tensor mean, squares;
        for (std::int64_t t = 0; t < eps_.size(0); ++t) {
            const auto noise = network_->noise(eps_.narrow(0, t, 1).to(options_.device));
            at::Tensor value = network_->sampled_half(trunk, first, noise);
            if (t == 0) {
                mean = value.clone();
                squares = torch::zeros_like(value);
            } else {
                value.sub_(mean);  // now the distance to the mean so far
                mean.add_(value, 1.0 / static_cast<double>(t + 1));
                squares.addcmul_(value, value, static_cast<double>(t) / static_cast<double>(t + 1));
            }
            if (!go_on(1, "samples")) return false;
        }
        put(out.parameter_variance,
            squares.div_(static_cast<double>(std::max<std::int64_t>(1, eps_.size(0) - 1))));
        return true;
    }

    /// What one deterministic pass says, half resolution; the variance only where it is asked for.
    struct Image {
        at::Tensor residual, intrinsic_variance;
    };

    Image image_of(const Features& features, const Features& first) {
        Image out;
        out.residual = network_->residual_half(first);
        if (options_.spread) out.intrinsic_variance = network_->log_variance_half(features).exp_();
        return out;
    }

    /// The mean of the plain pass and of the mirrored ones, mirrored back; nothing where it was
    /// stopped.
    std::optional<Image> mirrored_mean(const Image& plain, const at::Tensor& input,
                                       const at::Tensor& condition) {
        if (options_.flips <= 1) return plain;
        const std::array<at::Tensor Image::*, 2> parts{&Image::residual,
                                                       &Image::intrinsic_variance};
        Image sum;
        for (const auto part : parts)
            if ((plain.*part).defined()) sum.*part = shuffle2(plain.*part);
        for (int n = 1; n < options_.flips; ++n) {
            const auto axes = mirrored_axes(n);
            const at::Tensor x =
                mirrored_input(input, axes).to(options_.device, options_.precision);
            const Features features =
                network_->trunk(x, condition.to(options_.device).unsqueeze(0));
            std::vector<std::int64_t> dims;
            for (const std::int64_t a : axes) dims.push_back(a + 2);
            const Image mirrored = image_of(features, network_->tail_first(features));
            for (const auto part : parts)
                if ((mirrored.*part).defined())
                    (sum.*part).add_(shuffle2(mirrored.*part).flip(dims));
            if (!go_on(kTrunkShare + 1, "mirrored passes")) return std::nullopt;
        }
        for (const auto part : parts)
            if ((sum.*part).defined()) sum.*part = unshuffle2((sum.*part).div_(options_.flips));
        return sum;
    }

    IqtUr& network_;
    const SampleOptions& options_;
    at::Tensor eps_;
    double passes_ = 1, done_ = 0;
};

}  // namespace

std::uint64_t bytes_per_cell(const UrOptions& network, at::ScalarType precision) {
    const std::uint64_t element = precision == at::kFloat ? 4 : 2;
    // Feature maps alive at once in a block, counting the library's reordered copies; the float32
    // residuals and Welford sums of a tile (8 voxels a cell).
    return 7 * static_cast<std::uint64_t>(network.filters) * element + 8 * 4 * 8;
}

Sampled sample(IqtUr& network, const at::Tensor& channels, const at::Tensor& condition,
               const SampleOptions& options) {
    const c10::InferenceMode inference;
    return Run(network, options).over(channels, condition);
}

}  // namespace iqt::models::nets
