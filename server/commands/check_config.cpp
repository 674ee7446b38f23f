// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "config/load.hpp"
#include "server/commands/commands.hpp"
#include "server/configuration.hpp"
#include "server/exit_code.hpp"

namespace iqt::server::commands {
namespace {

int check_config(const std::string& file) {
    const auto config = read_config_and_files(file);
    if (!config) return kConfiguration;
    std::printf("%s\n", config::to_json(*config).c_str());
    return kDone;
}

}  // namespace

void add_check_config(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand(
        "check-config", "print the configuration in force, or everything that is wrong with FILE");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file)->required();
    command->callback([file, &chosen] { chosen = [file] { return check_config(*file); }; });
}

}  // namespace iqt::server::commands
