// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "pipeline/core/geometry.hpp"

namespace iqt::qa {

/// Shares of a cell that are fluid, grey matter and white matter; the rest is none of them.
using TissueShares = std::array<float, 3>;

/// Shares in sixths as one printable character, and back. A character that stands for nothing
/// gives no tissue at all.
char pack_shares(const TissueShares& shares);
TissueShares unpack_shares(char packed);

/// The inside of a head: mean shares over whole-head label maps of adults, left and right made
/// equal, on cells of 8 mm about the middle of grey and white matter; turned in the sagittal plane
/// to one tilt and scaled to one volume before they were averaged. Source: training_seg_01 to 12 of
/// https://github.com/BBillot/SynthSeg (Billot et al. 2023, Med Image Anal 86:102789), Apache-2.0,
/// changed as said here; printed by `iqt-train input-qa --reference-anatomy` (models/README.md).
class AnatomyReference {
  public:
    static constexpr double kCellMm = 8;
    static constexpr int kHalfX = 9;  ///< cells from the middle to a side
    static constexpr int kY = 25, kZ = 22;

    AnatomyReference();
    /// Trilinear between the middles of cells; no tissue outside. `from_middle_mm` along the
    /// patient's axes.
    TissueShares at(const Vec3& from_middle_mm) const;

  private:
    std::vector<TissueShares> cells_;  ///< [z][y][x from the middle]
};

/// kZ x kY x kHalfX characters of pack_shares; from the lowest cells up, front to back, and from
/// the middle outwards.
std::string_view anatomy_reference_text();

}  // namespace iqt::qa
