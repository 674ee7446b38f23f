// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "server/commands/commands.hpp"
#include "server/exit_code.hpp"
#include "server/supervisor.hpp"

namespace iqt::server::commands {
namespace {

// Becomes `iqt-worker enhance ...`: this program does not link the networks.
int exec_worker(std::vector<std::string> arguments) {
    const auto program = find_worker_program();
    if (!program) {
        std::fprintf(stderr, "iqt-node enhance: %s\n", to_string(program.error()).c_str());
        return kFailed;
    }
    std::string name = program->string(), command = "enhance";
    std::vector<char*> argv{name.data(), command.data()};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(name.c_str(), argv.data());
    std::fprintf(stderr, "iqt-node enhance: cannot start %s: %s\n", name.c_str(),
                 std::generic_category().message(errno).c_str());
    return kFailed;
}

}  // namespace

void add_enhance(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand(
        "enhance", "enhance a folder of DICOM files or one NIfTI file; see `enhance --help`");
    command->prefix_command();
    command->set_help_flag();  // the worker knows the arguments, and explains them
    command->callback([command, &chosen] {
        chosen = [arguments = command->remaining()] { return exec_worker(arguments); };
    });
}

}  // namespace iqt::server::commands
