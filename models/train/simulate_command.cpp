// SPDX-License-Identifier: Apache-2.0
#include "models/train/simulate_command.hpp"

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "dicom/instance_header.hpp"
#include "dicom/swoop_series.hpp"
#include "models/nifti.hpp"
#include "models/simulate.hpp"
#include "models/tissue.hpp"
#include "models/train/regions.hpp"
#include "models/train/subjects.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

struct SimulateArguments {
    fs::path input, output;
    std::string format = "nifti", plane = "axial", contrast;
    SimulateOptions how;
    std::uint64_t seed = 1;
    int series_number = 2;
    bool synthetic_data = false;
    bool lin = false;
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

Status simulate_file(const SimulateArguments& arguments) {
    const auto contrast = arguments.contrast.empty() ? contrast_in_name(arguments.input)
                                                     : contrast_from(arguments.contrast);
    if (!contrast)
        return fail(ErrorKind::InvalidInput, "the contrast is not known", arguments.input.string(),
                    "say --contrast T1, T2 or FLAIR");
    const auto volume = nifti::read(arguments.input);
    if (!volume) return fail(volume.error());
    SimulateOptions how = arguments.how;
    how.contrast = *contrast;
    how.slice_axis = slice_axis_from(arguments.plane, volume->geometry).value_or(2);
    if (!(how.white_matter > 0)) how.white_matter = white_matter_mean(*volume, *contrast);
    Simulation simulation;
    if (arguments.lin) {
        const Volume turned = with_slices_along_k(*volume, how.slice_axis);
        LinResult lin =
            stochastic_decimation(turned, *contrast, arguments.decimation, arguments.seed,
                                  brain_mask(turned, *contrast));
        simulation = {std::move(lin.low_field), lin.noise_sd};
    } else {
        simulation = simulate(*volume, how, arguments.seed);
    }
    const Geometry& g = simulation.low_field.geometry;
    if (const auto done =
            arguments.format == "nifti"
                ? nifti::write(arguments.output, simulation.low_field, "64 mT-like simulation")
                : write_dicom(arguments, simulation.low_field, *contrast);
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

}  // namespace

void add_artefact_options(CLI::App& command, SimulateOptions& how) {
    Artefacts& a = how.artefacts;
    command.add_flag("--recontrast", how.recontrast, "Tissue brightness as near 64 mT");
    command.add_option("--recontrast-jitter", how.recontrast_jitter, "Its variation (share)")
        ->check(CLI::Range(0.0, 0.5));
    command.add_option("--gamma", how.gamma, "Power of the intensities about white matter")
        ->check(CLI::Range(0.2, 5.0));
    command.add_option("--bias", how.bias_strength, "SD of the logarithm of the coil's shading")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--slice-fwhm", how.slice_fwhm, "Slice profile, FWHM in slice spacings")
        ->check(CLI::Range(0.0, 3.0));
    command.add_option("--in-plane-fwhm", how.in_plane_fwhm, "Point spread, FWHM in pixels")
        ->check(CLI::Range(0.0, 3.0));
    command.add_option("--grid-shift", how.grid_shift, "Shift along the slices, in slices")
        ->check(CLI::Range(-0.5, 0.5));
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
    command->add_option("input", arguments->input, "High-quality .nii or .nii.gz")->required();
    command->add_option("output", arguments->output, "A .nii.gz file, or a folder for DICOM")
        ->required();
    command->add_option("--format", arguments->format, "Kind of output")
        ->check(CLI::IsMember({"nifti", "dicom-enhanced", "dicom-classic"}));
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
    add_lin_options(*command, *arguments);
    command->add_option("--seed", arguments->seed, "Seed of all that is random, and of the UIDs");
    command->add_option("--contrast", arguments->contrast, "T1, T2 or FLAIR; else from the name")
        ->check(CLI::IsMember({"T1", "T2", "FLAIR"}));
    command->add_option("--series-number", arguments->series_number, "DICOM SeriesNumber")
        ->check(CLI::Range(1, 9999));
    command->add_flag("--synthetic-data", arguments->synthetic_data,
                      "Write SyntheticData (0008,001C) = YES, which older validators do not know");
    command->callback([arguments, &exit_code] {
        if (const auto done = simulate_file(*arguments); !done) {
            std::fprintf(stderr, "%s\n", to_string(done.error()).c_str());
            exit_code = 1;
        }
    });
}

}  // namespace iqt::models::train
