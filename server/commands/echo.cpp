// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/rules.hpp"
#include "dicom/instance_header.hpp"
#include "dicom/net/store_scu.hpp"
#include "server/commands/commands.hpp"
#include "server/configuration.hpp"
#include "server/exit_code.hpp"
#include "server/options.hpp"

namespace iqt::server::commands {
namespace {

int echo(const std::string& only, const std::string& file) {
    const auto config = read_config(file);
    if (!config) return kConfiguration;
    std::vector<std::string> names;
    for (const auto& [name, unused] : config->destinations) names.push_back(name);
    if (!only.empty() && !config->destinations.contains(only)) {
        const auto near = config::nearest(only, names);
        std::fprintf(stderr, "iqt-node echo: no destination is called \"%s\"%s\n", only.c_str(),
                     near ? ("; did you mean \"" + *near + "\"?").c_str() : "");
        return kUsage;
    }
    if (!only.empty()) names = {only};
    if (names.empty()) std::fprintf(stderr, "iqt-node echo: no destinations are configured\n");
    dicom::initialise();
    dicom::net::StoreScu scu;
    int failed = 0;
    for (const std::string& name : names) {
        const Destination destination = destination_of(*config, name);
        Status answered;
        if (destination.tls) answered = scu.use_tls(name, sender_tls_files(*config, name));
        if (answered) answered = scu.echo(destination);
        if (!answered) ++failed;
        std::printf("%-16s %s@%s:%d  %s\n", name.c_str(), destination.ae_title.c_str(),
                    destination.address.c_str(), destination.port,
                    answered ? "ok" : to_string(answered.error()).c_str());
    }
    return failed == 0 ? kDone : kFailed;
}

}  // namespace

void add_echo(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand("echo", "C-ECHO to each destination, a line each");
    auto name = std::make_shared<std::string>();
    auto file = std::make_shared<std::string>();
    command->add_option("DESTINATION", *name, "only this one");
    command->add_option("--config", *file, "the node's configuration")->type_name("FILE");
    command->callback(
        [name, file, &chosen] { chosen = [name, file] { return echo(*name, *file); }; });
}

}  // namespace iqt::server::commands
