// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

/// The subcommands of iqt-node, a file each. Each `add_...` describes its arguments to the parser
/// and stores in `chosen` what is to be done when it was the one that was named.
namespace iqt::server::commands {

/// Does the command; returns an exit code.
using Action = std::function<int()>;

void add_serve(CLI::App& app, Action& chosen);
void add_enhance(CLI::App& app, Action& chosen);
void add_check_config(CLI::App& app, Action& chosen);
void add_queue(CLI::App& app, Action& chosen);
void add_echo(CLI::App& app, Action& chosen);
void add_models(CLI::App& app, Action& chosen);
void add_preview(CLI::App& app, Action& chosen);

/// Becomes `iqt-worker COMMAND ARGUMENTS...`: this program does not link the networks. Returns,
/// with an exit code, only where that program cannot be started.
int exec_worker(std::string command, std::vector<std::string> arguments);

/// Parses a command line, does the command, returns its exit code. Reports a wrong line on stderr.
int run(int argc, char** argv);

/// Parses with CLI11 and turns its ends into ours: nullopt = go on, 0 = help was shown, 2 = usage.
std::optional<int> parse(CLI::App& app, int argc, char** argv);

}  // namespace iqt::server::commands
