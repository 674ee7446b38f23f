// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace iqt::models::train {

/// Adds `input-qa`, which measures what the node's check of the input finds in volumes as they are,
/// or simulated well and wrongly: the distributions that its limits are chosen from. Its callback
/// sets `exit_code`.
void add_input_qa_command(CLI::App& app, int& exit_code);

}  // namespace iqt::models::train
