// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace iqt::models::train {

/// Adds `compare-lowfield`, which holds the simulator's output against real low-field series; its
/// callback sets `exit_code`.
void add_lowfield_command(CLI::App& app, int& exit_code);

}  // namespace iqt::models::train
