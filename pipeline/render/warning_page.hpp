// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"

/// Drawing (Cairo's room): warning images, pages of text and previews.
namespace iqt::render {

struct WarningPageStyle {
    Window window;                  ///< of the pixels, in stored values
    double total_sd_threshold = 0;  ///< in source units, for the legend; 0 = model has no SD
    double residual_threshold = 0;  ///< in noise SDs, for the legend; 0 = not checked
    double noise_sd = 0;            ///< measured in the series, in source units; 0 = not known
    double patch_residual_threshold =
        0;                             ///< in SDs of a patch's mean, for the legend; 0 = not used
    std::string model_line;            ///< "iqt-ur 1.0.0 (0a1b2c)"
    std::string series_line;           ///< "T2, 36 slices -> 180" - never patient data
    std::vector<std::string> banners;  ///< further warning lines
    double unfamiliar_threshold = 0;   ///< distance to the training data; 0 = not checked
};

/// The parts of the pages of one series that no slice changes, and where the rest goes.
struct WarningFurniture {
    RgbImage background;
    int left_px = 0, top_px = 0, scale = 1;
    RgbImage number_word;             ///< stands before the slice number
    std::array<RgbImage, 10> digits;  ///< of the slice number
    int number_right_px = 0, number_top_px = 0;
};

/// Draws the warning pages of one series. Slice k is shown in grey through the window (the linear
/// function of PS3.3 C.11.2.1.2.1, as a viewer shows the enhanced slice), i to the right and j
/// downwards, each voxel a square of equal pixels, with the classes of the mask outlined and not
/// assessed voxels hatched. Legend, kIntendedUse, kUnmarked, orientation letters and the window
/// stand in the padding, never over the anatomy. All pages have one size; equal input gives equal
/// pixels. `page` is safe from several threads.
class WarningPainter {
  public:
    /// `enhanced` and `mask` are of one size and outlive the painter.
    WarningPainter(const StoredPixels& enhanced, const Mask& mask, const WarningPageStyle& style);
    /// Page of slice k in 0..slices-1.
    WarningPage page(int k) const;

  private:
    void draw_number(int number, RgbImage& image) const;

    const StoredPixels& enhanced_;
    const Mask& mask_;
    std::vector<std::uint8_t> grey_;  ///< of each stored value
    WarningFurniture furniture_;
};

/// One page on its own; for a whole series WarningPainter is many times faster.
WarningPage draw_warning_page(const StoredPixels& enhanced, const Mask& mask, int k,
                              const WarningPageStyle& style);

/// Orientation letter(s) of a direction in LPS, e.g. "L", "PH" (PS3.3 C.7.6.1.1.1). Components of
/// less than a tenth of the direction's length get no letter.
std::string orientation_letters(const Vec3& direction_lps);

}  // namespace iqt::render
