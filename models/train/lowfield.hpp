// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/simulate.hpp"
#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

/// Real low-field series of a few slices each, held against what the simulator makes of the same
/// patients' 3 T images. Slices lie along k. Such series are not eligible for enhancement; only
/// reasons_to_decline asks.
namespace iqt::models::train {

/// One series at both fields. Files are called PATIENT_0.055T_SEQUENCE (GRE is T1, FSE is T2, or
/// FLAIR) and PATIENT_3T_CONTRAST (T1w, T2w, FLAIR).
struct FieldPair {
    std::string patient;
    Contrast contrast = Contrast::T1;
    std::filesystem::path low_field, high_field;  ///< the latter empty where there is none
};

/// The low-field series of a folder in the order of their names, each with its 3 T series.
/// Errors: NotFound (no such folder, no such series).
Result<std::vector<FieldPair>> find_field_pairs(const std::filesystem::path& folder);

/// Why a node would not enhance a series of this grid at this field, in its own sentences; empty:
/// it would. `model` may be left out (its input contract is then not asked).
std::vector<std::string> reasons_to_decline(const Geometry& slices, Contrast contrast,
                                            double field_t, const ModelInfo* model);

/// Box around what is brighter than a fifth of the 99.5 percentile in at least a tenth of a row's
/// or a column's pixels; in pixels, over all slices; the whole slice where nothing is.
struct HeadBox {
    double left = 0, top = 0, width = 0, height = 0;
};
HeadBox head_box(const Volume& slices);

/// The square of `edge_mm` about the middle of the head box, as far as the slices reach.
Volume central_square(const Volume& slices, double edge_mm);

/// How a series looks, in figures that need no registration.
struct Appearance {
    double noise = 0;  ///< SD of a complex channel (grid::estimate_noise_sd) over white matter
    double grey = 0, fluid = 0;  ///< over white matter; fit_tissues of what is above the noise
    /// Whether grey and white matter lie further apart than twice the noise; if not, the mixture
    /// may have split noise instead of tissue.
    bool is_grey_clear = false;
    std::vector<double> power;  ///< shares in the rings of kRingEdges
};

/// Edge of the central square that the spectrum is measured in: brain without skull.
inline constexpr double kSquareMm = 80;
/// Shares of Nyquist. At pixels of 1 mm, 0.5 is the highest frequency of an acquisition of 2 mm;
/// below 0.06 is what the coil's shading and the shape of the head make.
inline const std::vector<double> kRingEdges{0.06, 0.125, 0.25, 0.5, 1};

Appearance measure_appearance(const Volume& slices, Contrast contrast);

/// Gives a series of nominal voxel size its real one: pixels so wide that its head box is as wide
/// as the other series', slices `slice_mm` apart.
void scale_to_head(Volume& slices, const Volume& like, double slice_mm);

/// The 3 T slices as the simulator would have them acquired: as thick as they are (each slice on
/// its own), sampled in plane at `how.in_plane_mm`. Whatever is brighter than the 99.5 percentile
/// of the central square (scalp near a coil) is clipped first, so that the mixture sees brain.
Simulation simulate_slices(const Volume& high_field, SimulateOptions how, std::uint64_t seed);

/// `count` slices from the head's centre of mass upwards, of a series that holds a whole head.
Volume slices_above_centre(const Volume& series, int count);

}  // namespace iqt::models::train
