// SPDX-License-Identifier: Apache-2.0
#include "models/train/lowfield_figures.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <system_error>
#include <vector>

#include "models/train/evaluation.hpp"
#include "models/train/text_file.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/render/panel.hpp"
#include "pipeline/render/raster.hpp"

namespace iqt::models::train {
namespace {

constexpr double kShownMm = 200, kPixelMm = 0.8;

/// The images below each other, each in the middle of a square of kShownMm, so that columns of
/// different fields of view keep step.
RgbImage stacked(const std::vector<RgbImage>& images) {
    const int cell = static_cast<int>(std::lround(kShownMm / kPixelMm));
    RgbImage out =
        render::blank(cell, cell * static_cast<int>(images.size()), render::Color{0, 0, 0});
    int top = 0;
    for (const RgbImage& image : images) {
        render::blit(image, out, (cell - image.width) / 2,
                     top + std::max(0, (cell - image.height) / 2));
        top += cell;
    }
    return out;
}

/// The planes that lie where each of `slices` acquired slices has its middle, from brain black to a
/// little above the brain's brightest.
render::PanelPart column(const Volume& volume, int slices, const std::string& caption) {
    const Volume shown = central_square(volume, kShownMm);
    const double top = 1.2 * grid::percentile(central_square(volume, kSquareMm), 0.995);
    const Window window{top / 2, top > 0 ? top : 1};
    const double planes = static_cast<double>(shown.geometry.size[2]) / slices;
    std::vector<RgbImage> images;
    for (int k = 0; k < slices; ++k)
        images.push_back(
            render::draw_slice(shown, 2, static_cast<int>((k + 0.5) * planes), window, kPixelMm));
    return {stacked(images), caption, render::slice_letters(shown.geometry, 2)};
}

}  // namespace

Status draw_low_field_figure(const FieldPair& pair, const Volume& low_field,
                             const Volume& high_field, Enhancer& cubic, Enhancer& model,
                             const std::filesystem::path& folder) {
    EnhanceRequest request;
    request.contrast = pair.contrast;
    request.samples = 1;
    request.seed = 1;
    const auto interpolated = cubic.enhance(low_field, request);
    if (!interpolated) return fail(interpolated.error());
    const auto enhanced = model.enhance(low_field, request);
    if (!enhanced) return fail(enhanced.error());
    const ModelInfo& info = model.info();
    const int slices = low_field.geometry.size[2];
    std::vector<render::PanelPart> parts{
        column(interpolated->mean, slices, "real 0.055 T, interpolated (cubic)"),
        column(enhanced->mean, slices, info.id + " " + info.version + " (outside its domain)")};
    if (!high_field.voxels.empty())
        parts.push_back(column(high_field, slices, "same patient at 3 T, not registered"));
    const double slice_mm = low_field.geometry.spacing_mm[2];
    const std::string title =
        row("%s, %s: %d separate slices of about %g mm. OUTSIDE THE MODEL'S DOMAIN (%g to %g mm): "
            "shows what the model does there, no result.",
            pair.patient.c_str(), std::string(to_string(pair.contrast)).c_str(), slices, slice_mm,
            info.slice_spacing_mm.min, info.slice_spacing_mm.max);
    const auto png = render::to_png(render::draw_panel(parts, title));
    if (!png) return fail(png.error());
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    return write_text(
        folder / (pair.patient + "_" + std::string(to_string(pair.contrast)) + ".png"), *png);
}

}  // namespace iqt::models::train
