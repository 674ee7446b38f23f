// SPDX-License-Identifier: Apache-2.0
#include "models/nets/ur_layers.hpp"

#include "models/nets/flat_conv.hpp"

namespace iqt::models::nets {

at::Tensor leaky(const at::Tensor& x) {
    return at::leaky_relu(x, kSlope);
}

at::Tensor leaky_own(at::Tensor x) {
    return at::leaky_relu_(x, kSlope);
}

at::Tensor per_filter(const at::Tensor& values, const at::Tensor& like) {
    return values.to(like.scalar_type()).view({values.size(0), values.size(1), 1, 1, 1});
}

at::Tensor scaled(const Features& x, const at::Tensor& factor) {
    if (!x.grid) return x.maps * per_filter(factor, x.maps);
    const at::Tensor f = factor.to(x.maps.scalar_type());
    if (f.size(0) == 1) return x.maps * f;
    const auto b = x.grid->batch, n = x.grid->volume(), begin = x.grid->margin();
    const at::Tensor inner =
        (x.maps.narrow(0, begin, b * n).view({b, n, -1}) * f.unsqueeze(1)).view({b * n, -1});
    return at::constant_pad_nd(inner, {0, 0, begin, x.grid->total() - begin - b * n}, 0);
}

at::Tensor half_from(const Features& y) {
    if (!y.grid) return y.maps.to(at::kFloat);
    return unflatten(y.maps, *y.grid, 8).to(at::kFloat, false, false, at::MemoryFormat::Contiguous);
}

}  // namespace iqt::models::nets
