// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace iqt::models::train {

/// Adds `curve`, which draws the learning curves of training runs; its callback sets `exit_code`.
void add_curve_command(CLI::App& app, int& exit_code);

}  // namespace iqt::models::train
