// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>

#include "server/commands/commands.hpp"
#include "server/exit_code.hpp"

int main(int argc, char** argv) {
    try {
        return iqt::server::commands::run(argc, argv);
    } catch (const std::exception& caught) {
        std::fprintf(stderr, "iqt-node: %s\n", caught.what());
        return iqt::server::kFailed;
    }
}
