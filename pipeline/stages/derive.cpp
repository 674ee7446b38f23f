// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/derive.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <thread>

#include "pipeline/core/assert.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/resample.hpp"
#include "pipeline/render/class_overlay.hpp"
#include "pipeline/render/text_page.hpp"
#include "pipeline/render/warning_page.hpp"
#include "pipeline/stages/eligibility.hpp"

namespace iqt::stages {
namespace {

constexpr double kStoredMax = 65535.0;
constexpr double kBrightestWanted = 1024.0;

std::string text(const char* format, double a, double b) {
    std::array<char, 96> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, a, b);
    return buffer.data();
}

bool wanted(const std::vector<OutputKind>& outputs, OutputKind kind) {
    return std::find(outputs.begin(), outputs.end(), kind) != outputs.end();
}

std::string model_line(const ModelInfo& model) {
    return model.id + " " + model.version + " (" + model.digest.substr(0, 8) + ")";
}

std::string series_line(const SourceSeries& source, const Geometry& fine) {
    return std::string(to_string(source.facts.contrast.value_or(Contrast::T1))) + ", " +
           std::to_string(source.volume->geometry.size[2]) + " slices -> " +
           std::to_string(fine.size[2]);
}

std::vector<WarningPage> draw_pages(const SourceSeries& source, const Enhancement& enhancement,
                                    const DerivedImages& images) {
    const ModelInfo& model = enhancement.provenance.model;
    render::WarningPageStyle style;
    style.window = images.enhanced->window;
    if (model.has_uncertainty)
        style.total_sd_threshold =
            model.total_sd_threshold * grid::foreground_scale(*source.volume);
    style.residual_threshold = model.residual_threshold;
    style.patch_residual_threshold = model.patch_residual_threshold;
    style.noise_sd = images.assessment.noise_sd;
    style.unfamiliar_threshold = model.unfamiliar_threshold;
    style.model_line = model_line(model);
    const Geometry& fine = images.enhanced->grid.geometry;
    style.series_line = series_line(source, fine);
    style.banners = images.assessment.banners;
    const render::WarningPainter painter(*images.enhanced, images.assessment.mask, style);
    std::vector<WarningPage> pages(static_cast<std::size_t>(fine.size[2]));
    const auto draw_every = [&](int first, int step) {
        for (int k = first; k < fine.size[2]; k += step)
            pages[static_cast<std::size_t>(k)] = painter.page(k);
    };
    const int threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
    std::vector<std::jthread> helpers;
    for (int n = 1; n < threads; ++n) helpers.emplace_back(draw_every, n, threads);
    draw_every(0, threads);
    helpers.clear();  // joins
    return pages;
}

std::vector<WarningClass> warning_classes(const ModelInfo& model, const Assessment& found) {
    const Geometry& grid = found.mask.geometry;
    const double all_ml = static_cast<double>(grid.voxel_count()) * grid.spacing_mm[0] *
                          grid.spacing_mm[1] * grid.spacing_mm[2] / 1000.0;
    const auto make = [](WarningBit bit, double volume_ml, bool checked) {
        const render::Color color = render::class_color(bit);
        return WarningClass{bit, {color.red, color.green, color.blue}, volume_ml, checked};
    };
    // Checked by the same rules as the legend of the warning pages says it.
    const bool has_sd = model.has_uncertainty && model.total_sd_threshold > 0;
    return {make(kUncertain, found.uncertain_ml, has_sd),
            make(kUnfamiliar, found.unfamiliar_ml, model.unfamiliar_threshold > 0),
            make(kInconsistent, found.inconsistent_ml, model.residual_threshold > 0),
            make(kNotAssessed, std::max(0.0, all_ml - found.assessed_ml), true)};
}

RgbImage draw_summary(const SourceSeries& source, const DerivedImages& images) {
    const Assessment& found = images.assessment;
    const Provenance& how = images.provenance;
    render::Summary summary;
    summary.model_line = model_line(how.model) + ", " + std::to_string(how.samples) + " samples";
    summary.series_line = series_line(source, images.enhanced->grid.geometry);
    summary.banners = found.banners;
    summary.classes = warning_classes(how.model, found);
    summary.assessed_ml = found.assessed_ml;
    if (!found.input_qa) {
        summary.input = {"The pixels of the input were not checked."};
    } else {
        summary.input = {to_sentence(found.input_qa->verdict)};
        if (found.input_qa->findings.empty())
            summary.input.emplace_back("Nothing was found that speaks against the input.");
        for (const QaFinding& finding : found.input_qa->findings)
            summary.input.push_back(finding.sentence);
        summary.input.push_back(to_sentence(found.input_qa->figures));
    }
    return render::draw_summary(summary);
}

}  // namespace

double stored_gain(const Volume& volume) {
    const double bright = grid::percentile(volume, 0.999);
    const double top =
        volume.voxels.empty()
            ? 0.0
            : static_cast<double>(*std::max_element(volume.voxels.begin(), volume.voxels.end()));
    double gain = 1;
    if (bright <= 0) return gain;
    while (bright * gain < kBrightestWanted && top * gain * 2 <= kStoredMax) gain *= 2;
    return gain;
}

StoredPixels to_stored(const Volume& volume, double gain, const Window& window_source_units) {
    StoredPixels stored;
    stored.gain = gain;
    stored.window = {window_source_units.center * gain, window_source_units.width * gain};
    stored.grid = Grid<std::uint16_t>(volume.geometry);
    for (std::size_t at = 0; at < volume.voxels.size(); ++at) {
        const double value = std::nearbyint(static_cast<double>(volume.voxels[at]) * gain);
        if (!(value >= 0 && value <= kStoredMax)) ++stored.clipped_voxels;
        stored.grid.voxels[at] =
            value > 0 ? static_cast<std::uint16_t>(std::min(value, kStoredMax)) : std::uint16_t{0};
    }
    return stored;
}

Window display_window(const SourceSeries& source) {
    if (source.window && source.window->width > 0) return *source.window;
    IQT_ASSERT(source.volume.has_value());
    const double low = grid::percentile(*source.volume, 0.005);
    const double high = grid::percentile(*source.volume, 0.995);
    return {(low + high) / 2, std::max(high - low, 1.0)};
}

DerivedImages derive(const SourceSeries& source, const Enhancement& enhancement,
                     const Assessment& assessment, const std::vector<OutputKind>& outputs,
                     int revision) {
    IQT_ASSERT(source.volume.has_value());
    DerivedImages images;
    images.provenance = enhancement.provenance;
    images.assessment = assessment;
    images.software_version = IQT_VERSION;
    images.revision = revision;
    const Window window = display_window(source);
    const double gain = stored_gain(enhancement.mean);
    images.parameters = text("gain=%g;head_margin_mm=%g", gain, 4.0) +
                        text(";window=%.10g,%.10g", window.center, window.width);
    for (const std::string& banner : assessment.banners) images.parameters += ";" + banner;
    images.enhanced = to_stored(enhancement.mean, gain, window);
    if (wanted(outputs, OutputKind::InputOnGrid))
        images.input_on_grid = to_stored(
            grid::resample(*source.volume, enhancement.mean.geometry, grid::Kernel::Cubic), gain,
            window);
    if (wanted(outputs, OutputKind::Uncertainty) && !enhancement.total_sd.voxels.empty())
        images.uncertainty = {enhancement.total_sd, enhancement.intrinsic_sd,
                              enhancement.parameter_sd};
    images.flags = wanted(outputs, OutputKind::Flags);
    images.report = wanted(outputs, OutputKind::Report);
    if (images.flags || images.report)
        images.classes = warning_classes(enhancement.provenance.model, assessment);
    // No enhanced series leaves without its warning maps, whatever a route says (design, 1.4).
    images.warning = draw_pages(source, enhancement, images);
    if (wanted(outputs, OutputKind::Summary)) images.summary = draw_summary(source, images);
    return images;
}

}  // namespace iqt::stages
