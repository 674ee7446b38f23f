// SPDX-License-Identifier: Apache-2.0
#include "models/kspace.hpp"

#include <algorithm>
#include <array>
#include <complex>
#include <vector>

#include "models/random.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/separable.hpp"

namespace iqt::models {
namespace {

using Complex = std::complex<double>;

/// [out][in], row by row.
struct Matrix {
    int out = 0, in = 0;
    std::vector<Complex> value;
    const Complex* row(int n) const { return &value[static_cast<std::size_t>(n * in)]; }
};

/// Frequency of sample k of n, in cycles over the field of view.
int frequency(int k, int n) {
    return k - n / 2;
}

Matrix forward(int n) {
    Matrix m{n, n, {}};
    for (int k = 0; k < n; ++k)
        for (int x = 0; x < n; ++x)
            m.value.push_back(std::polar(1.0, -2 * std::numbers::pi * frequency(k, n) * x / n));
    return m;
}

/// From n frequencies to `out` samples over the same field of view: zero-filling where out > n.
/// The unpaired highest frequency of an even n is shared by both signs, so real stays real.
Matrix backward(int n, int out) {
    Matrix m{out, n, {}};
    for (int x = 0; x < out; ++x) {
        const double at = (x + 0.5) * n / out - 0.5;
        for (int k = 0; k < n; ++k) {
            const int f = frequency(k, n);
            const double angle = 2 * std::numbers::pi * f * at / n;
            m.value.push_back((2 * f == -n ? Complex(std::cos(angle), 0) : std::polar(1.0, angle)) /
                              static_cast<double>(n));
        }
    }
    return m;
}

/// A slice of complex samples, [row][column].
struct Slice {
    int columns = 0, rows = 0;
    std::vector<Complex> value;
    Complex& at(int i, int j) { return value[static_cast<std::size_t>(j * columns + i)]; }
};

Slice transform(const Slice& in, const Matrix& along_i, const Matrix& along_j) {
    Slice half{along_i.out, in.rows, {}};
    half.value.resize(static_cast<std::size_t>(half.columns * half.rows));
    for (int j = 0; j < in.rows; ++j)
        for (int i = 0; i < half.columns; ++i) {
            const Complex* from = &in.value[static_cast<std::size_t>(j * in.columns)];
            const Complex* row = along_i.row(i);
            Complex sum = 0;
            for (int n = 0; n < in.columns; ++n) sum += row[n] * from[n];
            half.at(i, j) = sum;
        }
    Slice out{half.columns, along_j.out, {}};
    out.value.assign(static_cast<std::size_t>(out.columns * out.rows), 0);
    for (int j = 0; j < out.rows; ++j)
        for (int n = 0; n < half.rows; ++n) {
            const Complex weight = along_j.row(j)[n];
            for (int i = 0; i < out.columns; ++i) out.at(i, j) += weight * half.at(i, n);
        }
    return out;
}

double filter(int k, int n, double at_nyquist) {
    const double share = std::abs(frequency(k, n)) / (n / 2.0);
    return 1 - (1 - at_nyquist) * 0.5 * (1 - std::cos(std::numbers::pi * share));
}

void disturb(Slice& k, const Artefacts& how, std::uint64_t key) {
    // Odd lines weigh m: the image keeps (1 + m) / 2, its copy half a field away gets (1 - m) / 2.
    const double odd = (1 - how.ghost) / (1 + how.ghost);
    double largest = 0;
    for (int j = 0; j < k.rows; ++j)
        for (int i = 0; i < k.columns; ++i) {
            k.at(i, j) *= filter(i, k.columns, how.mtf_at_nyquist) *
                          filter(j, k.rows, how.mtf_at_nyquist) *
                          (frequency(j, k.rows) % 2 != 0 ? odd * 2 / (1 + odd) : 2 / (1 + odd));
            largest = std::max(largest, std::abs(k.at(i, j)));
        }
    if (how.spike > 0) {
        const auto place = [&](std::uint64_t n, int size) {
            return std::min(size - 1,
                            static_cast<int>(random::uniform(random::mix(key + n)) * size));
        };
        k.at(place(1, k.columns), place(2, k.rows)) += std::polar(
            how.spike * largest, 2 * std::numbers::pi * random::uniform(random::mix(key + 3)));
    }
}

Geometry zero_filled(Geometry g, double pixel_mm) {
    if (!(pixel_mm > 0)) return g;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const double extent_mm = g.size[axis] * g.spacing_mm[axis];
        const int size =
            std::max(g.size[axis], static_cast<int>(std::lround(extent_mm / pixel_mm)));
        const double spacing_mm = extent_mm / size;
        for (std::size_t c = 0; c < 3; ++c)
            g.origin_lps_mm[c] += g.axes[axis][c] * (spacing_mm - g.spacing_mm[axis]) / 2;
        g.size[axis] = size;
        g.spacing_mm[axis] = spacing_mm;
    }
    return g;
}

/// Keys 1981, a = -0.5: weights of samples -1..2 about a fraction.
std::array<double, 4> cubic_weights(double f) {
    return {f * (-0.5 + f * (1 - 0.5 * f)), 1 + f * f * (-2.5 + 1.5 * f),
            f * (0.5 + f * (2 - 1.5 * f)), f * f * (-0.5 + 0.5 * f)};
}

double sample(const Volume& volume, double x, double y, int k) {
    const auto& n = volume.geometry.size;
    const int i0 = static_cast<int>(std::floor(x)), j0 = static_cast<int>(std::floor(y));
    const auto wx = cubic_weights(x - i0), wy = cubic_weights(y - j0);
    double sum = 0;
    for (int b = 0; b < 4; ++b)
        for (int a = 0; a < 4; ++a) {
            const int i = i0 + a - 1, j = j0 + b - 1;
            if (i < 0 || j < 0 || i >= n[0] || j >= n[1]) continue;
            sum += wx[static_cast<std::size_t>(a)] * wy[static_cast<std::size_t>(b)] *
                   static_cast<double>(volume.at(i, j, k));
        }
    return sum;
}

}  // namespace

double noise_share(const Artefacts& how, int columns, int rows) {
    const auto mean_square = [&](int n) {
        double sum = 0;
        for (int k = 0; k < n; ++k) sum += std::pow(filter(k, n, how.mtf_at_nyquist), 2);
        return sum / n;
    };
    return std::sqrt(mean_square(columns) * mean_square(rows));
}

Volume move_slices(const Volume& acquired, const Artefacts& how, std::uint64_t seed) {
    if (!(how.motion_mm > 0 || how.motion_deg > 0)) return acquired;
    const Geometry& g = acquired.geometry;
    Volume out(g);
    const std::uint64_t key = random::mix(seed ^ 0x6D6F76654BULL);
    for (int k = 0; k < g.size[2]; ++k) {
        const auto shift = random::normals(key, 2 * static_cast<std::uint64_t>(k));
        const auto turn = random::normals(key, 2 * static_cast<std::uint64_t>(k) + 1);
        const double angle = turn.a * how.motion_deg * std::numbers::pi / 180;
        const double c = std::cos(angle), s = std::sin(angle);
        const double ci = (g.size[0] - 1) / 2.0, cj = (g.size[1] - 1) / 2.0;
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const double x = (i - ci) * g.spacing_mm[0] - shift.a * how.motion_mm;
                const double y = (j - cj) * g.spacing_mm[1] - shift.b * how.motion_mm;
                out.at(i, j, k) =
                    static_cast<float>(sample(acquired, (c * x + s * y) / g.spacing_mm[0] + ci,
                                              (c * y - s * x) / g.spacing_mm[1] + cj, k));
            }
    }
    return out;
}

Volume through_kspace(const Volume& acquired, const Artefacts& how, double sigma,
                      std::uint64_t seed) {
    const Geometry& from = acquired.geometry;
    Volume out(zero_filled(from, how.output_in_plane_mm));
    const Geometry& to = out.geometry;
    const Matrix fi = forward(from.size[0]), fj = forward(from.size[1]);
    const Matrix bi = backward(from.size[0], to.size[0]), bj = backward(from.size[1], to.size[1]);
    const std::uint64_t key = random::mix(seed), zip = random::mix(seed ^ 0x7A69707065ULL);
    const int column =
        std::min(from.size[0] - 1, static_cast<int>(random::uniform(zip) * from.size[0]));
    const double zipper = how.zipper > 0 ? how.zipper * grid::percentile(acquired, 0.995) : 0;
    grid::parallel_for(
        static_cast<std::size_t>(from.size[2]), 1, [&](std::size_t b, std::size_t e) {
            for (std::size_t n = b; n < e; ++n) {
                const int k = static_cast<int>(n);
                Slice slice{from.size[0], from.size[1], {}};
                const std::size_t first = acquired.offset(0, 0, k);
                for (std::size_t v = 0; v < static_cast<std::size_t>(from.size[0] * from.size[1]);
                     ++v) {
                    const auto noise = random::normals(key, first + v);
                    slice.value.emplace_back(
                        static_cast<double>(acquired.voxels[first + v]) + sigma * noise.a,
                        sigma * noise.b);
                }
                for (int j = 0; zipper > 0 && j < from.size[1]; ++j)
                    slice.at(column, j) +=
                        std::polar(zipper, 2 * std::numbers::pi *
                                               random::uniform(random::mix(
                                                   zip + first + static_cast<std::size_t>(j) + 1)));
                Slice samples = transform(slice, fi, fj);
                disturb(samples, how, random::mix(key ^ (0x7370696B65ULL + n)));
                const Slice image = transform(samples, bi, bj);
                for (std::size_t v = 0; v < image.value.size(); ++v)
                    out.voxels[out.offset(0, 0, k) + v] =
                        static_cast<float>(std::abs(image.value[v]));
            }
        });
    return out;
}

}  // namespace iqt::models
