// SPDX-License-Identifier: Apache-2.0
#include "models/train/detail.hpp"

#include <algorithm>
#include <cmath>

#include "models/train/baselines.hpp"
#include "models/train/regions.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models::train {
namespace {

const std::vector<double> kLesionDiametersMm{3, 5, 8, 12, 20};

/// The truth, and where things are in it.
struct Reference {
    const SubjectImages& images;
    Mask counted, brain, interior, exterior;  ///< the last two: parts of `brain`
};

/// What lies in both.
Mask both(Mask a, const Mask& b) {
    for (std::size_t n = 0; n < a.voxels.size(); ++n)
        if (b.voxels[n] == 0) a.voxels[n] = 0;
    return a;
}

Reference make_reference(const SubjectImages& images, Contrast contrast) {
    const Mask whole = brain_mask(images.truth, contrast);
    Reference r{images,
                counted_voxels(images.truth, &images.known),
                both(whole, images.known),
                both(eroded(whole, kInteriorMarginMm), images.known),
                {}};
    r.exterior = r.brain;
    for (std::size_t n = 0; n < r.exterior.voxels.size(); ++n)
        if (r.interior.voxels[n] != 0) r.exterior.voxels[n] = 0;
    return r;
}

MethodScores score(const Reference& r, const std::string& name, const Volume& image) {
    const Volume& truth = r.images.truth;
    MethodScores s;
    s.name = name;
    s.head = compare(truth, image, &r.images.known);
    s.brain_psnr_db = psnr_over(truth, image, r.brain);
    s.ms_ssim = multi_scale_ssim(truth, image, r.counted);
    s.high_frequency_error = high_frequency_error(truth, image, r.counted);
    s.challenge = ulf_enc_score(truth, image, r.brain);
    s.interior_rmse = rmse_over(truth, image, r.interior);
    s.exterior_rmse = rmse_over(truth, image, r.exterior);
    return s;
}

/// Cubic after non-local means, through the best monotone map; the best of several strengths.
MethodScores strong_baseline(const Reference& r) {
    const Volume& low = r.images.low_field;
    const double noise_sd = grid::estimate_noise_sd(low);
    MethodScores best;
    for (const double strength : {0.35, 0.5, 0.7}) {
        const Volume smooth = grid::resample(non_local_means(low, noise_sd, strength),
                                             r.images.truth.geometry, grid::Kernel::Cubic);
        const MethodScores s =
            score(r, kStrongBaseline, best_monotone_map(smooth, r.images.truth, r.counted));
        if (s.head.psnr_db > best.head.psnr_db) best = s;
    }
    return best;
}

TissueScores tissue_scores(const std::string& name, const Mask& truth, const Mask& image) {
    TissueScores out{name, {}, {}};
    for (std::size_t t = 0; t < 3; ++t) {
        double a = 0, b = 0, both = 0;
        for (std::size_t n = 0; n < truth.voxels.size(); ++n) {
            const bool in_truth = truth.voxels[n] == t + 1, in_image = image.voxels[n] == t + 1;
            a += in_truth ? 1 : 0;
            b += in_image ? 1 : 0;
            both += in_truth && in_image ? 1 : 0;
        }
        out.volume_error[t] = a > 0 ? (b - a) / a : 0;
        out.dice[t] = a + b > 0 ? 2 * both / (a + b) : 0;
    }
    return out;
}

Result<Volume> enhance(Enhancer& model, const Volume& low_field, Contrast contrast) {
    EnhanceRequest request;
    request.contrast = contrast;
    request.samples = 1;
    request.seed = 1;
    auto done = model.enhance(low_field, request);
    if (!done) return fail(done.error());
    return std::move(done->mean);
}

/// One scan enhanced with two draws of its noise.
struct Pair {
    Volume first, second;
};

Result<Pair> enhance_twice(Enhancer& by, const Volume& high_quality, Contrast contrast,
                           const SimulateOptions& how, std::uint64_t seed) {
    auto first = enhance(by, simulate(high_quality, how, seed).low_field, contrast);
    if (!first) return fail(first.error());
    auto second = enhance(by, simulate(high_quality, how, seed + 1000).low_field, contrast);
    if (!second) return fail(second.error());
    return Pair{std::move(*first), std::move(*second)};
}

/// What a volume with lesions and the healthy one look like, the noise the same.
struct Sight {
    Pair sick, healthy;
};

void add_contrast(const Volume& sick, const Volume& healthy, const Lesion& lesion, double weight,
                  LesionView& to) {
    const LesionContrast c = measure_contrast(sick, lesion);
    to.ratio += weight * c.ratio();
    to.contrast += weight * c.contrast;
    to.own += weight * (c.contrast - measure_contrast(healthy, lesion).contrast);
}

void add_lesion(const Sight& sight, const Lesion& lesion, double sign, LesionView& to) {
    add_contrast(sight.sick.first, sight.healthy.first, lesion, sign / 2, to);
    add_contrast(sight.sick.second, sight.healthy.second, lesion, sign / 2, to);
    to.noise += noise_variance(sight.sick.first, sight.sick.second, lesion);
}

LesionScores lesion_scores(const std::vector<Lesion>& lesions, LesionKind kind, double diameter_mm,
                           const Sight& truth, const Sight& against, const Sight& model) {
    LesionScores s;
    s.kind = kind;
    s.diameter_mm = diameter_mm;
    for (const Lesion& lesion : lesions) {
        if (lesion.diameter_mm != diameter_mm) continue;
        const double sign = measure_contrast(truth.sick.first, lesion).contrast < 0 ? -1 : 1;
        add_lesion(truth, lesion, sign, s.truth);
        add_lesion(against, lesion, sign, s.against);
        add_lesion(model, lesion, sign, s.model);
        ++s.n;
    }
    for (LesionView* view : {&s.truth, &s.against, &s.model}) {
        const double n = std::max(1, s.n);
        view->ratio /= n;
        view->contrast /= n;
        view->noise = std::sqrt(view->noise / n);
    }
    return s;
}

}  // namespace

Detail measure_detail(const SubjectResult& subject, const SubjectImages& images,
                      const std::string& model_name) {
    const Contrast contrast = subject.contrast;
    const Reference r = make_reference(images, contrast);
    Detail out;
    out.subject = subject.name;
    const Geometry& grid = images.truth.geometry;
    const Volume& low = images.low_field;
    out.methods.push_back(score(r, "nearest", grid::resample(low, grid, grid::Kernel::Nearest)));
    out.methods.push_back(score(r, "linear", grid::resample(low, grid, grid::Kernel::Linear)));
    out.methods.push_back(score(r, "cubic", grid::resample(low, grid, grid::Kernel::Cubic)));
    out.methods.push_back(score(r, "cubic B-spline", resample_bspline(low, grid)));
    out.methods.push_back(strong_baseline(r));
    out.methods.push_back(score(r, model_name, images.model));
    const Tissues classes = fit_tissues(images.truth, contrast);
    const Mask tissues = segment(images.truth, r.brain, classes);
    out.tissues.push_back(
        tissue_scores("cubic", tissues, segment(images.against, r.brain, classes)));
    out.tissues.push_back(
        tissue_scores(model_name, tissues, segment(images.model, r.brain, classes)));
    CreatedScores& c = out.created;
    // The outermost 3 mm touch the skull, whose partial volume no image has alike.
    const Mask inner = eroded(r.brain, 3);
    const double threshold = c.threshold_share * subject.white_matter;
    c.against_bright_ml = largest_change_ml(images.against, images.truth, inner, threshold, true);
    c.against_dark_ml = largest_change_ml(images.against, images.truth, inner, threshold, false);
    c.model_bright_ml = largest_change_ml(images.model, images.truth, inner, threshold, true);
    c.model_dark_ml = largest_change_ml(images.model, images.truth, inner, threshold, false);
    return out;
}

Status measure_lesions(const SubjectResult& subject, const SubjectImages& images, Enhancer& against,
                       Enhancer& model, std::uint64_t seed, Detail& detail) {
    constexpr int kEach = 5;
    const Volume& healthy = images.high_quality;
    // Each scan twice, with other noise: their difference shows what of an image is noise.
    const auto seen_twice = [&](const Volume& volume) -> Result<std::array<Pair, 2>> {
        auto a = enhance_twice(against, volume, subject.contrast, images.how, seed);
        if (!a) return fail(a.error());
        auto b = enhance_twice(model, volume, subject.contrast, images.how, seed);
        if (!b) return fail(b.error());
        return std::array<Pair, 2>{std::move(*a), std::move(*b)};
    };
    auto without = seen_twice(healthy);
    if (!without) return fail(without.error());
    const auto truth_of = [&](const Volume& volume) {
        const Volume fine =
            grid::resample_free(volume, (*without)[1].first.geometry, grid::Kernel::Cubic);
        return Pair{fine, fine};
    };
    const Pair healthy_truth = truth_of(healthy);
    for (const LesionKind kind :
         {LesionKind::Plaque, LesionKind::Cyst, LesionKind::Oedema, LesionKind::MsLike}) {
        const auto lesions = plan_lesions(healthy, subject.contrast, kind, kLesionDiametersMm,
                                          kEach, seed + static_cast<std::uint64_t>(kind));
        const Volume sick = with_lesions(healthy, subject.contrast, lesions);
        auto with = seen_twice(sick);
        if (!with) return fail(with.error());
        const Sight truth{truth_of(sick), healthy_truth};
        const Sight seen_against{std::move((*with)[0]), (*without)[0]};
        const Sight seen_model{std::move((*with)[1]), (*without)[1]};
        for (const double diameter : kLesionDiametersMm)
            detail.lesions.push_back(
                lesion_scores(lesions, kind, diameter, truth, seen_against, seen_model));
    }
    return {};
}

}  // namespace iqt::models::train
