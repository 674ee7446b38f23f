// SPDX-License-Identifier: Apache-2.0
#include "models/train/lowfield_command.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "models/nifti.hpp"
#include "models/package.hpp"
#include "models/train/enhancers.hpp"
#include "models/train/evaluation.hpp"
#include "models/train/lowfield.hpp"
#include "models/train/lowfield_figures.hpp"
#include "models/train/simulate_command.hpp"
#include "models/train/subjects.hpp"
#include "models/train/text_file.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

struct LowfieldArguments {
    fs::path real, figures, markdown;
    std::vector<fs::path> simulate;
    std::string model;
    DeviceOptions device;
    SimulateOptions how;
    double slice_mm = 10;
    std::uint64_t seed = 1;
    bool slices_as_is = false;
};

constexpr double kFieldT = 0.055;

constexpr const char* kHeader =
    "| series | image | noise / WM (SNR) | GM / WM | fluid / WM | power % at 0.06-0.12 | "
    "0.12-0.25 | 0.25-0.5 | 0.5-1 of Nyquist |\n|---|---|---|---|---|---|---|---|---|\n";

constexpr const char* kNotes =
    "\nHow to read it. WM, GM, fluid: one mixture within 45 mm of the head's centre; ~ where GM "
    "and "
    "WM are closer than twice the noise, so that the mixture may have split noise. Fluid is "
    "partial "
    "volume in slices this thick.\n"
    "Power: in-plane, central %g mm, Hann window; pixels of %g mm, so Nyquist is %.2f cycles/mm. "
    "Pixels of %g mm acquire nothing beyond %.2g of it: a real series with power there was "
    "acquired "
    "finer, or processed after its interpolation.\n"
    "Not comparable, or only just:\n"
    "- The real series are slices from a figure, rescaled to 0..4095. An offset or a display curve "
    "would change every ratio.\n"
    "- Another scanner (0.055 T, home-built) and other sequences (GRE, FSE) than those that "
    "--recontrast stands for: the ratios need not agree.\n"
    "- Noise depends on voxel size and scan time: real slices are about %g mm thick, a Swoop's 5 "
    "mm. "
    "The simulated SNR is what --snr says (%g), not a finding; real SNR is one.\n"
    "- Four slices each of patients with lesions; 3 T slices are near the same level but not "
    "registered, pixel size by the width of the head.\n"
    "- 3 T slices are thinner than the simulated ones claim: nothing blurs the simulation along "
    "k.\n";

std::string table_row(const std::string& series, const std::string& image, const Appearance& a) {
    std::string text =
        row("| %s | %s | %.3f (%.1f) | %s%.2f | %.2f |", series.c_str(), image.c_str(), a.noise,
            a.noise > 0 ? 1 / a.noise : 0, a.is_grey_clear ? "" : "~", a.grey, a.fluid);
    for (const double share : a.power) text += row(" %.2f |", 100 * share);
    return text + "\n";
}

/// The rows that the simulator makes of one 3 T series: its contrast, and that of 64 mT.
std::string simulated_rows(const LowfieldArguments& arguments, const std::string& series,
                           const Volume& high_field, Contrast contrast, double pixel_mm) {
    SimulateOptions how = arguments.how;
    how.contrast = contrast;
    if (!(how.artefacts.output_in_plane_mm > 0)) how.artefacts.output_in_plane_mm = pixel_mm;
    std::string text;
    for (const bool recontrast : {false, true}) {
        how.recontrast = recontrast;
        const Simulation s = simulate_slices(high_field, how, arguments.seed);
        text += table_row(series, recontrast ? "simulated, --recontrast" : "simulated",
                          measure_appearance(s.low_field, contrast));
    }
    SimulateOptions plain;
    plain.in_plane_mm = pixel_mm;
    plain.snr = 0;
    plain.contrast = contrast;
    const Simulation s = simulate_slices(high_field, plain, arguments.seed);
    return text + table_row(series, "3 T, same pixels", measure_appearance(s.low_field, contrast));
}

/// Rows of a whole high-quality volume, cut into slices like the real ones.
Result<std::string> rows_of_volume(const LowfieldArguments& arguments, const fs::path& file,
                                   double pixel_mm) {
    const auto contrast = contrast_in_name(file);
    if (!contrast)
        return fail(ErrorKind::InvalidInput, "the file name holds no contrast", file.string(),
                    "put T1, T2 or FLAIR into the name as a word");
    const auto volume = nifti::read(file);
    if (!volume) return fail(volume.error());
    // Thick slices first, without noise and at the volume's own pixels; then like the 3 T series.
    SimulateOptions thick;
    const int axis = slice_axis_from("axial", volume->geometry).value_or(2);
    thick.slice_axis = axis;
    thick.slice_mm = arguments.slice_mm;
    thick.in_plane_mm = volume->geometry.spacing_mm[axis == 0 ? 1 : 0];
    thick.in_plane_fwhm = 0;
    thick.snr = 0;
    thick.contrast = *contrast;
    const Volume slices =
        slices_above_centre(simulate(*volume, thick, arguments.seed).low_field, 4);
    return simulated_rows(arguments, file.filename().string(), slices, *contrast, pixel_mm);
}

struct Models {
    std::unique_ptr<Enhancer> cubic, model;
};

Result<Models> open_models(const LowfieldArguments& arguments) {
    Models models;
    if (arguments.figures.empty()) return models;
    for (const auto& [name, slot] :
         {std::pair{std::string("cubic"), &models.cubic}, {arguments.model, &models.model}}) {
        const auto package = find_package(name, default_packages_folder());
        if (!package) return fail(package.error());
        auto enhancer = make_enhancer(*package, arguments.device);
        if (!enhancer) return fail(enhancer.error());
        *slot = std::move(*enhancer);
    }
    return models;
}

/// An error that says why the first series that is no input for a node is none, unless waived.
Status check_eligibility(const LowfieldArguments& arguments, const std::vector<FieldPair>& pairs,
                         const Enhancer* model) {
    if (arguments.slices_as_is) return {};
    for (const FieldPair& pair : pairs) {
        auto low = nifti::read(pair.low_field);
        if (!low) return fail(low.error());
        low->geometry.spacing_mm[2] = arguments.slice_mm;
        const auto reasons = reasons_to_decline(low->geometry, pair.contrast, kFieldT,
                                                model == nullptr ? nullptr : &model->info());
        if (reasons.empty()) continue;
        std::string sentences;
        for (const std::string& reason : reasons)
            sentences += (sentences.empty() ? "" : "; ") + reason;
        return fail(ErrorKind::InvalidInput, "a node would decline this series: " + sentences,
                    pair.low_field.filename().string(),
                    "say --slices-as-is to compare such slices all the same");
    }
    return {};
}

/// The rows of one real series and of what belongs to it; its figure, where figures are wanted.
Result<std::string> rows_of_pair(const LowfieldArguments& arguments, const FieldPair& pair,
                                 const Models& models, double& pixel_mm) {
    auto low = nifti::read(pair.low_field);
    if (!low) return fail(low.error());
    low->geometry.spacing_mm[2] = arguments.slice_mm;
    pixel_mm = low->geometry.spacing_mm[0];
    Volume high;
    if (!pair.high_field.empty()) {
        auto read = nifti::read(pair.high_field);
        if (!read) return fail(read.error());
        high = std::move(*read);
        scale_to_head(high, *low, arguments.slice_mm);
    }
    const std::string series = pair.patient + " " + std::string(to_string(pair.contrast));
    std::fprintf(stderr, "%s\n", series.c_str());
    std::string text = table_row(series, "real 0.055 T", measure_appearance(*low, pair.contrast));
    if (!high.voxels.empty())
        text += simulated_rows(arguments, series, high, pair.contrast, pixel_mm);
    if (models.model)
        if (auto ok = draw_low_field_figure(pair, *low, high, *models.cubic, *models.model,
                                            arguments.figures);
            !ok)
            return fail(ok.error());
    return text;
}

Status compare(const LowfieldArguments& arguments) {
    const auto pairs = find_field_pairs(arguments.real);
    if (!pairs) return fail(pairs.error());
    const auto models = open_models(arguments);
    if (!models) return fail(models.error());
    if (auto ok = check_eligibility(arguments, *pairs, models->model.get()); !ok) return ok;
    std::string text = kHeader;
    double pixel_mm = 1;
    for (const FieldPair& pair : *pairs) {
        const auto rows = rows_of_pair(arguments, pair, *models, pixel_mm);
        if (!rows) return fail(rows.error());
        text += *rows;
    }
    for (const fs::path& file : arguments.simulate) {
        const auto rows = rows_of_volume(arguments, file, pixel_mm);
        if (!rows) return fail(rows.error());
        text += *rows;
    }
    char notes[4096];
    const double acquired_mm = arguments.how.in_plane_mm;
    std::snprintf(notes, sizeof notes, kNotes, kSquareMm, pixel_mm, 0.5 / pixel_mm, acquired_mm,
                  pixel_mm / acquired_mm, arguments.slice_mm, arguments.how.snr);
    text += notes;
    std::fputs(text.c_str(), stdout);
    if (arguments.markdown.empty()) return {};
    return write_text(arguments.markdown, text);
}

}  // namespace

void add_lowfield_command(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<LowfieldArguments>();
    arguments->how.in_plane_mm = 2;
    arguments->how.recontrast_jitter = 0;
    CLI::App* command = app.add_subcommand(
        "compare-lowfield", "Hold the simulator's output against real low-field series");
    command->add_option("--real", arguments->real, "Folder with PATIENT_0.055T_... and _3T_...")
        ->required();
    command->add_flag("--slices-as-is", arguments->slices_as_is,
                      "Bypass eligibility, which rightly declines series of four slices; without "
                      "it the command says why they are declined, and stops");
    command->add_option("--simulate", arguments->simulate,
                        "Whole high-quality volumes to simulate beside the 3 T series");
    command
        ->add_option("--in-plane-mm", arguments->how.in_plane_mm,
                     "As acquired, before zero-filling")
        ->check(CLI::Range(0.3, 10.0));
    command->add_option("--slice-mm", arguments->slice_mm, "Real slice spacing of the series")
        ->check(CLI::Range(0.3, 20.0));
    command->add_option("--snr", arguments->how.snr, "White matter / noise of a channel; 0: none")
        ->check(CLI::Range(0.0, 1e6));
    command->add_option("--seed", arguments->seed, "Seed of the simulations");
    add_artefact_options(*command, arguments->how);
    command->add_option("--markdown", arguments->markdown, "Write the table as Markdown");
    CLI::Option* model =
        command->add_option("--model", arguments->model, "Package id or folder, for --figures");
    command
        ->add_option("--figures", arguments->figures,
                     "Folder for PNGs, one of each real series (PATIENT_CONTRAST.png): its slices "
                     "interpolated, enhanced, and at 3 T")
        ->needs(model);
    command->add_option("--device", arguments->device.device, "auto, cpu or cuda:N");
    command->add_option("--threads", arguments->device.threads,
                        "CPU threads of a network (0: all)");
    command->callback([arguments, &exit_code] {
        if (const auto done = compare(*arguments); !done) {
            std::fprintf(stderr, "%s\n", to_string(done.error()).c_str());
            exit_code = 1;
        }
    });
}

}  // namespace iqt::models::train
