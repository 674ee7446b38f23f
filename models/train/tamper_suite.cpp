// SPDX-License-Identifier: Apache-2.0
#include "models/train/tamper_suite.hpp"

#include <algorithm>
#include <cmath>

#include "models/train/regions.hpp"
#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/resample.hpp"
#include "pipeline/stages/assess.hpp"

namespace iqt::models::train {
namespace {

constexpr int kEach = 5;
constexpr double kUntouchedMarginMm = 5;
constexpr double kSmallMm = 8;  ///< losses up to it, tampering from it
constexpr double kRounding = 1e-3;
constexpr double kInventionShare = 0.2;  ///< of white matter's mean

bool is_dark(Contrast contrast) {
    return contrast == Contrast::T1;
}

std::vector<Lesion> of_size(const std::vector<Lesion>& lesions, double least_mm, double most_mm) {
    std::vector<Lesion> out;
    for (const Lesion& l : lesions)
        if (l.diameter_mm >= least_mm && l.diameter_mm <= most_mm) out.push_back(l);
    return out;
}

/// A head, what the model made of it, and what assess says to both.
struct Case {
    const Volume* source = nullptr;
    Enhancement answer;
    Mask warnings;
};

Case as_answered(const SubjectImages& images) {
    return {&images.low_field, images.answer, stages::assess(images.low_field, images.answer).mask};
}

/// Judges `mean` as if the model had answered it, and scores the lesions changed in it by size.
void judge(const Case& before, const Volume& mean, const std::vector<Lesion>& lesions,
           const Mask& brain, double noise_sd, const TamperScores& like, TamperResult& out) {
    Enhancement tampered = before.answer;
    tampered.mean = mean;
    const Mask warnings = stages::assess(*before.source, tampered).mask;
    for (const double diameter : {8.0, 12.0, 20.0}) {
        TamperScores s = like;
        s.diameter_mm = diameter;
        for (const Lesion& lesion : of_size(lesions, diameter, diameter)) {
            const double marked = marked_in(warnings, lesion).inconsistent;
            s.marked_share += marked;
            s.marked_before += marked_in(before.warnings, lesion).inconsistent;
            s.caught += marked >= kCaughtShare ? 1 : 0;
            const double change_sd =
                std::abs(measure_contrast(mean, lesion).contrast -
                         measure_contrast(before.answer.mean, lesion).contrast) /
                noise_sd;
            s.contrast_sd += change_sd;
            ++s.n;
            if (change_sd < kStrongSd - kRounding) continue;
            ++s.strong;
            s.strong_caught += marked >= kCaughtShare ? 1 : 0;
        }
        if (s.n == 0) continue;
        for (double* v : {&s.marked_share, &s.marked_before, &s.contrast_sd}) *v /= s.n;
        out.tampered.push_back(s);
    }
    const Mask untouched = away_from(brain, lesions, kUntouchedMarginMm);
    out.untouched_share =
        std::max(out.untouched_share, marked_in(warnings, untouched).inconsistent);
}

void add_lesions(const SubjectResult& subject, const SubjectImages& images, const Case& healthy,
                 const Mask& brain, std::uint64_t seed, TamperResult& out) {
    const auto lesions = plan_lesions(images.high_quality, subject.contrast, LesionKind::Plaque,
                                      {8, 12, 20}, kEach, seed + 17);
    for (const double contrast_sd : {3.0, 5.0, 8.0}) {
        const double step = contrast_sd * subject.noise_sd * (is_dark(subject.contrast) ? -1 : 1);
        TamperScores like;
        like.what = row("%g SD", contrast_sd);
        judge(healthy, with_balls_added(healthy.answer.mean, lesions, step), lesions, brain,
              subject.noise_sd, like, out);
    }
}

/// What became of the small lesions that the model was shown.
void count_losses(const Case& sick, const Volume& truth, const Case& healthy,
                  const std::vector<Lesion>& lesions, LesionKind kind, TamperResult& out) {
    for (const double diameter : {3.0, 5.0, kSmallMm}) {
        LossScores s{kind, diameter, 0, {}};
        for (const Lesion& lesion : of_size(lesions, diameter, diameter)) {
            ++s.shown;
            const double there = measure_contrast(truth, lesion).contrast;
            const double shown = measure_contrast(sick.answer.mean, lesion).contrast;
            if (there == 0 || shown / there >= kLostShare) continue;
            s.lost.take(marked_in(sick.warnings, lesion));
            s.lost.chance += marked_in(healthy.warnings, lesion).any >= kCaughtShare ? 1 : 0;
        }
        out.losses.push_back(s);
    }
}

}  // namespace

void ClassCounts::take(const Marked& marked) {
    ++n;
    uncertain += marked.uncertain >= kCaughtShare ? 1 : 0;
    unfamiliar += marked.unfamiliar >= kCaughtShare ? 1 : 0;
    inconsistent += marked.inconsistent >= kCaughtShare ? 1 : 0;
    unseen += marked.any >= kCaughtShare ? 0 : 1;
}

ClassCounts find_inventions(const Volume& image, const Volume& truth, const Mask& where,
                            Contrast contrast, double step, const Mask& warnings) {
    const Volume a = grid::blur(image, {3, 3, 3}), b = grid::blur(truth, {3, 3, 3});
    Mask shown(truth.geometry);
    for (std::size_t v = 0; v < shown.voxels.size(); ++v) {
        const double d = static_cast<double>(a.voxels[v]) - static_cast<double>(b.voxels[v]);
        shown.voxels[v] = where.voxels[v] != 0 && (is_dark(contrast) ? -d : d) > step ? 1 : 0;
    }
    std::vector<int> label;
    const auto sizes = connected_regions(shown, &label);
    const auto& spacing = truth.geometry.spacing_mm;
    const double voxel_mm3 = spacing[0] * spacing[1] * spacing[2];
    std::vector<std::array<double, 4>> marked(sizes.size() + 1);
    for (std::size_t v = 0; v < label.size(); ++v) {
        const unsigned bits = warnings.voxels[v];
        auto& m = marked[static_cast<std::size_t>(label[v])];
        m[0] += (bits & kUncertain) != 0 ? 1 : 0;
        m[1] += (bits & kUnfamiliar) != 0 ? 1 : 0;
        m[2] += (bits & kInconsistent) != 0 ? 1 : 0;
        m[3] += (bits & (kUncertain | kUnfamiliar | kInconsistent)) != 0 ? 1 : 0;
    }
    ClassCounts out;
    for (std::size_t n = 0; n < sizes.size(); ++n) {
        const auto size = static_cast<double>(sizes[n]);
        const double diameter_mm = 2 * std::cbrt(0.75 * size * voxel_mm3 / std::acos(-1.0));
        if (diameter_mm < 3 || diameter_mm > kSmallMm) continue;
        const auto& m = marked[n + 1];
        out.take({m[0] / size, m[1] / size, m[2] / size, m[3] / size});
    }
    return out;
}

Result<TamperResult> measure_added(const SubjectResult& subject, const SubjectImages& images,
                                   const Mask& brain, std::uint64_t seed) {
    if (!(subject.noise_sd > 0))
        return fail(ErrorKind::InvalidInput, "there is no noise to count a lesion's contrast in",
                    subject.name, "simulate with noise: --snr 18");
    TamperResult out;
    const Case healthy = as_answered(images);
    out.plain_share = marked_in(healthy.warnings, brain).inconsistent;
    out.invention_step = kInventionShare * subject.white_matter;
    out.inventions = find_inventions(images.answer.mean, images.truth, eroded(brain, 3),
                                     subject.contrast, out.invention_step, healthy.warnings);
    add_lesions(subject, images, healthy, brain, seed, out);
    return out;
}

Status measure_shown(const SubjectResult& subject, const SubjectImages& images, const Mask& brain,
                     Enhancer& model, int samples, std::uint64_t seed, TamperResult& out) {
    const Case healthy = as_answered(images);
    EnhanceRequest request;
    request.contrast = subject.contrast;
    request.samples = samples;
    request.seed = seed;
    for (const LesionKind kind : {LesionKind::Plaque, LesionKind::Cyst, LesionKind::Oedema}) {
        const auto lesions =
            plan_lesions(images.high_quality, subject.contrast, kind, {3, 5, 8, 12, 20}, kEach,
                         seed + static_cast<std::uint64_t>(kind));
        const Volume head = with_lesions(images.high_quality, subject.contrast, lesions);
        const Simulation simulation = simulate(head, images.how, seed);
        auto answer = model.enhance(simulation.low_field, request);
        if (!answer) return fail(answer.error());
        Case sick{&simulation.low_field, std::move(*answer), {}};
        sick.warnings = stages::assess(simulation.low_field, sick.answer).mask;
        const Volume truth =
            grid::resample_free(head, sick.answer.mean.geometry, grid::Kernel::Cubic);
        count_losses(sick, truth, healthy, lesions, kind, out);
        const auto large = of_size(lesions, kSmallMm, 1e9);
        TamperScores like;
        like.is_added = false;
        like.what = to_string(kind);
        judge(sick, with_lesions_erased(sick.answer.mean, healthy.answer.mean, large), large, brain,
              subject.noise_sd, like, out);
    }
    return {};
}

}  // namespace iqt::models::train
