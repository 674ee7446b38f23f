// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/metrics.hpp"
#include "models/simulate.hpp"
#include "pipeline/core/ports.hpp"

namespace iqt::models::train {

struct EvaluationOptions {
    double in_plane_mm = 1.6, slice_mm = 5, snr = 18;
    std::string plane = "axial";
    std::uint64_t seed = 1;
    int samples = 16;
    std::optional<Contrast> contrast;  ///< of files whose names hold none
    SimulateOptions simulation;        ///< everything else about the simulator
};

/// How close both models come to one truth.
struct BothScores {
    Metrics against, model;
};

/// One subject: the low-field simulation, enhanced by two models and held against the truth.
struct SubjectResult {
    std::string name;  ///< file name without its endings
    Contrast contrast = Contrast::T1;
    double white_matter = 0, noise_sd = 0;
    Geometry grid;  ///< the enhanced grid
    Metrics against, model;
    /// Under `recontrast`: the same images against the truth with the same re-contrast, so that a
    /// contrast which nobody was asked to bring back does not count. `against` and `model` are
    /// against the truth as it is.
    std::optional<BothScores> recontrasted = {};
};

/// What is behind a SubjectResult, for figures and further measures.
struct SubjectImages {
    Volume truth, against, model;  ///< on the enhanced grid
    Mask known = {};               ///< known_voxels there
    Volume high_quality = {};      ///< the file itself
    Volume low_field = {};         ///< its simulation
    SimulateOptions how = {};      ///< how that was made
    Enhancement answer = {};       ///< the model's, whole
};

/// Simulates, enhances with both and compares on the enhanced grid; the truth is the volume itself,
/// interpolated (cubic) there, and under `recontrast` also the volume with the same re-contrast.
/// Voxels that the volume knows nothing of (exact zeros) do not count. Errors: NotFound,
/// InvalidInput (contrast, file), Mismatch (the models' grids differ), and those of the models.
Result<SubjectResult> evaluate_subject(const std::filesystem::path& file, Enhancer& against,
                                       Enhancer& model, const EvaluationOptions& options,
                                       SubjectImages* images);

/// All of an evaluation, as it goes to the report.
struct Evaluation {
    ModelInfo against, model;
    EvaluationOptions options;
    std::vector<SubjectResult> subjects;
};

/// Means over subjects of equal weight; all 0 for none.
BothScores mean_scores(const std::vector<BothScores>& subjects);

/// One line of a table, as printf would print it; at most 511 characters.
std::string row(const char* format, ...) __attribute__((format(printf, 1, 2)));

std::string to_markdown(const Evaluation& evaluation);
std::string to_json(const Evaluation& evaluation);

}  // namespace iqt::models::train
