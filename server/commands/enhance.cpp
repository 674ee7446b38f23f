// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "server/commands/commands.hpp"

namespace iqt::server::commands {
void add_enhance(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand(
        "enhance", "enhance a folder of DICOM files or one NIfTI file; see `enhance --help`");
    command->prefix_command();
    command->set_help_flag();  // the worker knows the arguments, and explains them
    command->callback([command, &chosen] {
        chosen = [arguments = command->remaining()] { return exec_worker("enhance", arguments); };
    });
}

}  // namespace iqt::server::commands
