// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

namespace iqt::models {

/// A Gaussian of the three-class mixture of a head's intensities.
struct TissueClass {
    double share = 1.0 / 3, mean = 0, variance = 1;
};

/// White matter, grey matter, cerebrospinal fluid.
struct Tissues {
    TissueClass white, grey, fluid;
};

/// Fits three Gaussians to what lies within 45 mm of the head's centre of mass and names them by
/// the contrast's order of brightness (T1: fluid, grey, white; T2: white, grey, fluid; FLAIR:
/// fluid, white, grey).
Tissues fit_tissues(const Volume& high_quality, Contrast contrast);

/// How likely an intensity is each tissue: white, grey, fluid; sums to 1.
std::array<double, 3> posteriors(const Tissues& tissues, double intensity);

/// A spin-echo sequence with inversion, times in ms.
struct Sequence {
    double repetition_ms = 0, echo_ms = 0, inversion_ms = 0;
};

/// Times in ms that replace a sequence's own where they are given; inversion 0: none.
struct SequenceTimes {
    std::optional<double> repetition_ms, echo_ms, inversion_ms;
};
Sequence with_times(Sequence sequence, const SequenceTimes& times);

/// Signal of white matter, grey matter and fluid near 64 mT over that of white matter, from
/// PD |1 - 2 exp(-TI/T1) + exp(-TR/T1)| exp(-TE/T2) (TI 0: PD (1 - exp(-TR/T1)) exp(-TE/T2)).
/// T1 275, 327, 4300 ms; T2 85, 110, 2000 ms (O'Reilly & Webb 2022 and literature therein).
std::array<double, 3> low_field_ratios(const Sequence& sequence);

/// Typical settings of a portable scanner's series of this contrast.
Sequence typical_sequence(Contrast contrast);

/// Gives each tissue its low-field brightness relative to white matter, which stays as it is.
/// Targets are those of the contrast's typical sequence, with `times` in place of its own, and vary
/// by up to `jitter` (share) with the seed. What is darker or brighter than every tissue follows
/// the nearest one.
Volume recontrast(const Volume& high_quality, Contrast contrast, double jitter, std::uint64_t seed,
                  const SequenceTimes& times = {});

/// v -> pivot (v / pivot)^gamma: the pivot keeps its value.
Volume apply_gamma(const Volume& volume, double gamma, double pivot);

/// Multiplies by exp(f), f smooth: cubic between 5 x 5 x 5 normal control values of SD `strength`.
Volume apply_bias_field(const Volume& volume, double strength, std::uint64_t seed);

/// Lin et al. 2023, stochastic decimation, by its authors' names.
struct LinDecimation {
    std::array<double, 3> slice_thickness_factor{1, 1, 6};
    std::array<double, 3> gap{0, 0, 2};
    /// Distribution of (SNR of white matter, SNR of grey matter): mean, and covariance. These are
    /// the authors' for FLAIR at 0.36 T; they published none for T1 and T2.
    std::array<double, 2> snr_mean{35.031, 42.329};
    std::array<double, 3> snr_covariance{34.048, 39.850, 50.293};  ///< ww, wg, gg
    /// Whether white matter keeps its brightness, else grey matter; nothing: T1 and T2 do.
    std::optional<bool> is_sim_wm_fixed;
};

/// Blurs image and posteriors along each axis with FWHM = voxel * slice_thickness_factor where that
/// is not 1, samples both with factor + gap from voxel 0 on, redraws the contrast of grey to white
/// matter from the SNR pair, adds Gaussian noise. Outside `brain` (on the volume's grid)
/// posteriors, and hence the image before its noise, are 0. Tissue means are taken
/// where the sampled posterior exceeds 0.9. Where the authors take posteriors from SPM12, these
/// are fit_tissues' by intensity alone; models/README.md lists what else differs.
struct LinResult {
    Volume low_field;
    double snr_white = 0, snr_grey = 0, noise_sd = 0;
};
LinResult stochastic_decimation(const Volume& high_quality, Contrast contrast,
                                const LinDecimation& how, std::uint64_t seed, const Mask& brain);

}  // namespace iqt::models
