// SPDX-License-Identifier: Apache-2.0
#include "models/nets/flat_conv.hpp"

#include <algorithm>
#include <memory>
#include <mutex>

namespace iqt::models::nets {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bf16::Bf16* bits(const at::Tensor& t) {
    return reinterpret_cast<bf16::Bf16*>(t.data_ptr<at::BFloat16>());
}

/// The owners of the grids in use; training alternates between two or three.
std::shared_ptr<const std::vector<std::uint8_t>> owners_of(const bf16::FlatGrid& grid) {
    using Entry = std::pair<bf16::FlatGrid, std::shared_ptr<const std::vector<std::uint8_t>>>;
    static std::mutex mutex;
    static std::vector<Entry> kept;
    const std::lock_guard lock(mutex);
    for (const Entry& e : kept)
        if (e.first == grid) return e.second;
    if (kept.size() > 7) kept.erase(kept.begin());
    kept.emplace_back(grid, std::make_shared<const std::vector<std::uint8_t>>(bf16::owners(grid)));
    return kept.back().second;
}

/// A flat map whose margins are zero; the rest is still to be written.
at::Tensor empty_flat(const bf16::FlatGrid& grid, std::int64_t channels) {
    at::Tensor out = torch::empty({grid.total(), channels}, at::kBFloat16);
    out.narrow(0, 0, grid.margin()).zero_();
    const std::int64_t end = grid.margin() + grid.places();
    out.narrow(0, end, grid.total() - end).zero_();
    return out;
}

/// [b, n] -> float32 [b, n rounded up to 16].
at::Tensor padded(const at::Tensor& t, std::int64_t channels) {
    if (!t.defined()) return t;
    return at::constant_pad_nd(t.detach(), {0, channels - t.size(1)}, 1.0).contiguous();
}

const float* values(const at::Tensor& t) {
    return t.defined() ? t.data_ptr<float>() : nullptr;
}

bf16::PackedWeights pack(const at::Tensor& weight, bool turned) {
    const at::Tensor w = weight.detach().to(at::kFloat).contiguous();
    return {w.data_ptr<float>(), w.size(0), w.size(1), turned};
}

bf16::FlatGrid grid_from(const std::vector<std::int64_t>& n) {
    return {n[0], n[1], n[2], n[3]};
}

class FlatConvFunction : public torch::autograd::Function<FlatConvFunction> {
  public:
    static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                              const at::Tensor& factor, const at::Tensor& shift, double slope,
                              const at::Tensor& added, const std::vector<std::int64_t>& size) {
        const bf16::FlatGrid grid = grid_from(size);
        const bf16::PackedWeights packed = pack(weight, false);
        const at::Tensor f = factor.numel() > 0 ? padded(factor, packed.out()) : at::Tensor();
        const at::Tensor s = padded(shift, packed.out());
        at::Tensor y = empty_flat(grid, packed.out());
        bf16::convolve(bf16::unit(), grid, *owners_of(grid), packed, bits(x),
                       {values(f), values(s), static_cast<float>(slope),
                        added.numel() > 0 ? bits(added) : nullptr},
                       bits(y));
        const bool needs_output = slope != 1 || f.defined();
        ctx->save_for_backward({x, weight, needs_output ? y : at::Tensor(), f, s});
        ctx->saved_data["slope"] = slope;
        ctx->saved_data["size"] = size;
        ctx->saved_data["added"] = added.numel() > 0;
        ctx->saved_data["factor"] = f.defined();
        return y;
    }

    static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
        const auto saved = ctx->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1], &y = saved[2], &f = saved[3],
                         &s = saved[4];
        const bf16::FlatGrid grid = grid_from(ctx->saved_data["size"].toIntVector());
        const at::Tensor gy = gradients[0].contiguous();
        const std::int64_t out = gy.size(1), in = x.size(1);
        const std::int64_t o = weight.size(0), i = weight.size(1);
        at::Tensor gf = torch::zeros({grid.batch, out}), gs = torch::zeros({grid.batch, out});
        at::Tensor gz = empty_flat(grid, out);
        bf16::Backward how{values(f), values(s),
                           static_cast<float>(ctx->saved_data["slope"].toDouble()),
                           f.defined() ? gf.data_ptr<float>() : nullptr, gs.data_ptr<float>()};
        bf16::epilogue_gradient(grid, *owners_of(grid), out, y.defined() ? bits(y) : nullptr,
                                bits(gy), how, bits(gz));
        at::Tensor gx, gw;
        if (ctx->needs_input_grad(0)) {
            gx = empty_flat(grid, in);
            bf16::convolve(bf16::unit(), grid, *owners_of(grid), pack(weight, true), bits(gz), {},
                           bits(gx));
        }
        if (ctx->needs_input_grad(1)) {
            at::Tensor sums = torch::empty({27, out, in});
            bf16::weight_gradient(bf16::unit(), grid, bits(x), in, bits(gz), out,
                                  sums.data_ptr<float>());
            gw = sums.narrow(1, 0, o).narrow(2, 0, i).permute({1, 2, 0}).reshape({o, i, 3, 3, 3});
        }
        return {gx,
                gw,
                f.defined() ? gf.narrow(1, 0, o) : at::Tensor(),
                gs.narrow(1, 0, o),
                at::Tensor(),
                ctx->saved_data["added"].toBool() ? gy : at::Tensor(),
                at::Tensor()};
    }
};

}  // namespace

bf16::FlatGrid grid_of(const at::Tensor& maps) {
    return {maps.size(0), maps.size(2), maps.size(3), maps.size(4)};
}

at::Tensor flatten(const at::Tensor& maps, const bf16::FlatGrid& grid) {
    const std::int64_t c = maps.size(1);
    at::Tensor out = torch::zeros({grid.total(), c}, at::kBFloat16);
    const torch::NoGradGuard no_grad;
    out.narrow(0, grid.margin(), grid.batch * grid.volume())
        .view({grid.batch, grid.depth + 1, grid.height + 1, grid.width + 1, c})
        .narrow(1, 0, grid.depth)
        .narrow(2, 0, grid.height)
        .narrow(3, 0, grid.width)
        .copy_(maps.permute({0, 2, 3, 4, 1}));
    return out;
}

at::Tensor unflatten(const at::Tensor& flat, const bf16::FlatGrid& grid, std::int64_t channels) {
    return flat.narrow(0, grid.margin(), grid.batch * grid.volume())
        .narrow(1, 0, channels)
        .view({grid.batch, grid.depth + 1, grid.height + 1, grid.width + 1, channels})
        .narrow(1, 0, grid.depth)
        .narrow(2, 0, grid.height)
        .narrow(3, 0, grid.width)
        .permute({0, 4, 1, 2, 3});
}

at::Tensor flat_conv(const at::Tensor& x, const FlatConv& layer, const bf16::FlatGrid& grid) {
    const at::Tensor none = torch::empty({0});
    const std::vector<std::int64_t> size{grid.batch, grid.depth, grid.height, grid.width};
    return FlatConvFunction::apply(x, layer.weight, layer.factor.defined() ? layer.factor : none,
                                   layer.shift, layer.slope,
                                   layer.added.defined() ? layer.added : none, size);
}

}  // namespace iqt::models::nets
