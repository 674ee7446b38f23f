// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "server/commands/commands.hpp"
#include "server/model_shelf.hpp"

/// The subcommands of iqt-worker.
namespace iqt::server::worker {

void add_run(CLI::App& app, commands::Action& chosen);
void add_enhance(CLI::App& app, commands::Action& chosen);
void add_verify(CLI::App& app, commands::Action& chosen);

/// Makes enhancers of learned packages on one device; empty in a build without networks.
MakeLearned learned_on(const models::DeviceOptions& options);

}  // namespace iqt::server::worker
