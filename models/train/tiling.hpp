// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/train/evaluation.hpp"

/// What it costs an image that it was enhanced in tiles instead of as a whole.
namespace iqt::models::train {

/// How a volume was cut: tiles of this many voxels along i, j, k, the first ones from voxel 0 on.
struct TileGrid {
    std::array<int, 3> size_voxels{};
    int halo_voxels = 0;  ///< that each tile saw beyond what was kept of it
};

/// From Provenance::tiling ("KxJxI+halo", slices along k); nothing for "whole" or other text.
std::optional<TileGrid> tile_grid(std::string_view tiling);

/// How far the planes between tiles stand out.
struct SeamScore {
    /// Mean over the tile planes of their excess: mean |jump| from the voxel before to the voxel
    /// behind the plane, less that of the two neighbouring planes. In the volume's units.
    double excess = 0;
    double z = 0;    ///< of that mean; 0 where no plane could be measured
    int planes = 0;  ///< that were measured
};

/// Looks for seams over a mask. The spread that z divides by is that of the same excess at planes
/// of the axis that no tile plane touches; of every other plane only where tiles are of even size,
/// because a network that interleaves voxels by two may leave a pattern of its own at odd planes.
/// Their mean is taken off too. z goes by planes, not voxels, since
/// voxels of one plane are not independent.
SeamScore find_seams(const Volume& image, const Mask& where, const TileGrid& tiles);

struct TilingScores {
    std::string subject, tiling;    ///< "whole": the model did not tile, the rest is 0
    double difference_max = 0;      ///< largest |tiled - whole| of any voxel
    double difference_percent = 0;  ///< the same in % of white matter's mean
    SeamScore tiled, whole;         ///< over white matter; the whole image at the same planes
};

/// Compares the model's image of a subject with the one that it made in tiles.
TilingScores measure_tiling(const SubjectResult& subject, const SubjectImages& images,
                            const Enhancement& tiled);

std::string to_markdown(const std::vector<TilingScores>& all);
/// A JSON report (an object) with the scores under the key `tiling`.
std::string with_tiling(const std::string& report, const std::vector<TilingScores>& all);

}  // namespace iqt::models::train
