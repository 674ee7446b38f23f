// SPDX-License-Identifier: Apache-2.0
#include "models/train/head_warp.hpp"

#include <algorithm>
#include <cmath>

#include "models/train/augment.hpp"

namespace iqt::models::train {
namespace {

constexpr double kSize = 0.08, kShear = 0.012;  // at most, of 1
constexpr double kTurnDeg = 10;                 // at most, about each axis
constexpr double kNodeMm = 32, kShiftMm = 2.5;  // between nodes of the field; its SD

using Matrix = std::array<Vec3, 3>;

Matrix product(const Matrix& a, const Matrix& b) {
    Matrix out{};
    for (std::size_t r = 0; r < 3; ++r)
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t n = 0; n < 3; ++n) out[r][c] += a[r][n] * b[n][c];
    return out;
}

Matrix turn(std::size_t axis, double degrees) {
    const double angle = degrees * M_PI / 180, c = std::cos(angle), s = std::sin(angle);
    const std::size_t u = (axis + 1) % 3, v = (axis + 2) % 3;
    Matrix out{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    out[u][u] = out[v][v] = c;
    out[u][v] = -s;
    out[v][u] = s;
    return out;
}

/// A normal number by the sum of twelve uniform ones: the same on every standard library.
double normal(std::mt19937_64& random) {
    double sum = -6;
    for (int n = 0; n < 12; ++n) sum += uniform(random, 0, 1);
    return sum;
}

}  // namespace

HeadWarp::HeadWarp(const Geometry& geometry, std::mt19937_64& random)
    : geometry_(geometry), node_mm_(kNodeMm) {
    Matrix shape{};
    for (std::size_t r = 0; r < 3; ++r)
        for (std::size_t c = 0; c < 3; ++c)
            shape[r][c] =
                r == c ? 1 + uniform(random, -kSize, kSize) : uniform(random, -kShear, kShear);
    matrix_ = shape;
    for (std::size_t axis = 0; axis < 3; ++axis)
        matrix_ = product(turn(axis, uniform(random, -kTurnDeg, kTurnDeg)), matrix_);
    std::size_t count = 1;
    for (std::size_t a = 0; a < 3; ++a) {
        nodes_[a] = 2 + static_cast<int>(geometry.size[a] * geometry.spacing_mm[a] / node_mm_);
        count *= static_cast<std::size_t>(nodes_[a]);
    }
    field_.resize(count);
    for (Vec3& shift : field_)
        for (double& mm : shift) mm = kShiftMm * normal(random);
}

Vec3 HeadWarp::displacement_mm(const Vec3& index) const {
    std::array<int, 3> low{};
    Vec3 share{}, out{};
    for (std::size_t a = 0; a < 3; ++a) {
        const double at = index[a] * geometry_.spacing_mm[a] / node_mm_;
        low[a] = std::clamp(static_cast<int>(at), 0, nodes_[a] - 2);
        const double t = std::clamp(at - low[a], 0.0, 1.0);
        share[a] = t * t * (3 - 2 * t);  // no kinks at the nodes
    }
    for (unsigned corner = 0; corner < 8; ++corner) {
        double weight = 1;
        std::size_t node = 0;
        for (std::size_t a = 3; a-- > 0;) {
            const unsigned high = (corner >> a) & 1U;
            weight *= high != 0 ? share[a] : 1 - share[a];
            node = node * static_cast<std::size_t>(nodes_[a]) + static_cast<std::size_t>(low[a]) +
                   high;
        }
        for (std::size_t a = 0; a < 3; ++a) out[a] += weight * field_[node][a];
    }
    return out;
}

Vec3 HeadWarp::original(int i, int j, int k) const {
    const Vec3 index{static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)};
    const Vec3 shift = displacement_mm(index);
    Vec3 mm{}, out{};
    for (std::size_t a = 0; a < 3; ++a)
        mm[a] = (index[a] - 0.5 * (geometry_.size[a] - 1)) * geometry_.spacing_mm[a];
    for (std::size_t r = 0; r < 3; ++r) {
        double at = shift[r];
        for (std::size_t c = 0; c < 3; ++c) at += matrix_[r][c] * mm[c];
        out[r] = at / geometry_.spacing_mm[r] + 0.5 * (geometry_.size[r] - 1);
    }
    return out;
}

}  // namespace iqt::models::train
