// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/series.hpp"

namespace iqt {

/// The one sentence of intended use, everywhere the same.
inline constexpr std::string_view kIntendedUse = "RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE";
inline constexpr std::string_view kUnmarked = "Unmarked does not mean correct";

/// The kinds of output series (routes[].outputs). Order of values = order of sending: what warns
/// goes before what it warns of, and what only adds to it comes last.
enum class OutputKind {
    Warning,
    Summary,
    Enhanced,
    InputOnGrid,
    Notice,
    Uncertainty,
    Flags,
    Report
};
/// "warning", "summary", "enhanced", "input_on_grid", "notice", "uncertainty", "flags", "report".
std::string_view to_string(OutputKind kind);
std::optional<OutputKind> output_kind_from(std::string_view name);

/// 8-bit RGB, row-major, three bytes a pixel.
struct RgbImage {
    int width = 0, height = 0;
    std::vector<std::uint8_t> pixels;
};

/// One warning image and where its anatomy lies in it: enhanced voxel (i,j) covers the pixels
/// [left + i*scale, left + (i+1)*scale) x [top + j*scale, top + (j+1)*scale).
struct WarningPage {
    RgbImage image;
    int left_px = 0, top_px = 0, scale = 1;
};

/// 16-bit pixels of one series: stored = round(source value * gain), gain a power of two >= 1.
struct StoredPixels {
    Grid<std::uint16_t> grid;
    double gain = 1;
    Window window;                     ///< in stored values
    std::uint64_t clipped_voxels = 0;  ///< below 0 or above 65535 before clipping
};

/// Standard deviations on the enhanced grid, in the source's rescaled units.
struct UncertaintyMaps {
    Volume total_sd, intrinsic_sd, parameter_sd;
};

/// One warning class, as `flags` and `report` tell of it.
struct WarningClass {
    WarningBit bit = kNotAssessed;
    std::array<std::uint8_t, 3> rgb{};  ///< as on the warning pages
    double volume_ml = 0;
    bool checked = false;  ///< false: nothing was looked for, so that no voxels mean nothing
};

/// Everything that an encoder needs for one job; pages and pixels are present as asked for.
struct DerivedImages {
    std::optional<StoredPixels> enhanced, input_on_grid;
    std::vector<WarningPage> warning;  ///< page k belongs to enhanced slice k
    std::optional<RgbImage> summary;   ///< one page of figures about the whole series
    std::optional<RgbImage> notice;
    std::optional<UncertaintyMaps> uncertainty;
    std::vector<WarningClass> classes;   ///< all four, in the order of their bits, or none
    bool flags = false, report = false;  ///< whether these are asked for; both need `classes`
    Provenance provenance;
    Assessment assessment;
    std::string parameters;        ///< canonical text of all that changes pixels; part of the UIDs
    std::string software_version;  ///< part of the UIDs
    int revision = 1;
};

struct EncodedInstance {
    std::string sop_class_uid, sop_instance_uid;
    std::string bytes;  ///< a complete Part 10 file, Explicit VR Little Endian
};

struct EncodedSeries {
    OutputKind kind = OutputKind::Enhanced;
    std::string series_uid;
    std::vector<EncodedInstance> instances;  ///< in slice order
};

}  // namespace iqt
