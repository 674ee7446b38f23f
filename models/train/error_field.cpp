// SPDX-License-Identifier: Apache-2.0
#include "models/train/error_field.hpp"

#include <algorithm>
#include <cmath>

#include "models/random.hpp"
#include "pipeline/core/assert.hpp"
#include "pipeline/grid/forward_model.hpp"

namespace iqt::models::train {
namespace {

constexpr double kFwhmPerSigma = 2.354820045;
constexpr double kLeast = 0.02;                      // correlation worth a blur
constexpr double kSigmaLeast = 0.2, kSigmaMost = 6;  // pixels

/// Correlation between neighbours of white noise after a Gaussian blur, sampled at the pixels.
double correlation_after(double sigma) {
    const auto weight = [&](int n) { return std::exp(-0.5 * n * n / (sigma * sigma)); };
    double products = 0, squares = 0;
    for (int n = -40; n <= 40; ++n) {
        products += weight(n) * weight(n + 1);
        squares += weight(n) * weight(n);
    }
    return products / squares;
}

/// FWHM in pixels of the blur after which white noise has this correlation between neighbours.
double fwhm_of(double correlation) {
    if (correlation < kLeast) return 0;
    double low = kSigmaLeast, high = kSigmaMost;
    for (int n = 0; n < 40; ++n) {
        const double middle = (low + high) / 2;
        (correlation_after(middle) < correlation ? low : high) = middle;
    }
    return kFwhmPerSigma * (low + high) / 2;
}

}  // namespace

NeighbourCorrelation neighbour_correlation(const Volume& error, const Volume& sd,
                                           const Mask& where) {
    IQT_ASSERT(error.voxels.size() == sd.voxels.size());
    IQT_ASSERT(error.voxels.size() == where.voxels.size());
    const auto& size = error.geometry.size;
    const auto ni = static_cast<std::size_t>(size[0]), nj = static_cast<std::size_t>(size[1]);
    const std::array<std::size_t, 3> step{1, ni, ni * nj};
    const auto counts = [&](std::size_t v) { return where.voxels[v] != 0 && sd.voxels[v] > 0; };
    const auto z = [&](std::size_t v) {
        return static_cast<double>(error.voxels[v]) / static_cast<double>(sd.voxels[v]);
    };
    std::array<double, 3> products{}, squares{};
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                const std::size_t v = error.offset(i, j, k);
                if (!counts(v)) continue;
                const std::array<int, 3> at{i, j, k};
                for (std::size_t axis = 0; axis < 3; ++axis) {
                    if (at[axis] + 1 >= size[axis] || !counts(v + step[axis])) continue;
                    const double a = z(v), b = z(v + step[axis]);
                    products[axis] += a * b;
                    squares[axis] += (a * a + b * b) / 2;
                }
            }
    NeighbourCorrelation out{};
    for (std::size_t axis = 0; axis < 3; ++axis)
        out[axis] = squares[axis] > 0 ? products[axis] / squares[axis] : 0;
    return out;
}

Volume normal_field(const Geometry& geometry, const NeighbourCorrelation& correlation,
                    std::uint64_t seed) {
    Volume field(geometry);
    const std::uint64_t key = random::mix(seed ^ 0x6669656C64ULL);
    for (std::size_t v = 0; v < field.voxels.size(); v += 2) {
        const random::Pair normal = random::normals(key, v / 2);
        field.voxels[v] = static_cast<float>(normal.a);
        if (v + 1 < field.voxels.size()) field.voxels[v + 1] = static_cast<float>(normal.b);
    }
    std::array<double, 3> fwhm_mm{};
    for (std::size_t axis = 0; axis < 3; ++axis)
        fwhm_mm[axis] = fwhm_of(correlation[axis]) * geometry.spacing_mm[axis];
    field = grid::blur(field, fwhm_mm);
    double squares = 0;
    for (const float v : field.voxels) squares += static_cast<double>(v) * static_cast<double>(v);
    const double sd = std::sqrt(squares / std::max(1.0, static_cast<double>(field.voxels.size())));
    if (sd > 0)
        for (float& v : field.voxels) v = static_cast<float>(static_cast<double>(v) / sd);
    return field;
}

}  // namespace iqt::models::train
