// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "pipeline/render/panel.hpp"
#include "pipeline/render/text_page.hpp"
#include "pipeline/render/warning_page.hpp"
#include "tests/pipeline/render/phantom.hpp"

// Writes one image of every kind to <build folder>/render-samples, for people to look at.
namespace iqt::render {
namespace {

void keep(const RgbImage& image, const std::string& name) {
    const std::filesystem::path folder = std::filesystem::path(IQT_BINARY_DIR) / "render-samples";
    std::filesystem::create_directories(folder);
    const Result<std::string> png = to_png(image);
    ASSERT_TRUE(png) << to_string(png.error());
    std::ofstream(folder / (name + ".png"), std::ios::binary) << *png;
    EXPECT_GT(std::filesystem::file_size(folder / (name + ".png")), 1000U);
}

WarningPageStyle sample_style() {
    WarningPageStyle style;
    style.window = {900, 1800};
    style.total_sd_threshold = 41.27;
    style.residual_threshold = 5;
    style.model_line = "iqt-ur 1.0.0 (0a1b2c3d)";
    style.series_line = "T2, 36 slices -> 180";
    style.patch_residual_threshold = 4.5;
    style.noise_sd = 23.41;
    style.unfamiliar_threshold = 1.84;
    return style;
}

TEST(Sample, WarningPages) {
    WarningPageStyle style = sample_style();
    for (const std::array<int, 3> size :
         {std::array{180, 218, 12}, {64, 64, 6}, {112, 136, 8}, {320, 320, 4}, {448, 448, 4}}) {
        const Geometry geometry = phantom::transverse(size);
        const StoredPixels pixels = phantom::head(geometry);
        const Mask mask = phantom::findings(geometry);
        const WarningPainter painter(pixels, mask, style);
        keep(painter.page(size[2] / 2).image,
             "warning_" + std::to_string(size[0]) + "x" + std::to_string(size[1]));
    }
    style.banners = {"OVERRIDE: released by an operator although the age is out of range",
                     "AGE UNKNOWN: the model was trained on adults"};
    style.total_sd_threshold = 0;
    style.unfamiliar_threshold = 0;
    const Geometry geometry = phantom::transverse({160, 200, 8});
    Mask mask = phantom::findings(geometry);
    for (std::uint8_t& voxel : mask.voxels) voxel &= kInconsistent | kNotAssessed;
    keep(draw_warning_page(phantom::head(geometry), mask, 4, style).image, "warning_banners");
}

TEST(Sample, Notice) {
    keep(
        draw_notice("This series was not enhanced",
                    {"Reason: the field strength is 3 T. This node enhances series that were "
                     "acquired at 0.05 to 0.1 T only.",
                     "The original images are unchanged and were not sent on by this node.",
                     "What to do: nothing, unless the series was sent here by mistake. Job 4711."}),
        "notice");
}

TEST(Sample, Summary) {
    Summary summary;
    summary.model_line = "iqt-ur 1.0.0 (0a1b2c3d), 16 samples";
    summary.series_line = "T2, 36 slices -> 180";
    summary.banners = {"AGE UNKNOWN: the model was trained on adults"};
    summary.classes = {{kUncertain, {}, 12.34, true},
                       {kUnfamiliar, {}, 0, false},
                       {kInconsistent, {}, 0.7, true},
                       {kNotAssessed, {}, 2512, true}};
    summary.assessed_ml = 1520;
    summary.input = {"Verdict: enhance.", "Nothing was found that speaks against the input.",
                     "Measured: SNR 18.2; pixels as acquired 1.6 mm; ghost 2 %; head 3980 ml."};
    keep(draw_summary(summary), "summary");
}

TEST(Sample, Panel) {
    const Geometry geometry = phantom::transverse({180, 218, 120});
    const StoredPixels pixels = phantom::head(geometry);
    const Mask mask = phantom::findings(geometry);
    Volume volume(geometry);
    for (std::size_t n = 0; n < volume.voxels.size(); ++n)
        volume.voxels[n] = static_cast<float>(pixels.grid.voxels[n] / pixels.gain);
    const Window window{450, 900};
    std::vector<PanelPart> parts;
    for (const int axis : {2, 1, 0})
        parts.push_back({draw_slice(volume, axis, geometry.size[static_cast<std::size_t>(axis)] / 2,
                                    window, 0.6),
                         "axis " + std::to_string(axis), slice_letters(geometry, axis)});
    parts.push_back(
        {draw_slice(volume, mask, 2, 60, window, 0.6), "warning map", slice_letters(geometry, 2)});
    keep(draw_panel(parts, "T2: input, enhanced, warning map"), "panel");
}

}  // namespace
}  // namespace iqt::render
