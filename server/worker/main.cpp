// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "server/exit_code.hpp"
#include "server/worker/commands.hpp"

namespace {

int run(int argc, char** argv) {
    using namespace iqt::server;
    CLI::App app("iqt-worker " IQT_VERSION ": the half of iqt-node that computes", "iqt-worker");
    app.set_version_flag("--version", "iqt-worker " IQT_VERSION);
    app.require_subcommand(1);
    commands::Action chosen;
    worker::add_run(app, chosen);
    worker::add_enhance(app, chosen);
    worker::add_verify(app, chosen);
    if (const auto ended = commands::parse(app, argc, argv)) return *ended;
    return chosen();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& caught) {
        std::fprintf(stderr, "iqt-worker: %s\n", caught.what());
        return iqt::server::kFailed;
    }
}
