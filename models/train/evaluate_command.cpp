// SPDX-License-Identifier: Apache-2.0
#include "models/train/evaluate_command.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>
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
#include "pipeline/grid/resample.hpp"
#include "pipeline/render/panel.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

constexpr int kSomeFailed = 3;

struct Arguments {
    std::string model, against = "cubic";
    std::vector<fs::path> data;
    EvaluationOptions options;
    DeviceOptions device;
    fs::path json, markdown, figures;
    bool detail = false, lesions = false;
    std::string contrast;
};

Status write_text(const fs::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (file) return {};
    return fail(ErrorKind::Io, "the file could not be written in full", path.string());
}

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

/// Returns the number of subjects that failed.
Result<int> evaluate(const Arguments& arguments) {
    auto against = open_model(arguments.against, arguments.device);
    if (!against) return fail(against.error());
    auto model = open_model(arguments.model, arguments.device);
    if (!model) return fail(model.error());
    const auto files = find_volumes(arguments.data);
    if (!files) return fail(files.error());
    Evaluation evaluation{(*against)->info(), (*model)->info(), arguments.options, {}};
    std::vector<Detail> details;
    int failures = 0;
    for (const fs::path& file : *files) {
        std::fprintf(stderr, "%s\n", file.filename().c_str());
        SubjectImages images;
        const auto subject = evaluate_subject(file, **against, **model, arguments.options, &images);
        if (!subject) {
            std::fprintf(stderr, "%s\n", to_string(subject.error()).c_str());
            ++failures;
            continue;
        }
        evaluation.subjects.push_back(*subject);
        if (arguments.detail)
            details.push_back(measure_detail(*subject, images, evaluation.model.id));
        if (arguments.lesions)
            if (auto ok = measure_lesions(*subject, images, **against, **model,
                                          arguments.options.seed, details.back());
                !ok)
                return fail(ok.error());
        if (arguments.figures.empty()) continue;
        if (auto ok = write_figures(arguments.figures, *subject, images, evaluation); !ok)
            return fail(ok.error());
    }
    const std::string table = to_markdown(evaluation) + to_markdown(details);
    std::fputs(table.c_str(), stdout);
    if (!arguments.markdown.empty())
        if (auto ok = write_text(arguments.markdown, table); !ok) return fail(ok.error());
    if (!arguments.json.empty())
        if (auto ok = write_text(arguments.json, arguments.detail ? to_json(evaluation, details)
                                                                  : to_json(evaluation));
            !ok)
            return fail(ok.error());
    return failures;
}

}  // namespace

void add_evaluate_command(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<Arguments>();
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
