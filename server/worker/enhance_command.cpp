// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "config/rules.hpp"
#include "dicom/instance_header.hpp"
#include "pipeline/log/log.hpp"
#include "server/configuration.hpp"
#include "server/exit_code.hpp"
#include "server/options.hpp"
#include "server/worker/commands.hpp"
#include "server/worker/enhance.hpp"

namespace iqt::server::worker {
namespace {

namespace fs = std::filesystem;

struct EnhanceArguments {
    std::string input, output, config, model, device, contrast;
    std::optional<int> samples;
    std::optional<std::uint64_t> seed;
};

int usage(const std::string& sentence) {
    std::fprintf(stderr, "iqt-node enhance: %s\n", sentence.c_str());
    return kUsage;
}

// Results never mix with what lies there already.
Status prepare_output(const fs::path& output) {
    std::error_code code;
    fs::create_directories(output, code);
    const bool empty = !code && fs::is_empty(output, code);
    if (code)
        return fail(ErrorKind::Io, "cannot use this folder: " + code.message(), output.string());
    if (!empty)
        return fail(ErrorKind::Conflict, "the output folder is not empty", output.string(),
                    "name a new or an empty one");
    return {};
}

int enhance(const EnhanceArguments& given) {
    EnhanceJob job;
    job.input = given.input;
    job.output = given.output;
    std::error_code code;
    if (!fs::exists(job.input, code)) return usage(given.input + " is not there");
    if (!given.contrast.empty()) {
        job.contrast = contrast_from(given.contrast);
        if (!job.contrast) return usage("--contrast must be T1, T2 or FLAIR");
    }
    auto config = read_config(given.config);
    if (!config) return kConfiguration;
    job.config = *std::move(config);
    job.overrides.model = given.model;
    job.overrides.samples = given.samples;
    job.overrides.seed = given.seed;
    const std::string device =
        given.device.empty() ? job.config.inference.devices.front() : given.device;
    if (const auto wrong = config::check(config::Rule::Device, device))
        return usage("--device " + *wrong);
    log::set_level("error");  // what a person needs to know is said in sentences
    if (auto ready = prepare_output(job.output); !ready) return usage(to_string(ready.error()));
    dicom::initialise();
    const SystemClock clock;
    ModelShelf shelf(models_folder(job.config), learned_on(device_options(job.config, device)));
    if (is_nifti_name(job.input)) return enhance_nifti(job, shelf);
    return enhance_dicom(job, shelf, clock);
}

}  // namespace

void add_enhance(CLI::App& app, commands::Action& chosen) {
    CLI::App* command = app.add_subcommand(
        "enhance", "enhance every series in a folder, or one NIfTI file, without a network");
    auto given = std::make_shared<EnhanceArguments>();
    command->add_option("INPUT", given->input, "folder with DICOM files, or one .nii / .nii.gz")
        ->required();
    command->add_option("OUTPUT", given->output, "new or empty folder")->required();
    command->add_option("--config", given->config, "configuration with the routes to apply")
        ->type_name("FILE");
    command->add_option("--model", given->model, "package id, whatever the routes say");
    command->add_option("--samples", given->samples)->check(CLI::Range(1, 256));
    command->add_option("--seed", given->seed, "of the samples; else made from the series");
    command->add_option("--device", given->device, "auto, cpu or cuda:N");
    command->add_option("--contrast", given->contrast, "of a NIfTI file: T1, T2 or FLAIR");
    command->footer(
        "Exit codes: 0 done, 1 failed, 2 usage, 3 some inputs declined or failed, "
        "78 configuration.");
    command->callback([given, &chosen] { chosen = [given] { return enhance(*given); }; });
}

}  // namespace iqt::server::worker
