// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "models/package.hpp"
#include "server/commands/commands.hpp"
#include "server/configuration.hpp"
#include "server/exit_code.hpp"
#include "server/options.hpp"

namespace iqt::server::commands {
namespace {

std::string contrasts_of(const ModelInfo& info) {
    std::string text;
    for (const Contrast contrast : info.contrasts)
        text += (text.empty() ? "" : ",") + std::string(to_string(contrast));
    return text;
}

void print_contract(const ModelInfo& info) {
    std::printf("  digest       %s\n", info.digest.c_str());
    std::printf("  contrasts    %s\n", contrasts_of(info).c_str());
    std::printf("  in plane     %g to %g mm\n", info.in_plane_spacing_mm.min,
                info.in_plane_spacing_mm.max);
    std::printf("  slices       %g to %g mm\n", info.slice_spacing_mm.min,
                info.slice_spacing_mm.max);
    std::printf("  field        %g to %g T\n", info.field_strength_t.min,
                info.field_strength_t.max);
    std::printf("  age          %g to %g years\n", info.age_y.min, info.age_y.max);
    std::printf("  output       %g mm, %s\n", info.target_spacing_mm,
                info.has_uncertainty ? "with uncertainty" : "without uncertainty");
    std::printf("  training     %s\n", info.training_statement.c_str());
}

int report_broken(const models::PackageList& list) {
    for (const Error& error : list.broken)
        std::fprintf(stderr, "iqt-node models: %s\n", to_string(error).c_str());
    return list.broken.empty() ? kDone : kFailed;
}

int list(const config::Config& config) {
    const auto found = models::list_packages(models_folder(config));
    for (const models::Package& package : found.packages)
        std::printf("%-24s %-8s %-8s %-12s %.12s\n", package.info.id.c_str(),
                    package.info.version.c_str(), package.info.architecture.c_str(),
                    contrasts_of(package.info).c_str(), package.info.digest.c_str());
    if (found.packages.empty() && found.broken.empty())
        std::printf("no model packages in %s\n", models_folder(config).c_str());
    return report_broken(found);
}

int verify(const config::Config& config, const std::string& id) {
    if (!id.empty()) {
        const auto package = models::find_package(id, models_folder(config));
        if (!package) {
            std::fprintf(stderr, "iqt-node models: %s\n", to_string(package.error()).c_str());
            return kFailed;
        }
        std::printf("%s %s: ok\n", package->info.id.c_str(), package->info.version.c_str());
        print_contract(package->info);
        return kDone;
    }
    const auto found = models::list_packages(models_folder(config));
    for (const models::Package& package : found.packages) {
        std::printf("%s %s: ok\n", package.info.id.c_str(), package.info.version.c_str());
        print_contract(package.info);
    }
    return report_broken(found);
}

}  // namespace

void add_models(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand("models", "the installed model packages");
    command->require_subcommand(1);
    command->fallthrough();
    auto file = std::make_shared<std::string>();
    auto id = std::make_shared<std::string>();
    command->add_option("--config", *file, "the node's configuration")->type_name("FILE");
    CLI::App* list_verb = command->add_subcommand("list", "a line each");
    list_verb->callback([file, &chosen] {
        chosen = [file] {
            const auto config = read_config(*file);
            return config ? list(*config) : static_cast<int>(kConfiguration);
        };
    });
    CLI::App* verify_verb =
        command->add_subcommand("verify", "check digests and contracts, and print them");
    verify_verb->add_option("ID", *id, "only this package, or the folder of one");
    verify_verb->callback([file, id, &chosen] {
        chosen = [file, id] {
            const auto config = read_config(*file);
            return config ? verify(*config, *id) : static_cast<int>(kConfiguration);
        };
    });
}

}  // namespace iqt::server::commands
