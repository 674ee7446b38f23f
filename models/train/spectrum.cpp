// SPDX-License-Identifier: Apache-2.0
#include "models/train/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "pipeline/core/assert.hpp"

namespace iqt::models::train {
namespace {

using Complex = std::complex<double>;

std::vector<double> hann(int n) {
    std::vector<double> out;
    for (int x = 0; x < n; ++x)
        out.push_back(0.5 - 0.5 * std::cos(2 * std::numbers::pi * (x + 0.5) / n));
    return out;
}

/// Roots of unity: entry (f x) mod n is what sample x adds to frequency f.
std::vector<Complex> roots(int n) {
    std::vector<Complex> out;
    for (int m = 0; m < n; ++m) out.push_back(std::polar(1.0, -2 * std::numbers::pi * m / n));
    return out;
}

/// Discrete Fourier transform of `n` samples that lie `step` apart, in place.
void transform(Complex* first, int n, int step, const std::vector<Complex>& root,
               std::vector<Complex>& scratch) {
    scratch.assign(static_cast<std::size_t>(n), 0);
    for (int f = 0; f < n; ++f)
        for (int x = 0; x < n; ++x)
            scratch[static_cast<std::size_t>(f)] +=
                first[x * step] * root[static_cast<std::size_t>(f) * static_cast<std::size_t>(x) %
                                       static_cast<std::size_t>(n)];
    for (int f = 0; f < n; ++f) first[f * step] = scratch[static_cast<std::size_t>(f)];
}

/// Share of Nyquist of the f-th frequency of n.
double share_of_nyquist(int f, int n) {
    return std::min(f, n - f) / (n / 2.0);
}

}  // namespace

std::vector<double> power_shares(const Volume& slices, const std::vector<double>& edges) {
    IQT_ASSERT(edges.size() >= 2);
    std::vector<double> power(edges.size() - 1, 0);
    const auto [ni, nj, nk] = slices.geometry.size;
    const auto window_i = hann(ni), window_j = hann(nj);
    const auto root_i = roots(ni), root_j = roots(nj);
    std::vector<Complex> slice, scratch;
    for (int k = 0; k < nk; ++k) {
        double mean = 0;
        for (int j = 0; j < nj; ++j)
            for (int i = 0; i < ni; ++i) mean += static_cast<double>(slices.at(i, j, k));
        mean /= std::max(1, ni * nj);
        slice.clear();
        for (int j = 0; j < nj; ++j)
            for (int i = 0; i < ni; ++i)
                slice.emplace_back((static_cast<double>(slices.at(i, j, k)) - mean) *
                                   window_i[static_cast<std::size_t>(i)] *
                                   window_j[static_cast<std::size_t>(j)]);
        for (int j = 0; j < nj; ++j)
            transform(&slice[static_cast<std::size_t>(j * ni)], ni, 1, root_i, scratch);
        for (int i = 0; i < ni; ++i)
            transform(&slice[static_cast<std::size_t>(i)], nj, ni, root_j, scratch);
        for (int j = 0; j < nj; ++j)
            for (int i = 0; i < ni; ++i) {
                const double at = std::hypot(share_of_nyquist(i, ni), share_of_nyquist(j, nj));
                for (std::size_t n = 0; n < power.size(); ++n)
                    if (at > edges[n] && at <= edges[n + 1])
                        power[n] += std::norm(slice[static_cast<std::size_t>(j * ni + i)]);
            }
    }
    double all = 0;
    for (const double p : power) all += p;
    for (double& p : power) p = all > 0 ? p / all : 0;
    return power;
}

}  // namespace iqt::models::train
