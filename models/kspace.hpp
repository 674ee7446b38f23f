// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "pipeline/core/volume.hpp"

namespace iqt::models {

/// What goes wrong, or is filtered, between the coil and the image; in plane, slices along k, rows
/// (j) phase-encoded. All zero (and mtf 1): nothing.
struct Artefacts {
    double output_in_plane_mm = 0;  ///< zero-filled to this pixel spacing; 0: as acquired
    double mtf_at_nyquist = 1;      ///< raised-cosine filter: what is left of the highest frequency
    double ghost = 0;               ///< N/2 ghost along j over the image's own intensity
    double spike = 0;               ///< one bad k-space sample a slice, over the largest sample
    double zipper = 0;              ///< a column of interference, over the 99.5 percentile
    double motion_mm = 0;           ///< SD of each slice's shift along i and j
    double motion_deg = 0;          ///< SD of each slice's rotation about its centre

    /// Whether k-space or the slices' places are touched at all.
    bool any() const {
        return output_in_plane_mm > 0 || mtf_at_nyquist < 1 || ghost > 0 || spike > 0 ||
               zipper > 0 || motion_mm > 0 || motion_deg > 0;
    }
};

/// Moves each slice as a patient does between them: in plane, by a shift and a turn of its own.
/// Deterministic by seed. Cubic in plane; 0 outside.
Volume move_slices(const Volume& acquired, const Artefacts& how, std::uint64_t seed);

/// Takes the magnitude image of each slice through k-space: complex noise of `sigma` a channel
/// (volume's units), filter, ghost, spike, zero-filling, magnitude. The grid's edges stay; noise is
/// added before the filter and the zero-filling, so it is correlated where they act.
/// Deterministic by seed, whatever the thread count.
Volume through_kspace(const Volume& acquired, const Artefacts& how, double sigma,
                      std::uint64_t seed);

/// Share of the noise's standard deviation that the filter leaves.
double noise_share(const Artefacts& how, int columns, int rows);

}  // namespace iqt::models
