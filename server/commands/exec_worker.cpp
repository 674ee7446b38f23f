// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <unistd.h>

#include "server/commands/commands.hpp"
#include "server/exit_code.hpp"
#include "server/supervisor.hpp"

namespace iqt::server::commands {

int exec_worker(std::string command, std::vector<std::string> arguments) {
    const auto program = find_worker_program();
    if (!program) {
        std::fprintf(stderr, "iqt-node: %s\n", to_string(program.error()).c_str());
        return kFailed;
    }
    std::string name = program->string();
    std::vector<char*> argv{name.data(), command.data()};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(name.c_str(), argv.data());
    std::fprintf(stderr, "iqt-node: cannot start %s: %s\n", name.c_str(),
                 std::generic_category().message(errno).c_str());
    return kFailed;
}

}  // namespace iqt::server::commands
