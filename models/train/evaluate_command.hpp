// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace iqt::models::train {

/// Adds `evaluate`, which measures a model against another on simulated subjects; its callback sets
/// `exit_code` (3: some subjects could not be evaluated).
void add_evaluate_command(CLI::App& app, int& exit_code);

}  // namespace iqt::models::train
