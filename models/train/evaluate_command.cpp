// SPDX-License-Identifier: Apache-2.0
#include "models/train/evaluate_command.hpp"

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include "models/train/detail.hpp"
#include "models/train/enhancers.hpp"
#include "models/train/evaluation.hpp"
#include "models/train/simulate_command.hpp"
#include "models/train/subjects.hpp"
#include "models/train/text_file.hpp"
#include "models/train/tiling.hpp"
#include "models/train/uncertainty_suite.hpp"
#include "pipeline/grid/resample.hpp"
#include "pipeline/render/panel.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

constexpr int kSomeFailed = 3;

struct EvaluateArguments {
    std::string model, against = "cubic";
    std::vector<fs::path> data;
    EvaluationOptions options;
    DeviceOptions device;
    fs::path json, markdown, figures;
    bool detail = false, lesions = false, tiling = false, uncertainty = false;
    std::uint64_t tiling_mb = 1024;
    std::string contrast;
};

Volume absolute_error(const Volume& truth, const Volume& image) {
    Volume out(truth.geometry);
    for (std::size_t v = 0; v < out.voxels.size(); ++v)
        out.voxels[v] = std::abs(image.voxels[v] - truth.voxels[v]);
    return out;
}

/// Input, baseline, model, truth and the model's error (a quarter of the window) side by side: one
/// slice, and one cut across the slices.
Status write_figures(const fs::path& folder, const SubjectResult& subject,
                     const SubjectImages& images, const Evaluation& evaluation) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    const double top = subject.model.peak;
    const Window window{top / 2, top > 0 ? top : 1};
    const Window error_window{window.center / 4, window.width / 4};
    const Volume input =
        grid::resample(images.low_field, images.truth.geometry, grid::Kernel::Nearest);
    const Volume error = absolute_error(images.truth, images.model);
    struct View {
        int axis;
        const char* name;
    };
    for (const View view : {View{2, "slice"}, View{0, "across"}}) {
        const int middle = subject.grid.size[static_cast<std::size_t>(view.axis)] / 2;
        std::vector<render::PanelPart> parts;
        const auto add = [&](const Volume& volume, const std::string& caption,
                             const Window& shown) {
            parts.push_back({render::draw_slice(volume, view.axis, middle, shown, 0.5), caption,
                             render::slice_letters(volume.geometry, view.axis)});
        };
        add(input, "input", window);
        add(images.against, evaluation.against.id, window);
        add(images.model, evaluation.model.id + " " + evaluation.model.version, window);
        add(images.truth, "truth", window);
        add(error, "error x 4", error_window);
        const auto png = render::to_png(render::draw_panel(parts, subject.name));
        if (!png) return fail(png.error());
        if (auto ok = write_text(folder / (subject.name + "_" + view.name + ".png"), *png); !ok)
            return ok;
    }
    return {};
}

Result<std::unique_ptr<Enhancer>> open_model(const std::string& name, const DeviceOptions& device) {
    const auto package = find_package(name, default_packages_folder());
    if (!package) return fail(package.error());
    return make_enhancer(*package, device);
}

/// The models of a run; `in_tiles` is the model again with less memory, where --tiling asks for it.
struct Models {
    std::unique_ptr<Enhancer> against, model, in_tiles;
};

Result<Models> open_models(const EvaluateArguments& arguments) {
    auto against = open_model(arguments.against, arguments.device);
    if (!against) return fail(against.error());
    auto model = open_model(arguments.model, arguments.device);
    if (!model) return fail(model.error());
    Models models{std::move(*against), std::move(*model), nullptr};
    if (!arguments.tiling) return models;
    DeviceOptions small = arguments.device;
    small.memory_bytes_max = arguments.tiling_mb << 20U;
    auto in_tiles = open_model(arguments.model, small);
    if (!in_tiles) return fail(in_tiles.error());
    models.in_tiles = std::move(*in_tiles);
    return models;
}

struct Findings {
    Evaluation evaluation;
    std::vector<Detail> details;
    std::vector<TilingScores> tilings;
    std::vector<Uncertainty> uncertainties = {};
};

/// All that was asked for beyond the plain table, of one subject.
Status measure_further(const EvaluateArguments& arguments, const Models& models,
                       const SubjectResult& subject, const SubjectImages& images,
                       Findings& findings) {
    const EvaluationOptions& options = arguments.options;
    if (arguments.detail)
        findings.details.push_back(measure_detail(subject, images, findings.evaluation.model.id));
    if (arguments.lesions)
        if (auto ok = measure_lesions(subject, images, *models.against, *models.model, options.seed,
                                      findings.details.back());
            !ok)
            return ok;
    if (models.in_tiles) {
        EnhanceRequest request;
        request.contrast = subject.contrast;
        request.samples = 1;  // the image does not depend on them
        request.seed = options.seed;
        const auto tiled = models.in_tiles->enhance(images.low_field, request);
        if (!tiled) return fail(tiled.error());
        findings.tilings.push_back(measure_tiling(subject, images, *tiled));
    }
    if (arguments.uncertainty) {
        auto measured = measure_uncertainty(subject, images, *models.model, options);
        if (!measured) return fail(measured.error());
        findings.uncertainties.push_back(std::move(*measured));
    }
    if (arguments.figures.empty()) return {};
    return write_figures(arguments.figures, subject, images, findings.evaluation);
}

Status write_reports(const EvaluateArguments& arguments, const Findings& findings) {
    const std::string table = to_markdown(findings.evaluation) + to_markdown(findings.details) +
                              to_markdown(findings.tilings) + to_markdown(findings.uncertainties);
    std::fputs(table.c_str(), stdout);
    if (!arguments.markdown.empty())
        if (auto ok = write_text(arguments.markdown, table); !ok) return ok;
    if (arguments.uncertainty && !arguments.figures.empty())
        if (auto ok = write_uncertainty_figures(arguments.figures, findings.uncertainties); !ok)
            return ok;
    if (arguments.json.empty()) return {};
    std::string json = arguments.detail ? to_json(findings.evaluation, findings.details)
                                        : to_json(findings.evaluation);
    if (arguments.tiling) json = with_tiling(json, findings.tilings);
    if (arguments.uncertainty) json = with_uncertainty(json, findings.uncertainties);
    return write_text(arguments.json, json);
}

/// Returns the number of subjects that failed.
Result<int> evaluate(const EvaluateArguments& arguments) {
    const auto models = open_models(arguments);
    if (!models) return fail(models.error());
    const auto files = find_volumes(arguments.data);
    if (!files) return fail(files.error());
    Findings findings{
        {models->against->info(), models->model->info(), arguments.options, {}}, {}, {}};
    int failures = 0;
    for (const fs::path& file : *files) {
        std::fprintf(stderr, "%s\n", file.filename().c_str());
        SubjectImages images;
        const auto subject =
            evaluate_subject(file, *models->against, *models->model, arguments.options, &images);
        if (!subject) {
            std::fprintf(stderr, "%s\n", to_string(subject.error()).c_str());
            ++failures;
            continue;
        }
        findings.evaluation.subjects.push_back(*subject);
        if (auto ok = measure_further(arguments, *models, *subject, images, findings); !ok)
            return fail(ok.error());
    }
    if (auto ok = write_reports(arguments, findings); !ok) return fail(ok.error());
    return failures;
}

}  // namespace

void add_evaluate_command(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<EvaluateArguments>();
    CLI::App* command =
        app.add_subcommand("evaluate", "Measure a model against another on simulated subjects");
    command->add_option("--model", arguments->model, "Package id or folder")->required();
    command->add_option("--against", arguments->against, "Package id or folder of the baseline");
    command->add_option("--data", arguments->data, "High-quality volumes, or folders with them")
        ->required();
    EvaluationOptions& options = arguments->options;
    command->add_option("--in-plane-mm", options.in_plane_mm, "Pixel spacing")
        ->check(CLI::Range(0.3, 10.0));
    command->add_option("--slice-mm", options.slice_mm, "Slice spacing")
        ->check(CLI::Range(0.3, 20.0));
    command->add_option("--slice-axis", options.plane, "Plane of the slices")
        ->check(CLI::IsMember({"axial", "sagittal", "coronal"}));
    command->add_option("--snr", options.snr, "White matter / noise of a channel; 0: none")
        ->check(CLI::Range(0.0, 1e6));
    command->add_option("--seed", options.seed, "Seed of noise and samples");
    command->add_option("--contrast", arguments->contrast, "Of files whose names hold none")
        ->check(CLI::IsMember({"T1", "T2", "FLAIR"}));
    add_artefact_options(*command, options.simulation);
    command->add_flag("--detail", arguments->detail,
                      "Further baselines, measures, tissue volumes, created regions");
    command->add_flag("--lesions", arguments->lesions, "Lesion suite; with --detail")
        ->needs("--detail");
    command->add_flag("--tiling", arguments->tiling,
                      "Enhance once more in tiles and look for their seams");
    command
        ->add_option("--tiling-mb", arguments->tiling_mb,
                     "Memory that leaves room for tiles only, in MiB")
        ->check(CLI::Range(16, 1 << 20));
    command->add_flag("--uncertainty", arguments->uncertainty,
                      "How good the warnings are: voxels, regions, tampering, tissue volumes");
    command->add_option("--samples", options.samples, "Samples of a model with uncertainty")
        ->check(CLI::Range(1, 1000));
    command->add_option("--device", arguments->device.device, "auto, cpu or cuda:N");
    command->add_option("--threads", arguments->device.threads,
                        "CPU threads of a network (0: all)");
    command->add_option("--json", arguments->json, "Write the results as JSON");
    command->add_option("--markdown", arguments->markdown, "Write the table as Markdown");
    command->add_option("--figures", arguments->figures, "Folder for comparison PNGs");
    command->callback([arguments, &exit_code] {
        arguments->options.contrast = contrast_from(arguments->contrast);
        const auto failures = evaluate(*arguments);
        if (!failures) std::fprintf(stderr, "%s\n", to_string(failures.error()).c_str());
        exit_code = !failures ? 1 : *failures > 0 ? kSomeFailed : 0;
    });
}

}  // namespace iqt::models::train
