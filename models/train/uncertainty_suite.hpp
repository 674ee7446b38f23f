// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/train/evaluation.hpp"
#include "models/train/tamper_suite.hpp"
#include "models/train/tissue_interval.hpp"
#include "models/train/uncertainty.hpp"
#include "models/train/uncertainty_regions.hpp"

/// What `iqt-train evaluate --uncertainty` measures: how good the warnings of a model are.
namespace iqt::models::train {

/// An error counts as risky from this share of the truth's 99.5 percentile on.
inline constexpr double kRiskyShare = 0.1;

struct Uncertainty {
    std::string subject;
    double peak = 0;          ///< the truth's 99.5 percentile, in the volume's units
    double risky_error = 0;   ///< in the volume's units
    double sd_threshold = 0;  ///< the model's frozen one, likewise
    int samples = 0;
    VoxelComparison head, brain;
    NeighbourCorrelation correlation{};    ///< of the errors, over the brain
    RegionCurve regions, perfect_regions;  ///< over the brain
    TamperResult tampering;
    TissueIntervals tissues;
};

/// Measures the model's answer of one subject, without asking the model again. The perfect map's
/// errors over regions are as smooth as the real ones (error_field.hpp), over voxels they are
/// independent. Errors: NotSupported (it says nothing of its uncertainty), InvalidInput (no noise).
Result<Uncertainty> measure_answer(const SubjectResult& subject, const SubjectImages& images,
                                   const ModelInfo& model, const EvaluationOptions& options);

/// The same, and what three sick heads bring to light (measure_shown). Errors: the model's too.
Result<Uncertainty> measure_uncertainty(const SubjectResult& subject, const SubjectImages& images,
                                        Enhancer& model, const EvaluationOptions& options);

/// Tables of all subjects; nothing for none.
std::string to_markdown(const std::vector<Uncertainty>& all);
/// A JSON report (an object) with everything under the key `uncertainty`.
std::string with_uncertainty(const std::string& report, const std::vector<Uncertainty>& all);
/// Draws sparsification, reliability and region curves of all subjects (PNG). Errors: Io.
Status write_uncertainty_figures(const std::filesystem::path& folder,
                                 const std::vector<Uncertainty>& all);

}  // namespace iqt::models::train
