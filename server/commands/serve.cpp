// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "dicom/instance_header.hpp"
#include "pipeline/log/log.hpp"
#include "server/commands/commands.hpp"
#include "server/configuration.hpp"
#include "server/exit_code.hpp"
#include "server/node.hpp"

namespace iqt::server::commands {
namespace {

int serve(const std::string& file) {
    const auto config = read_config_and_files(file);
    if (!config) return kConfiguration;
    log::set_level(config->log.level);
    dicom::initialise();
    const SystemClock clock;
    auto node = Node::open(*config, file, clock);
    if (!node) {
        log::event(log::Level::Error, "not_started", node.error());
        return exit_code_of(node.error());
    }
    return (*node)->run();
}

}  // namespace

void add_serve(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand(
        "serve", "receive, enhance and send until SIGTERM; SIGHUP re-reads FILE");
    auto file = std::make_shared<std::string>();
    command
        ->add_option("--config", *file, "configuration (else $IQT_CONFIG, /etc/iqt-node/node.json)")
        ->type_name("FILE");
    command->callback([file, &chosen] { chosen = [file] { return serve(*file); }; });
}

}  // namespace iqt::server::commands
