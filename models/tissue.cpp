// SPDX-License-Identifier: Apache-2.0
#include "models/tissue.hpp"

#include <algorithm>
#include <cmath>

#include "models/random.hpp"
#include "pipeline/core/assert.hpp"
#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models {
namespace {

std::array<double, 3> means(const Tissues& t) {
    return {t.white.mean, t.grey.mean, t.fluid.mean};
}

/// The SNR pair of one subject, from its normal distribution (by Cholesky).
LinResult draw_snr(const LinDecimation& how, std::uint64_t key) {
    const auto draw = random::normals(key, 0);
    const auto& c = how.snr_covariance;
    const double a = std::sqrt(c[0]), b = c[1] / a;
    LinResult out;
    out.snr_white = how.snr_mean[0] + a * draw.a;
    out.snr_grey = how.snr_mean[1] + b * draw.a + std::sqrt(std::max(0.0, c[2] - b * b)) * draw.b;
    return out;
}

struct LinSampling {
    Geometry native;
    grid::PointSpread spread;
};

LinSampling lin_sampling(const Geometry& fine, const LinDecimation& how) {
    LinSampling out{fine, {}};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const double factor = how.slice_thickness_factor[axis], step = factor + how.gap[axis];
        out.native.spacing_mm[axis] *= step;
        out.native.size[axis] = std::max(1, static_cast<int>(fine.size[axis] / step));
        out.spread.fwhm_voxels[axis] = factor == 1 ? 0 : factor / step;
    }
    return out;
}

/// Posterior of one class at each voxel; 0 outside the brain.
Volume posterior_map(const Volume& volume, const Tissues& tissues, std::size_t tissue,
                     const Mask& brain) {
    Volume out(volume.geometry);
    for (std::size_t n = 0; n < out.voxels.size(); ++n)
        if (brain.voxels[n] != 0)
            out.voxels[n] = static_cast<float>(
                posteriors(tissues, static_cast<double>(volume.voxels[n]))[tissue]);
    return out;
}

/// Mean where a posterior exceeds 0.9; `otherwise` where none does.
double mean_where(const Volume& volume, const Volume& posterior, double otherwise) {
    double sum = 0, count = 0;
    for (std::size_t n = 0; n < volume.voxels.size(); ++n) {
        if (!(posterior.voxels[n] > 0.9F)) continue;
        sum += static_cast<double>(volume.voxels[n]);
        count += 1;
    }
    return count > 0 ? sum / count : otherwise;
}

}  // namespace

std::array<double, 3> posteriors(const Tissues& tissues, double intensity) {
    const std::array<TissueClass, 3> classes{tissues.white, tissues.grey, tissues.fluid};
    // Beyond the outermost means there is no other tissue: the tail of a wide class must not win.
    const auto m = means(tissues);
    const double v = std::clamp(intensity, *std::min_element(m.begin(), m.end()),
                                *std::max_element(m.begin(), m.end()));
    std::array<double, 3> p{};
    double all = 0;
    for (std::size_t c = 0; c < 3; ++c) {
        const double d = v - classes[c].mean;
        const double variance = std::max(classes[c].variance, 1e-12);
        p[c] = classes[c].share * std::exp(-0.5 * d * d / variance) / std::sqrt(variance);
        all += p[c];
    }
    for (double& value : p) value = all > 0 ? value / all : 1.0 / 3;
    return p;
}

std::array<double, 3> low_field_ratios(const Sequence& s) {
    constexpr std::array<double, 3> kDensity{0.70, 0.82, 1.0};
    constexpr std::array<double, 3> kT1{275, 327, 4300}, kT2{85, 110, 2000};
    std::array<double, 3> signal{};
    for (std::size_t c = 0; c < 3; ++c) {
        const double recovery = std::exp(-s.repetition_ms / kT1[c]);
        const double z = s.inversion_ms > 0
                             ? std::abs(1 - 2 * std::exp(-s.inversion_ms / kT1[c]) + recovery)
                             : 1 - recovery;
        signal[c] = kDensity[c] * z * std::exp(-s.echo_ms / kT2[c]);
    }
    const double white = std::max(signal[0], 1e-6);  // an inversion time may null it
    return {1, signal[1] / white, signal[2] / white};
}

Sequence typical_sequence(Contrast contrast) {
    switch (contrast) {
        case Contrast::T1:
            return {880, 5, 354};
        case Contrast::T2:
            return {2000, 180, 0};
        case Contrast::Flair:
            return {4000, 167, 1399};
    }
    return {};
}

Sequence with_times(Sequence sequence, const SequenceTimes& times) {
    return {times.repetition_ms.value_or(sequence.repetition_ms),
            times.echo_ms.value_or(sequence.echo_ms),
            times.inversion_ms.value_or(sequence.inversion_ms)};
}

Volume recontrast(const Volume& high_quality, Contrast contrast, double jitter, std::uint64_t seed,
                  const SequenceTimes& times) {
    const Tissues tissues = fit_tissues(high_quality, contrast);
    const auto source = means(tissues);
    if (!(source[0] > 0)) return high_quality;
    auto target = low_field_ratios(with_times(typical_sequence(contrast), times));
    std::array<double, 3> factor{1, 1, 1};
    const std::uint64_t key = random::mix(seed ^ 0x636F6E74ULL);
    for (std::size_t c = 1; c < 3; ++c) {
        target[c] *= 1 + jitter * (2 * random::uniform(random::mix(key + c)) - 1);
        factor[c] = target[c] * source[0] / std::max(source[c], 1e-6 * source[0]);
    }
    Volume out = high_quality;
    for (float& v : out.voxels) {
        const auto p = posteriors(tissues, static_cast<double>(v));
        v *= static_cast<float>(p[0] * factor[0] + p[1] * factor[1] + p[2] * factor[2]);
    }
    return out;
}

Volume apply_gamma(const Volume& volume, double gamma, double pivot) {
    Volume out = volume;
    if (gamma == 1 || !(pivot > 0)) return out;
    for (float& v : out.voxels)
        v = static_cast<float>(pivot *
                               std::pow(std::max(0.0, static_cast<double>(v)) / pivot, gamma));
    return out;
}

Volume apply_bias_field(const Volume& volume, double strength, std::uint64_t seed) {
    Volume out = volume;
    if (!(strength > 0) || volume.voxels.empty()) return out;
    constexpr int kControls = 5;
    Geometry coarse = volume.geometry;
    for (std::size_t a = 0; a < 3; ++a) {
        // Control points at the volume's first and last voxel and evenly between.
        coarse.size[a] = kControls;
        coarse.spacing_mm[a] *= std::max(1, volume.geometry.size[a] - 1) / (kControls - 1.0);
    }
    Volume controls(coarse);
    const std::uint64_t key = random::mix(seed ^ 0x62696173ULL);
    for (std::size_t n = 0; n < controls.voxels.size(); ++n)
        controls.voxels[n] = static_cast<float>(strength * random::normals(key, n).a);
    const Volume field = grid::resample_free(controls, volume.geometry, grid::Kernel::Cubic);
    for (std::size_t n = 0; n < out.voxels.size(); ++n) out.voxels[n] *= std::exp(field.voxels[n]);
    return out;
}

LinResult stochastic_decimation(const Volume& high_quality, Contrast contrast,
                                const LinDecimation& how, std::uint64_t seed, const Mask& brain) {
    IQT_ASSERT(brain.voxels.size() == high_quality.voxels.size());
    const Tissues tissues = fit_tissues(high_quality, contrast);
    const std::uint64_t key = random::mix(seed ^ 0x6C696EULL);
    LinResult result = draw_snr(how, key);
    const LinSampling sampling = lin_sampling(high_quality.geometry, how);
    result.low_field = grid::acquire(high_quality, sampling.native, sampling.spread);
    std::array<Volume, 3> share;  // white, grey, fluid
    for (std::size_t c = 0; c < 3; ++c)
        share[c] = grid::acquire(posterior_map(high_quality, tissues, c, brain), sampling.native,
                                 sampling.spread);
    const double white_mean = mean_where(result.low_field, share[0], tissues.white.mean);
    const double grey_mean = mean_where(result.low_field, share[1], tissues.grey.mean);
    const bool white = how.is_sim_wm_fixed.value_or(contrast != Contrast::Flair);
    result.noise_sd = white ? white_mean / std::max(1e-6, result.snr_white)
                            : grey_mean / std::max(1e-6, result.snr_grey);
    // What the tissue that is not fixed is multiplied by.
    const double change = (white ? result.snr_grey : result.snr_white) * result.noise_sd /
                          std::max(1e-12, white ? grey_mean : white_mean);
    for (std::size_t n = 0; n < result.low_field.voxels.size(); ++n) {
        const double w = static_cast<double>(share[0].voxels[n]);
        const double g = static_cast<double>(share[1].voxels[n]);
        const double f = static_cast<double>(share[2].voxels[n]);
        float& v = result.low_field.voxels[n];
        v *= static_cast<float>(white ? w + change * g + f : change * w + g + f);
        v += static_cast<float>(result.noise_sd * random::normals(key, n + 1).a);
    }
    return result;
}

}  // namespace iqt::models
