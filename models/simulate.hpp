// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "models/kspace.hpp"
#include "models/tissue.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

namespace iqt::models {

/// How a 64 mT-like acquisition is made from a high-quality volume. Slice axis = axis of the
/// volume along which slices are thick.
struct SimulateOptions {
    double in_plane_mm = 1.6;
    double slice_mm = 5.0;
    int slice_axis = 2;          ///< axis (0, 1, 2) of the high-quality volume
    double in_plane_fwhm = 1.0;  ///< point spread in units of the native in-plane spacing
    double slice_fwhm = 1.0;     ///< slice profile in units of the slice spacing
    double snr = 18;             ///< mean white matter / sigma of one complex channel; 0: no noise
    /// Mean white-matter intensity of the high-quality volume; 0: estimated (see
    /// white_matter_mean).
    double white_matter = 0;
    Contrast contrast = Contrast::T1;  ///< used where white_matter is estimated, and by recontrast

    bool recontrast = false;          ///< tissue brightness as near 64 mT (tissue.hpp)
    double recontrast_jitter = 0.15;  ///< share by which the seed moves the targets
    SequenceTimes times;              ///< of recontrast, in place of the typical sequence's
    double gamma = 1;                 ///< about white matter, which keeps its brightness
    double bias_strength = 0;         ///< SD of the logarithm of the coil's shading
    Vec3 rotate_deg{};                ///< turn of the head about x, then y, then z (LPS)
    double rotate_within_deg = 0;     ///< adds a turn about each axis, up to this, by seed
    double grid_shift = 0;            ///< by how many slices the native grid is moved along k
    std::array<double, 2> in_plane_shift{};  ///< by how many pixels it is moved along i and j
    Artefacts artefacts;
};

struct Simulation {
    Volume low_field;     ///< native grid, axes permuted so that slices lie along k
    double noise_sd = 0;  ///< sigma that was added, in the volume's units
};

/// iqt-node's forward simulator: contrast, gamma and shading where asked for, the head's turn, then
/// blur, sampling, motion and noise (Rician), through k-space where an artefact is asked for. A
/// turned head stays where it is in the patient's frame: the series' axes turn the other way, so
/// that it still lies on its truth. Deterministic by seed. Source: Lin et al. 2023 (stochastic
/// decimation); Gudbjartsson & Patz 1995 (Rician noise).
Simulation simulate(const Volume& high_quality, const SimulateOptions& options, std::uint64_t seed);

/// The high-quality volume with the tissue brightness that simulate gives it under `recontrast`.
Volume recontrast_object(const Volume& high_quality, const SimulateOptions& options,
                         std::uint64_t seed);

/// Mean intensity of white matter of a head volume, from a 3-class Gaussian mixture of what lies
/// within 45 mm of the head's centre of mass: the brightest class for T1, the darkest for T2, the
/// middle for FLAIR; stated in ARCHITECTURE because every SNR refers to it.
double white_matter_mean(const Volume& high_quality, Contrast contrast);

/// What simulate does in a caller's own steps: the native grid that covers the volume (slices along
/// k; n = floor(extent / spacing) voxels an axis, centred), and Rician noise of complex-channel
/// standard deviation `sigma`, drawn per voxel from (seed, voxel), whatever the thread count.
Geometry native_grid(const Geometry& high_quality, double in_plane_mm, double slice_mm);
void add_rician_noise(Volume& volume, double sigma, std::uint64_t seed);

/// Axes permuted (and flipped to stay right-handed) so that `axis` becomes k.
Volume with_slices_along_k(const Volume& volume, int axis);

/// Axis of the volume that runs closest to a patient direction: 0 left-right (sagittal slices lie
/// along it), 1 anterior-posterior (coronal), 2 superior-inferior (axial).
int axis_along(const Geometry& geometry, int patient_direction);

/// Axes flipped (k last, so that k = i x j) to how slices along k are read on screen: columns run
/// to the patient's left or posterior, rows to posterior or inferior.
Volume in_reading_order(const Volume& volume);

}  // namespace iqt::models
