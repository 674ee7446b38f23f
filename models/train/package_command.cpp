// SPDX-License-Identifier: Apache-2.0
#include "models/train/package_command.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "models/package_writer.hpp"
#include "models/train/enhancers.hpp"

namespace iqt::models::train {

void add_package_command(CLI::App& app, int& exit_code) {
    struct PackageArguments {
        PackageParts parts;
        std::filesystem::path folder;
    };
    auto arguments = std::make_shared<PackageArguments>();
    CLI::App* command = app.add_subcommand("package", "Write a model package");
    command->add_option("folder", arguments->folder, "Folder of the new package")->required();
    command->add_option("--weights", arguments->parts.weights, "Weights (.safetensors)")
        ->required();
    command
        ->add_option("--card", arguments->parts.card,
                     "model.json without \"weights\" and \"calibration\"")
        ->required();
    command
        ->add_option("--calibration", arguments->parts.calibration,
                     "JSON object with the thresholds frozen on the calibration subjects")
        ->required();
    command->add_option("--settings", arguments->parts.settings,
                        "settings.json of the training run, for the shape of its network");
    command->add_flag("--unmeasured", arguments->parts.unmeasured,
                      "The card's metrics and limits are of other weights: leave them out");
    command->callback([arguments, &exit_code] {
        arguments->parts.open = [](const Package& package) {
            DeviceOptions reference;  // what the answer is compared with everywhere else
            reference.device = "cpu";
            reference.precision = "float32";
            return make_enhancer(package, reference);
        };
        const auto package = write_package(arguments->parts, arguments->folder);
        if (!package) {
            std::fprintf(stderr, "%s\n", to_string(package.error()).c_str());
            exit_code = 1;
            return;
        }
        std::printf("%s: %s %s, digest %s\n", arguments->folder.c_str(), package->info.id.c_str(),
                    package->info.version.c_str(), package->info.digest.c_str());
    });
}

}  // namespace iqt::models::train
