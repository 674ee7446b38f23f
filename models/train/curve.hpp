// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/render/plot.hpp"

/// How a training run went, from the log that `iqt-train train` writes.
namespace iqt::models::train {

/// What RUN/log.jsonl says of stage 1 (the mean), by steps.
struct LearningCurve {
    std::string name;  ///< of the run
    std::vector<render::PlotPoint> loss;
    /// Gain over cubic in dB on the held-out blocks, mean of a contrast's blocks, by Contrast.
    std::array<std::vector<render::PlotPoint>, 3> gain_db;
};

/// Reads one log: a JSON object a line with `step`, `stage`, `loss` and now and then `held_out`
/// ("T1a": {"gain_db": ..}). Where the steps go back (a run that was resumed from an older
/// checkpoint), what was logged beyond is dropped. A last line that is not complete is left out
/// (the run still writes). Errors: NotFound, InvalidInput (another line is no such object, or there
/// is nothing of stage 1).
Result<LearningCurve> read_learning_curve(const std::filesystem::path& log,
                                          const std::string& name);

/// Each point as the mean of itself and up to `count` - 1 points before it.
std::vector<render::PlotPoint> running_mean(const std::vector<render::PlotPoint>& points,
                                            int count);

/// Gain (a colour for each contrast) and loss against steps; each run has a stroke of its own.
std::vector<render::Plot> learning_plots(const std::vector<LearningCurve>& curves);

}  // namespace iqt::models::train
