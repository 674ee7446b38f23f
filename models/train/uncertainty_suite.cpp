// SPDX-License-Identifier: Apache-2.0
#include "models/train/uncertainty_suite.hpp"

#include <cmath>
#include <system_error>

#include "models/train/regions.hpp"
#include "models/train/text_file.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/render/panel.hpp"
#include "pipeline/render/plot.hpp"

namespace iqt::models::train {
namespace {

constexpr int kDraws = 40;
constexpr int kWidthPx = 1000, kHeightPx = 460;

Volume difference(const Volume& image, const Volume& truth) {
    Volume out = image;
    for (std::size_t v = 0; v < out.voxels.size(); ++v) out.voxels[v] -= truth.voxels[v];
    return out;
}

Mask known_brain(const SubjectImages& images, Contrast contrast) {
    Mask brain = brain_mask(images.truth, contrast);
    for (std::size_t v = 0; v < brain.voxels.size(); ++v)
        if (images.known.voxels[v] == 0) brain.voxels[v] = 0;
    return brain;
}

/// The errors of a perfect map whose SDs are `factor` times these, as smooth as the real ones.
Volume perfect_errors(const Volume& sd, double factor, const NeighbourCorrelation& correlation,
                      std::uint64_t seed) {
    Volume out = normal_field(sd.geometry, correlation, seed);
    const auto scale = static_cast<float>(factor);
    for (std::size_t v = 0; v < out.voxels.size(); ++v) out.voxels[v] *= scale * sd.voxels[v];
    return out;
}

std::vector<render::PlotPoint> curve_of(const std::array<double, kSparsificationSteps>& values) {
    std::vector<render::PlotPoint> out;
    for (std::size_t n = 0; n < values.size(); ++n)
        out.push_back({static_cast<double>(n) / kSparsificationSteps, values[n]});
    return out;
}

render::Plot sparsification_plot(const std::vector<Uncertainty>& all) {
    render::Plot plot{"Sparsification, head: dashed a perfect map, dotted by the error itself",
                      "share of voxels removed, highest SD first",
                      "RMSE of the rest / RMSE of all",
                      {}};
    for (std::size_t n = 0; n < all.size(); ++n) {
        const int color = static_cast<int>(n);
        const VoxelComparison& c = all[n].head;
        plot.lines.push_back({all[n].subject, curve_of(c.map.by_sd), color, render::Stroke::Solid,
                              render::Marks::None});
        plot.lines.push_back(
            {"", curve_of(c.perfect.by_sd), color, render::Stroke::Dashed, render::Marks::None});
        plot.lines.push_back(
            {"", curve_of(c.map.by_error), color, render::Stroke::Dotted, render::Marks::None});
    }
    return plot;
}

render::Plot reliability_plot(const std::vector<Uncertainty>& all) {
    render::Plot plot{
        "Reliability: solid head, dashed brain",
        "level of the interval",
        "share of errors within it",
        {{"calibrated", {{0, 0}, {1, 1}}, 5, render::Stroke::Dotted, render::Marks::None}}};
    const auto line = [](const VoxelScores& scores) {
        std::vector<render::PlotPoint> out;
        for (std::size_t n = 0; n < kReliabilityLevels; ++n)
            out.push_back(
                {(static_cast<double>(n) + 0.5) / kReliabilityLevels, scores.reliability[n]});
        return out;
    };
    for (std::size_t n = 0; n < all.size(); ++n) {
        const int color = static_cast<int>(n);
        plot.lines.push_back({all[n].subject, line(all[n].head.map), color, render::Stroke::Solid,
                              render::Marks::Dots});
        plot.lines.push_back(
            {"", line(all[n].brain.map), color, render::Stroke::Dashed, render::Marks::None});
    }
    return plot;
}

render::Plot region_plot(const std::vector<Uncertainty>& all) {
    render::Plot plot{"Error regions of the brain: dashed a perfect map",
                      "false regions",
                      "share of error regions found",
                      {}};
    const auto line = [](const RegionCurve& curve) {
        std::vector<render::PlotPoint> out;
        for (const RegionPoint& p : curve.points)
            out.push_back({static_cast<double>(p.false_regions), curve.found_share(p)});
        return out;
    };
    for (std::size_t n = 0; n < all.size(); ++n) {
        const int color = static_cast<int>(n);
        plot.lines.push_back({all[n].subject, line(all[n].regions), color, render::Stroke::Solid,
                              render::Marks::Dots});
        plot.lines.push_back(
            {"", line(all[n].perfect_regions), color, render::Stroke::Dashed, render::Marks::None});
    }
    return plot;
}

}  // namespace

Result<Uncertainty> measure_answer(const SubjectResult& subject, const SubjectImages& images,
                                   const ModelInfo& info, const EvaluationOptions& options) {
    const Volume& sd = images.answer.total_sd;
    if (!info.has_uncertainty || sd.voxels.empty())
        return fail(ErrorKind::NotSupported, "the model says nothing of its uncertainty", info.id,
                    "name a model with uncertainty, such as iqt-ur");
    Uncertainty out;
    out.subject = subject.name;
    out.peak = subject.model.peak;
    out.risky_error = kRiskyShare * out.peak;
    out.sd_threshold = images.answer.provenance.model.total_sd_threshold *
                       grid::foreground_scale(images.low_field);
    out.samples = images.answer.provenance.samples;
    const Mask head = counted_voxels(images.truth, &images.known);
    const Mask brain = known_brain(images, subject.contrast);
    const auto compare = [&](const Mask& where) {
        return compare_with_perfect(sample_voxels(images.truth, images.model, sd, where),
                                    out.risky_error, out.sd_threshold, options.seed,
                                    images.answer.provenance.model.interval_factors);
    };
    out.head = compare(head);
    out.brain = compare(brain);
    const Volume error = difference(images.model, images.truth);
    out.correlation = neighbour_correlation(error, sd, brain);
    const RegionRule rule;
    out.regions = region_curve(error, sd, brain, out.risky_error, out.sd_threshold, rule);
    const double factor = std::sqrt(out.brain.map.mean_z2);
    out.perfect_regions = region_curve(perfect_errors(sd, factor, out.correlation, options.seed),
                                       sd, brain, out.risky_error, out.sd_threshold, rule);
    out.tissues = tissue_intervals(images.truth, images.model, sd, brain,
                                   fit_tissues(images.truth, subject.contrast), out.correlation,
                                   kDraws, options.seed);
    auto tampering = measure_added(subject, images, brain, options.seed);
    if (!tampering) return fail(tampering.error());
    out.tampering = std::move(*tampering);
    return out;
}

Result<Uncertainty> measure_uncertainty(const SubjectResult& subject, const SubjectImages& images,
                                        Enhancer& model, const EvaluationOptions& options) {
    auto out = measure_answer(subject, images, model.info(), options);
    if (!out) return out;
    const Mask brain = known_brain(images, subject.contrast);
    if (auto ok = measure_shown(subject, images, brain, model, options.samples, options.seed,
                                out->tampering);
        !ok)
        return fail(ok.error());
    return out;
}

Status write_uncertainty_figures(const std::filesystem::path& folder,
                                 const std::vector<Uncertainty>& all) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    struct Page {
        const char* name;
        render::Plot plot;
    };
    for (const Page& page :
         {Page{"sparsification.png", sparsification_plot(all)},
          Page{"reliability.png", reliability_plot(all)}, Page{"regions.png", region_plot(all)}}) {
        const auto png = render::to_png(render::draw_plots({page.plot}, kWidthPx, kHeightPx));
        if (!png) return fail(png.error());
        if (auto ok = write_text(folder / page.name, *png); !ok) return ok;
    }
    return {};
}

}  // namespace iqt::models::train
