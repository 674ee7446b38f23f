// SPDX-License-Identifier: Apache-2.0
#include "models/train/curve_command.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "models/train/curve.hpp"
#include "models/train/text_file.hpp"
#include "pipeline/render/panel.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

struct CurveArguments {
    std::vector<fs::path> runs;
    fs::path output;
    int width_px = 1000, height_px = 420;
};

/// The last part of a path that has a name: "run/r2/" and "run/r2" are both "r2".
std::string name_of(const fs::path& run) {
    const fs::path whole = fs::absolute(run).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

Status draw(const CurveArguments& arguments) {
    std::vector<LearningCurve> curves;
    for (const fs::path& run : arguments.runs) {
        auto curve = read_learning_curve(run / "log.jsonl", name_of(run));
        if (!curve) return fail(curve.error());
        curves.push_back(std::move(*curve));
    }
    const auto png = render::to_png(
        render::draw_plots(learning_plots(curves), arguments.width_px, arguments.height_px));
    if (!png) return fail(png.error());
    return write_text(arguments.output, *png);
}

}  // namespace

void add_curve_command(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<CurveArguments>();
    CLI::App* command =
        app.add_subcommand("curve", "Draw gain and loss of training runs against their steps");
    command->add_option("runs", arguments->runs, "Folders that train wrote, with log.jsonl")
        ->required();
    command->add_option("--output", arguments->output, "PNG file")->required();
    command->add_option("--width", arguments->width_px, "Of the image, in pixels")
        ->check(CLI::Range(480, 8000));
    command->add_option("--height", arguments->height_px, "Of each of the two plots, in pixels")
        ->check(CLI::Range(200, 4000));
    command->callback([arguments, &exit_code] {
        if (const auto done = draw(*arguments); !done) {
            std::fprintf(stderr, "%s\n", to_string(done.error()).c_str());
            exit_code = 1;
        }
    });
}

}  // namespace iqt::models::train
