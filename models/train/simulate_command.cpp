// SPDX-License-Identifier: Apache-2.0
#include "models/train/simulate_command.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include "dicom/instance_header.hpp"
#include "dicom/swoop_series.hpp"
#include "models/nifti.hpp"
#include "models/recipe.hpp"
#include "models/simulate.hpp"
#include "models/tissue.hpp"
#include "models/train/regions.hpp"
#include "models/train/subjects.hpp"
#ifdef IQT_WITH_TORCH
#include "models/train/label_head.hpp"
#endif

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

struct SimulateArguments {
    std::vector<fs::path> files;  ///< input and output; with labels the output alone
    fs::path labels, output;
    std::string format = "nifti", plane = "axial", contrast;
    SimulateOptions how;
    std::uint64_t seed = 1;
    int series_number = 2;
    bool synthetic_data = false;
    bool lin = false, draw = false;
    LinDecimation decimation;
};

Status write_dicom(const SimulateArguments& arguments, const Volume& volume, Contrast contrast) {
    dicom::initialise();
    dicom::SwoopOptions options;
    options.contrast = contrast;
    options.form = arguments.format == "dicom-classic" ? dicom::SwoopForm::Classic
                                                       : dicom::SwoopForm::Enhanced;
    options.seed = arguments.seed;
    options.series_number = arguments.series_number;
    if (arguments.synthetic_data) options.synthetic_data = dicom::SyntheticData::Written;
    const auto objects = dicom::make_swoop_series(in_reading_order(volume), options);
    if (!objects) return fail(objects.error());
    std::error_code failed;
    fs::create_directories(arguments.output, failed);
    if (failed) return fail(ErrorKind::Io, "cannot make the folder", arguments.output.string());
    for (std::size_t n = 0; n < objects->size(); ++n) {
        const std::string number = std::to_string(n + 1);
        const std::string name =
            std::string(number.size() < 4 ? 4 - number.size() : 0, '0') + number + ".dcm";
        std::ofstream file(arguments.output / name, std::ios::binary | std::ios::trunc);
        file.write((*objects)[n].data(), static_cast<std::streamsize>((*objects)[n].size()));
        file.close();
        if (!file)
            return fail(ErrorKind::Io, "the file could not be written in full",
                        (arguments.output / name).string());
    }
    return {};
}

/// The high-quality volume that was named, or the head made of the label map.
Result<Volume> input_volume(const SimulateArguments& arguments, Contrast contrast) {
    if (arguments.labels.empty()) return nifti::read(arguments.files.front());
#ifdef IQT_WITH_TORCH
    return head_of_labels(arguments.labels, contrast, arguments.seed);
#else
    static_cast<void>(contrast);
    return fail(ErrorKind::NotSupported, "heads of label maps need the trainer",
                arguments.labels.string(), "build with IQT_WITH_TORCH=ON");
#endif
}

/// Says what a drawn recipe is, so that a simulation can be judged, and repeated by its options.
SimulateOptions drawn(const SimulateArguments& arguments, const SimulateOptions& base,
                      const Geometry& geometry) {
    const Recipe recipe = draw_recipe(base, geometry, arguments.seed);
    std::printf("drawn with seed %llu: --slice-axis %s --snr %.4g %s\n",
                static_cast<unsigned long long>(arguments.seed), recipe.plane.c_str(),
                recipe.how.snr, describe(recipe.how).c_str());
    return recipe.how;
}

Simulation make_simulation(const SimulateArguments& arguments, const Volume& volume,
                           SimulateOptions& how) {
    how.slice_axis = slice_axis_from(arguments.plane, volume.geometry).value_or(2);
    if (!(how.white_matter > 0)) how.white_matter = white_matter_mean(volume, how.contrast);
    if (!arguments.lin) {
        if (arguments.draw) how = drawn(arguments, how, volume.geometry);
        return simulate(volume, how, arguments.seed);
    }
    const Volume turned = with_slices_along_k(volume, how.slice_axis);
    LinResult lin = stochastic_decimation(turned, how.contrast, arguments.decimation,
                                          arguments.seed, brain_mask(turned, how.contrast));
    return Simulation{std::move(lin.low_field), lin.noise_sd};
}

Status simulate_file(const SimulateArguments& arguments) {
    const fs::path& input = arguments.labels.empty() ? arguments.files.front() : arguments.labels;
    const auto contrast =
        arguments.contrast.empty() ? contrast_in_name(input) : contrast_from(arguments.contrast);
    if (!contrast)
        return fail(ErrorKind::InvalidInput, "the contrast is not known", input.string(),
                    "say --contrast T1, T2 or FLAIR");
    const auto volume = input_volume(arguments, *contrast);
    if (!volume) return fail(volume.error());
    SimulateOptions how = arguments.how;
    how.contrast = *contrast;
    const Simulation simulation = make_simulation(arguments, *volume, how);
    const Volume& low_field = simulation.low_field;
    const Geometry& g = low_field.geometry;
    if (const auto done = arguments.format == "nifti"
                              ? nifti::write(arguments.output, low_field, "64 mT-like simulation")
                              : write_dicom(arguments, low_field, *contrast);
        !done)
        return done;
    std::printf("%s: %d x %d x %d voxels of %g x %g x %g mm, white matter %g, noise %g\n",
                arguments.output.c_str(), g.size[0], g.size[1], g.size[2], g.spacing_mm[0],
                g.spacing_mm[1], g.spacing_mm[2], how.white_matter, simulation.noise_sd);
    return {};
}

void add_lin_options(CLI::App& command, SimulateArguments& arguments) {
    LinDecimation& lin = arguments.decimation;
    command.add_flag("--stochastic-decimation", arguments.lin,
                     "Lin et al. 2023 instead of the forward model; its options start with lin");
    command
        .add_option("--lin-slice-thickness-factor", lin.slice_thickness_factor[2],
                    "Slice thickness in voxels of the input")
        ->check(CLI::Range(1.0, 20.0));
    command.add_option("--lin-gap", lin.gap[2], "Gap in voxels of the input")
        ->check(CLI::Range(0.0, 20.0));
    command.add_option("--lin-snr-mean", lin.snr_mean, "Mean SNR of white and of grey matter");
    command.add_option("--lin-snr-covariance", lin.snr_covariance, "ww, wg and gg");
    command.add_flag("--lin-wm-fixed,!--lin-gm-fixed", lin.is_sim_wm_fixed,
                     "Which tissue keeps its brightness (left out: white, in FLAIR grey matter)");
}

void add_recontrast_options(CLI::App& command, SimulateOptions& how) {
    command.add_flag("--recontrast", how.recontrast, "Tissue brightness as near 64 mT");
    command.add_option("--recontrast-jitter", how.recontrast_jitter, "Its variation (share)")
        ->check(CLI::Range(0.0, 0.5));
    command
        .add_option("--tr", how.times.repetition_ms,
                    "Its repetition time in ms; left out: the contrast's typical one")
        ->check(CLI::Range(1.0, 30000.0));
    command.add_option("--te", how.times.echo_ms, "Its echo time in ms")
        ->check(CLI::Range(0.0, 1000.0));
    command.add_option("--ti", how.times.inversion_ms, "Its inversion time in ms; 0: none")
        ->check(CLI::Range(0.0, 10000.0));
}

/// "1,2,3" as numbers within +-limit; CLI::ValidationError where it is something else.
std::vector<double> numbers_of(const std::string& option, const std::string& text, double limit) {
    std::vector<double> out;
    for (const std::string& part : CLI::detail::split(text, ',')) {
        double value = 0;
        if (!CLI::detail::lexical_cast(part, value) || !(std::abs(value) <= limit))
            throw CLI::ValidationError(option, "'" + part + "' is not a number within +-" +
                                                   std::to_string(static_cast<int>(limit)));
        out.push_back(value);
    }
    return out;
}

/// Where the head and the grid lie.
void add_place_options(CLI::App& command, SimulateOptions& how) {
    constexpr double kTurnMax = 45, kShiftMax = 1;
    command.add_option_function<std::string>(
        "--rotate-deg",
        [&how](const std::string& text) {
            const auto turn = numbers_of("--rotate-deg", text, kTurnMax);
            if (turn.size() != 1 && turn.size() != 3)
                throw CLI::ValidationError("--rotate-deg", "takes one angle or three");
            how.rotate_within_deg = turn.size() == 1 ? std::abs(turn[0]) : 0;
            if (turn.size() == 3) how.rotate_deg = {turn[0], turn[1], turn[2]};
        },
        "Turn of the head about x, y and z (LPS) as X,Y,Z; one number A: drawn from +-A by seed");
    command.add_option_function<std::string>(
        "--in-plane-shift",
        [&how](const std::string& text) {
            const auto shift = numbers_of("--in-plane-shift", text, kShiftMax);
            if (shift.size() != 2)
                throw CLI::ValidationError("--in-plane-shift", "takes two numbers: I,J");
            how.in_plane_shift = {shift[0], shift[1]};
        },
        "Shift of the grid along columns and rows as I,J, in pixels");
    command.add_option("--grid-shift", how.grid_shift, "Shift along the slices, in slices")
        ->check(CLI::Range(-0.5, 0.5));
}

/// What goes in and what comes out.
void add_simulate_files(CLI::App& command, SimulateArguments& arguments) {
    command
        .add_option("files", arguments.files,
                    "High-quality .nii or .nii.gz, then a .nii.gz file or a folder for DICOM; with "
                    "--labels the latter alone")
        ->required()
        ->expected(1, 2);
    command.add_option("--labels", arguments.labels,
                       "Start from a head made of this FreeSurfer label map; needs --contrast");
    command.add_option("--format", arguments.format, "Kind of output")
        ->check(CLI::IsMember({"nifti", "dicom-enhanced", "dicom-classic"}));
    command.add_option("--contrast", arguments.contrast, "T1, T2 or FLAIR; else from the name")
        ->check(CLI::IsMember({"T1", "T2", "FLAIR"}));
    command.add_option("--series-number", arguments.series_number, "DICOM SeriesNumber")
        ->check(CLI::Range(1, 9999));
    command.add_flag("--synthetic-data", arguments.synthetic_data,
                     "Write SyntheticData (0008,001C) = YES, which older validators do not know");
}

}  // namespace

void add_artefact_options(CLI::App& command, SimulateOptions& how) {
    Artefacts& a = how.artefacts;
    add_recontrast_options(command, how);
    add_place_options(command, how);
    command.add_option("--gamma", how.gamma, "Power of the intensities about white matter")
        ->check(CLI::Range(0.2, 5.0));
    command.add_option("--bias", how.bias_strength, "SD of the logarithm of the coil's shading")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--slice-fwhm", how.slice_fwhm, "Slice profile, FWHM in slice spacings")
        ->check(CLI::Range(0.0, 3.0));
    command.add_option("--in-plane-fwhm", how.in_plane_fwhm, "Point spread, FWHM in pixels")
        ->check(CLI::Range(0.0, 3.0));
    command.add_option("--output-in-plane-mm", a.output_in_plane_mm, "Zero-fill to this spacing")
        ->check(CLI::Range(0.0, 10.0));
    command.add_option("--mtf", a.mtf_at_nyquist, "In-plane filter at the highest frequency")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--ghost", a.ghost, "N/2 ghost, share of the image")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--spike", a.spike, "Spike in k-space, share of the largest sample")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--zipper", a.zipper, "Interference, share of the 99.5 percentile")
        ->check(CLI::Range(0.0, 10.0));
    command.add_option("--motion-mm", a.motion_mm, "SD of the shift of a slice")
        ->check(CLI::Range(0.0, 20.0));
    command.add_option("--motion-deg", a.motion_deg, "SD of the turn of a slice")
        ->check(CLI::Range(0.0, 45.0));
}

void add_simulate_command(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<SimulateArguments>();
    CLI::App* command =
        app.add_subcommand("simulate", "Make a 64 mT-like series of a high-quality volume");
    add_simulate_files(*command, *arguments);
    command->add_option("--in-plane-mm", arguments->how.in_plane_mm, "Pixel spacing")
        ->check(CLI::Range(0.3, 10.0));
    command->add_option("--slice-mm", arguments->how.slice_mm, "Slice spacing and thickness")
        ->check(CLI::Range(0.3, 20.0));
    command->add_option("--slice-axis", arguments->plane, "Plane of the slices")
        ->check(CLI::IsMember({"axial", "sagittal", "coronal"}));
    command->add_option("--snr", arguments->how.snr, "White matter / noise of a channel; 0: none")
        ->check(CLI::Range(0.0, 1e6));
    command->add_option("--white-matter", arguments->how.white_matter,
                        "Mean white matter of the input; 0: estimated");
    add_artefact_options(*command, arguments->how);
    command->add_flag(
        "--draw", arguments->draw,
        "Draw all of these but spacings by seed, from the ranges of models/README.md");
    add_lin_options(*command, *arguments);
    command->get_option("--stochastic-decimation")->excludes("--draw");
    command->add_option("--seed", arguments->seed, "Seed of all that is random, and of the UIDs");
    command->callback([arguments, &exit_code] {
        const std::size_t wanted = arguments->labels.empty() ? 2 : 1;
        if (arguments->files.size() != wanted)
            throw CLI::ValidationError("files", wanted == 2
                                                    ? "needs an input and an output"
                                                    : "with --labels, needs the output alone");
        arguments->output = arguments->files.back();
        if (const auto done = simulate_file(*arguments); !done) {
            std::fprintf(stderr, "%s\n", to_string(done.error()).c_str());
            exit_code = 1;
        }
    });
}

}  // namespace iqt::models::train
