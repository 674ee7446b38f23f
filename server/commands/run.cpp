// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "pipeline/core/output.hpp"
#include "server/commands/commands.hpp"
#include "server/exit_code.hpp"

namespace iqt::server::commands {

std::optional<int> parse(CLI::App& app, int argc, char** argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kDone : kUsage;
    }
    return std::nullopt;
}

int run(int argc, char** argv) {
    CLI::App app("iqt-node " IQT_VERSION ": enhances low-field MR series for a PACS.\n" +
                     std::string(kIntendedUse),
                 "iqt-node");
    app.set_version_flag("--version", "iqt-node " IQT_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 done, 1 failed, 2 usage, 3 some inputs declined or failed, "
        "78 configuration.");
    Action chosen;
    add_serve(app, chosen);
    add_enhance(app, chosen);
    add_check_config(app, chosen);
    add_queue(app, chosen);
    add_echo(app, chosen);
    add_models(app, chosen);
    add_preview(app, chosen);
    if (const auto ended = parse(app, argc, argv)) return *ended;
    return chosen();
}

}  // namespace iqt::server::commands
