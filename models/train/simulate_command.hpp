// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace iqt::models::train {

/// Adds `simulate`, which makes a 64 mT-like NIfTI file or DICOM series of a high-quality volume;
/// its callback sets `exit_code`.
void add_simulate_command(CLI::App& app, int& exit_code);

}  // namespace iqt::models::train
