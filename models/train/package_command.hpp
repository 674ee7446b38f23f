// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace iqt::models::train {

/// Adds `package`, which makes a model package of weights, card and calibration; its callback sets
/// `exit_code`.
void add_package_command(CLI::App& app, int& exit_code);

}  // namespace iqt::models::train
