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

}  // namespace

void add_models(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand("models", "the installed model packages");
    command->require_subcommand(1);
    command->fallthrough();
    auto file = std::make_shared<std::string>();
    command->add_option("--config", *file, "the node's configuration")->type_name("FILE");
    CLI::App* list_verb = command->add_subcommand("list", "a line each");
    list_verb->callback([file, &chosen] {
        chosen = [file] {
            const auto config = read_config(*file);
            return config ? list(*config) : static_cast<int>(kConfiguration);
        };
    });
    CLI::App* verify_verb = command->add_subcommand(
        "verify", "check digests and contracts, run the self-tests; see `models verify --help`");
    verify_verb->prefix_command();
    verify_verb->set_help_flag();  // the worker has the networks, and explains the arguments
    verify_verb->callback([verify_verb, file, &chosen] {
        chosen = [arguments = verify_verb->remaining(), file]() mutable {
            if (!file->empty()) arguments.insert(arguments.end(), {"--config", *file});
            return exec_worker("verify", std::move(arguments));
        };
    });
}

}  // namespace iqt::server::commands
