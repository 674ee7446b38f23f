// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/core/input_qa.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

namespace iqt {

struct Range {
    double min = 0, max = 0;  ///< closed
    bool contains(double value) const { return value >= min && value <= max; }
};

/// Levels of the central intervals, and half their widths in SDs where errors are normal.
inline constexpr std::array<double, 4> kIntervalLevels{0.5, 0.8, 0.9, 0.95};
using IntervalFactors = std::array<double, kIntervalLevels.size()>;
inline constexpr IntervalFactors kNormalFactors{0.674490, 1.281552, 1.644854, 1.959964};

/// The part of a calibration that each contrast may have of its own.
struct SpreadCalibration {
    double variance_scale = 1.0, total_sd_threshold = 0.0;
    IntervalFactors interval_factors = kNormalFactors;
};

/// What a model package says of itself, as far as stages and outputs need it.
struct ModelInfo {
    std::string id, version;
    std::string digest;        ///< SHA-256 over manifest and weights
    std::string architecture;  ///< "cubic", "iqt_ur", ...
    std::vector<Contrast> contrasts;
    Range in_plane_spacing_mm{0.5, 2.5}, slice_spacing_mm{2.0, 8.0};
    Range field_strength_t{0.05, 0.1};
    Range age_y{0, 130};
    /// SoftwareVersions of the scanners that it was validated on; empty: not stated.
    std::vector<std::string> software_versions = {};
    double target_spacing_mm = 1.0;
    bool has_uncertainty = false;  ///< false: only the residual class can be assessed
    /// Warning thresholds, frozen at calibration. Total SD as a share of the source's 99.5
    /// percentile; residual in units of the noise measured in the series.
    double total_sd_threshold = 0.0;
    double variance_scale = 1.0;  ///< factor on the intrinsic variance, from calibration
    /// Half the widths of the intervals of kIntervalLevels, in total SDs.
    IntervalFactors interval_factors = kNormalFactors;
    /// What replaces these for one contrast; contrasts that are not here have no values of their
    /// own.
    std::map<Contrast, SpreadCalibration> by_contrast;
    double residual_threshold = 5.0;
    /// Of the residual's mean over a patch of the slice, in robust SDs of that mean; 0: not used.
    double patch_residual_threshold = 0.0;
    /// Distance of features to those of the training data (about 1 there); 0: not checked.
    double unfamiliar_threshold = 0.0;
    std::string training_statement;  ///< one sentence for DerivationDescription

    /// The same model with the calibration of one contrast in place of the common one.
    ModelInfo calibrated_for(Contrast contrast) const {
        ModelInfo out = *this;
        if (const auto own = by_contrast.find(contrast); own != by_contrast.end()) {
            out.variance_scale = own->second.variance_scale;
            out.total_sd_threshold = own->second.total_sd_threshold;
            out.interval_factors = own->second.interval_factors;
        }
        return out;
    }
};

/// How one enhancement was computed: together with the source it determines every output byte.
struct Provenance {
    ModelInfo model;
    std::uint64_t seed = 0;
    int samples = 0;
    std::string precision = "float32";  ///< "float32" | "bfloat16" | "float16"
    std::string device =
        "cpu";  ///< "cpu" | "cpu-amx" | "cpu-avx512bf16" | "cuda": kind, not number
    std::string tiling = "whole";  ///< "whole" or the tile size, e.g. "96x96x96+12"
};

/// A model's answer on the refined grid, in the source's rescaled units.
struct Enhancement {
    Volume mean;  ///< the deterministic pass: this is the image
    /// Standard deviations; empty volumes (no voxels) where the model has no uncertainty.
    Volume total_sd, intrinsic_sd, parameter_sd;
    Volume unfamiliarity;  ///< distance to the training data; empty where it is not checked
    Provenance provenance;
};

/// Bits of a warning mask voxel (design contract).
enum WarningBit : std::uint8_t {
    kUncertain = 1,     ///< total SD above the frozen threshold
    kUnfamiliar = 2,    ///< out of the training distribution
    kInconsistent = 4,  ///< the output does not explain what was acquired
    kNotAssessed = 8,   ///< outside the assessed region, or edge of the slab
};

/// What assess found: a mask on the enhanced grid and the figures that outputs and logs show.
struct Assessment {
    Mask mask;
    double noise_sd = 0;  ///< of the source, in its rescaled units, measured in the series
    double uncertain_ml = 0, unfamiliar_ml = 0, inconsistent_ml = 0, assessed_ml = 0;
    std::vector<std::string> banners;  ///< further lines for every warning image ("AGE UNKNOWN")
    bool overridden = false;           ///< enhanced because a person overrode a reason against it
    std::optional<InputQa> input_qa;   ///< what was found in the source's pixels before inference
};

}  // namespace iqt
