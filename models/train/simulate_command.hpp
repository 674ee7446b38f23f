// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/simulate.hpp"

namespace CLI {
class App;
}

namespace iqt::models::train {

/// Adds `simulate`, which makes a 64 mT-like NIfTI file or DICOM series of a high-quality volume;
/// its callback sets `exit_code`.
void add_simulate_command(CLI::App& app, int& exit_code);

/// The simulator's options beyond spacing, plane and noise, for any command that simulates.
void add_artefact_options(CLI::App& command, SimulateOptions& how);

}  // namespace iqt::models::train
