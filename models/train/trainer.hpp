// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/nets/iqt_ur.hpp"
#include "models/train/dataset.hpp"

namespace iqt::models::train {

struct TrainOptions {
    std::filesystem::path data, output;
    double minutes = 30;     ///< of both stages together; ignored where `steps` is set
    std::int64_t steps = 0;  ///< of both stages together
    double spread_share =
        0.15;         ///< of the budget that the second stage gets; 0 or 1: one stage only
    int threads = 0;  ///< 0: what Torch takes by itself
    std::uint64_t seed = 1;
    bool resume = false;
    bool start_from_weights = false;  ///< with resume: a new schedule from the stored weights
    std::filesystem::path start;   ///< weights to begin with; blocks beyond theirs begin as nothing
    std::filesystem::path labels;  ///< folder of label maps training_seg_NN, 13 and 14 left out
    int batch = 4, patch = 48;
    double rate = 4e-4;
    int small_lesions = 0;  ///< a block, in the mean; with them MS-like ones at the ventricles
    nets::UrOptions network;
    std::vector<std::string> held_out{"studyforrest_T1", "niimath_M2307_T2", "lesjak_p19_FLAIR"};
    std::function<bool(std::int64_t step)>
        stop;  ///< asked before each step: true ends the run there
};

/// Stage 1 fits the mean, stage 2 the spread (variance head, learned dropout) on frozen features.
/// Writes checkpoint.pt, weights.safetensors (the moving average), log.jsonl, settings.json to the
/// output folder. With `resume` it goes on from there, bit by bit as if it had not ended, where the
/// budget is in steps. Errors: NotFound, InvalidInput, Mismatch (resumed with other settings), Io,
/// Internal (the loss is not a number).
Status train(const TrainOptions& options);

}  // namespace iqt::models::train
