// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "models/train/evaluation.hpp"
#include "models/train/lesions.hpp"

/// What `iqt-train evaluate --detail` measures beyond the plain table.
namespace iqt::models::train {

/// Width of the outer part of the brain that counts as its exterior, in mm.
inline constexpr double kInteriorMarginMm = 5;

/// One way to bring the low-field series on the enhanced grid, held against the truth.
struct MethodScores {
    std::string name;
    Metrics head;
    double brain_psnr_db = 0, ms_ssim = 0, high_frequency_error = 0;
    UlfEncScore challenge;  ///< over the brain
    /// Over the brain further than kInteriorMarginMm from its border, and over the rest of it, in
    /// the volumes' units (Tanno et al. 2021 split their patches this way).
    double interior_rmse = 0, exterior_rmse = 0;
};

/// Name of the baseline that is told the truth's intensities.
inline constexpr const char* kStrongBaseline = "NLM + cubic + best monotone map";

/// Volumes of white matter, grey matter and fluid by the one segmenter of regions.hpp.
struct TissueScores {
    std::string name;
    std::array<double, 3> volume_error{};  ///< (image - truth) / truth
    std::array<double, 3> dice{};
};

/// Lesions of one kind and size in one image: means over `n` of them, counted in the direction that
/// the truth shows, so that noise does not add up to contrast.
struct LesionView {
    double ratio = 0;     ///< mean contrast-to-noise, where noise includes the anatomy around
    double contrast = 0;  ///< mean contrast, in the volume's units
    double own = 0;       ///< of it what the healthy volume does not show there: the lesion's own
    double noise = 0;     ///< noise alone, by difference (root of the mean variance); truth: 0
    double over_noise() const { return noise > 0 ? contrast / noise : 0; }
    double own_over_noise() const { return noise > 0 ? own / noise : 0; }
};
struct LesionScores {
    LesionKind kind = LesionKind::Plaque;
    double diameter_mm = 0;
    int n = 0;
    LesionView truth, against, model;
};

/// Largest region that an image shows and the lesion-free truth does not, in ml.
struct CreatedScores {
    double threshold_share = 0.2;  ///< of white matter's mean
    double against_bright_ml = 0, against_dark_ml = 0, model_bright_ml = 0, model_dark_ml = 0;
};

struct Detail {
    std::string subject;
    /// nearest, linear, cubic, B-spline, strong (kStrongBaseline), the model.
    std::vector<MethodScores> methods;
    std::vector<TissueScores> tissues;
    std::vector<LesionScores> lesions;
    CreatedScores created;
};

/// The model's scores less the strong baseline's, over the head; nothing without both.
struct Gain {
    double psnr_db = 0, ssim = 0;
};
std::optional<Gain> gain_over_strong(const Detail& detail);

/// The baselines, tissue volumes and created regions of one evaluated subject.
Detail measure_detail(const SubjectResult& subject, const SubjectImages& images,
                      const std::string& model_name);

/// Fills in `lesions`: four kinds, 3 to 20 mm, simulated like the subject itself and like the
/// healthy volume (the same noise), enhanced by both (without samples). Errors: those of the
/// models.
Status measure_lesions(const SubjectResult& subject, const SubjectImages& images, Enhancer& against,
                       Enhancer& model, std::uint64_t seed, Detail& detail);

std::string to_markdown(const std::vector<Detail>& details);
/// The report of the evaluation with the details under the key `detail`.
std::string to_json(const Evaluation& evaluation, const std::vector<Detail>& details);

}  // namespace iqt::models::train
