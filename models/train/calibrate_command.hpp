// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace iqt::models::train {

/// Adds `calibrate` to the command line; its callback sets `exit_code`.
void add_calibrate_command(CLI::App& app, int& exit_code);

}  // namespace iqt::models::train
