// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/core/geometry.hpp"

/// Internal to dicom/: from planes in space to one regular grid. Pure; no DCMTK.
namespace iqt::dicom {

/// Where one frame lies and how large it is; what the header does not say is absent.
struct FramePlane {
    std::optional<Vec3> position_lps_mm;               ///< centre of the first pixel
    std::optional<std::array<double, 6>> orientation;  ///< cosines of the row, then of the column
    std::optional<std::array<double, 2>> pixel_spacing_mm;  ///< between rows, between columns
    std::optional<double> slice_spacing_mm;  ///< as declared; used for a single frame only
    int rows = 0, columns = 0;
    std::string frame_of_reference_uid;
};

struct Stack {
    bool mixed_orientation = false, mixed_size = false, irregular_spacing = false;
    int duplicate_positions = 0, missing_slices = 0;
    int slice_count = 0;  ///< different positions; frames where positions cannot be compared
    /// Present for a regular stack only. Slices ascend along axes[2] = axes[0] x axes[1].
    std::optional<Geometry> geometry;
    std::vector<std::size_t> order;  ///< index of the frame that is slice k; with geometry only
};

/// Tolerances: 1e-3 on direction cosines, 1 % of the base spacing along the normal, a tenth of a
/// pixel across it (a sheared stack is irregular). Source: PS3.3 C.7.6.2.1.1.
Stack analyse_stack(std::span<const FramePlane> frames);

}  // namespace iqt::dicom
