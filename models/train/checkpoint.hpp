// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "models/nets/iqt_ur.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::models::train {

struct CheckpointState {
    int stage = 1;          ///< 1: mean, 2: spread, 3: done
    std::int64_t step = 0;  ///< over both stages
    std::int64_t stage_step = 0;
    double elapsed_s = 0;  ///< training time so far
};

/// Writes weights, their moving average, the optimizer and the state; replaces the file at once.
/// Errors: Io.
Status save_checkpoint(const std::filesystem::path& file, nets::IqtUr& network,
                       nets::IqtUr& average, torch::optim::Optimizer& optimizer,
                       const CheckpointState& state);

/// Errors: NotFound, Corrupt.
Result<CheckpointState> load_checkpoint(const std::filesystem::path& file, nets::IqtUr& network,
                                        nets::IqtUr& average);
Status load_optimizer(const std::filesystem::path& file, torch::optim::Optimizer& optimizer);

/// Copies every parameter of `from` to `to`; the networks have one shape.
void copy_parameters(nets::IqtUr& to, nets::IqtUr& from);

}  // namespace iqt::models::train
