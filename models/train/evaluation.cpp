// SPDX-License-Identifier: Apache-2.0
#include "models/train/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "models/nifti.hpp"
#include "models/recipe.hpp"
#include "models/train/subjects.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models::train {
namespace {

using Json = nlohmann::ordered_json;

std::string stem(const std::filesystem::path& file) {
    std::string name = file.filename().string();
    for (const char* ending : {".gz", ".nii"})
        if (name.ends_with(ending)) name.resize(name.size() - std::string(ending).size());
    return name;
}

Json to_json(const Metrics& metrics) {
    // Infinite for equal images, which JSON cannot say: null.
    return {{"psnr_db", metrics.psnr_db}, {"ssim", metrics.ssim}, {"rmse", metrics.rmse}};
}

Json to_json(const ModelInfo& model) {
    return {{"id", model.id}, {"version", model.version}, {"digest", model.digest}};
}

Json to_json(const BothScores& scores) {
    return {{"against", to_json(scores.against)}, {"model", to_json(scores.model)}};
}

/// The whole simulation: options that take several numbers as lists, those left to the contrast's
/// typical sequence as null.
Json to_json(const EvaluationOptions& options) {
    Json json = {{"plane", options.plane},
                 {"in_plane_mm", options.in_plane_mm},
                 {"slice_mm", options.slice_mm},
                 {"snr", options.snr},
                 {"seed", options.seed}};
    for (const NamedOption& option : named_options(options.simulation)) {
        std::string key = option.name;
        std::replace(key.begin(), key.end(), '-', '_');
        if (option.values.size() == 1)
            json[key] = option.values.front();
        else
            json[key] = option.values.empty() ? Json() : Json(option.values);
    }
    return json;
}

Json to_json(const SubjectResult& s) {
    Json json = {{"name", s.name},
                 {"contrast", to_string(s.contrast)},
                 {"white_matter", s.white_matter},
                 {"noise_sd", s.noise_sd},
                 {"peak", s.model.peak},
                 {"voxels", s.model.voxels},
                 {"grid", s.grid.size},
                 {"against", to_json(s.against)},
                 {"model", to_json(s.model)}};
    if (s.recontrasted) json["recontrasted"] = to_json(*s.recontrasted);
    return json;
}

enum class Truth { AsItIs, Recontrasted };

std::vector<BothScores> scores_of(const Evaluation& evaluation, Truth truth) {
    std::vector<BothScores> out;
    for (const SubjectResult& s : evaluation.subjects)
        out.push_back(truth == Truth::AsItIs ? BothScores{s.against, s.model}
                                             : s.recontrasted.value_or(BothScores{}));
    return out;
}

std::string scores_row(const std::string& subject, std::string_view contrast, const BothScores& s) {
    return row("| %s | %s | %.2f | %.2f | %+.2f | %.4f | %.4f | %+.4f | %.4g | %.4g |\n",
               subject.substr(0, 200).c_str(), std::string(contrast).c_str(), s.against.psnr_db,
               s.model.psnr_db, s.model.psnr_db - s.against.psnr_db, s.against.ssim, s.model.ssim,
               s.model.ssim - s.against.ssim, s.against.rmse, s.model.rmse);
}

std::string scores_table(const Evaluation& evaluation, Truth truth) {
    const char* against = evaluation.against.id.c_str();
    const char* model = evaluation.model.id.c_str();
    std::string text =
        row("| subject | contrast | PSNR dB %s | PSNR dB %s | gain dB | SSIM %s | SSIM %s | gain | "
            "RMSE %s | RMSE %s |\n|---|---|---|---|---|---|---|---|---|---|\n",
            against, model, against, model, against, model);
    const auto scores = scores_of(evaluation, truth);
    for (std::size_t n = 0; n < scores.size(); ++n)
        text += scores_row(evaluation.subjects[n].name, to_string(evaluation.subjects[n].contrast),
                           scores[n]);
    if (scores.size() > 1)
        text += scores_row(row("mean of %zu", scores.size()), "-", mean_scores(scores));
    return text;
}

}  // namespace

std::string row(const char* format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return text;
}

Result<SubjectResult> evaluate_subject(const std::filesystem::path& file, Enhancer& against,
                                       Enhancer& model, const EvaluationOptions& options,
                                       SubjectImages* images) {
    auto contrast = contrast_in_name(file);
    if (!contrast) contrast = options.contrast;
    if (!contrast)
        return fail(ErrorKind::InvalidInput, "the file name holds no contrast", file.string(),
                    "put T1, T2 or FLAIR into the name as a word, or say --contrast");
    const auto truth = nifti::read(file);
    if (!truth) return fail(truth.error());
    SubjectResult result;
    result.name = stem(file);
    result.contrast = *contrast;
    result.white_matter = white_matter_mean(*truth, *contrast);
    SimulateOptions how = options.simulation;
    how.in_plane_mm = options.in_plane_mm;
    how.slice_mm = options.slice_mm;
    how.slice_axis = slice_axis_from(options.plane, truth->geometry).value_or(2);
    how.snr = options.snr;
    how.white_matter = result.white_matter;
    how.contrast = *contrast;
    const Simulation simulation = simulate(*truth, how, options.seed);
    result.noise_sd = simulation.noise_sd;
    EnhanceRequest request;
    request.contrast = *contrast;
    request.samples = options.samples;
    request.seed = options.seed;
    const auto by_against = against.enhance(simulation.low_field, request);
    if (!by_against) return fail(by_against.error());
    const auto by_model = model.enhance(simulation.low_field, request);
    if (!by_model) return fail(by_model.error());
    if (by_against->mean.geometry != by_model->mean.geometry)
        return fail(ErrorKind::Mismatch, "the two models enhance to different grids", file.string(),
                    "compare models of equal target spacing");
    result.grid = by_model->mean.geometry;
    const Volume reference = grid::resample_free(*truth, result.grid, grid::Kernel::Cubic);
    const Mask known = known_voxels(*truth, result.grid);
    result.against = compare(reference, by_against->mean, &known);
    result.model = compare(reference, by_model->mean, &known);
    if (how.recontrast) {
        const Volume changed = grid::resample_free(recontrast_object(*truth, how, options.seed),
                                                   result.grid, grid::Kernel::Cubic);
        result.recontrasted = BothScores{compare(changed, by_against->mean, &known),
                                         compare(changed, by_model->mean, &known)};
    }
    if (images != nullptr)
        *images = {reference, by_against->mean, by_model->mean, known, *truth, simulation.low_field,
                   how,       *by_model};
    return result;
}

BothScores mean_scores(const std::vector<BothScores>& subjects) {
    BothScores mean;
    const double n = std::max<double>(1, static_cast<double>(subjects.size()));
    const auto add = [n](Metrics& to, const Metrics& from) {
        to.psnr_db += from.psnr_db / n;
        to.ssim += from.ssim / n;
        to.rmse += from.rmse / n;
        to.peak += from.peak / n;
        to.voxels += from.voxels;
    };
    for (const BothScores& s : subjects) {
        add(mean.against, s.against);
        add(mean.model, s.model);
    }
    return mean;
}

std::string to_markdown(const Evaluation& evaluation) {
    const EvaluationOptions& options = evaluation.options;
    std::string text =
        row("Simulated %s acquisition of %g x %g x %g mm, SNR %g (mean white matter / "
            "sigma), seed %llu; ",
            options.plane.c_str(), options.in_plane_mm, options.in_plane_mm, options.slice_mm,
            options.snr, static_cast<unsigned long long>(options.seed)) +
        describe(options.simulation) +
        ". PSNR, SSIM and RMSE over voxels above 5 % of the truth's 99.5 percentile.\n\n" +
        scores_table(evaluation, Truth::AsItIs);
    if (options.simulation.recontrast)
        text +=
            "\nThe same images against the truth with the same re-contrast, so that only what "
            "the acquisition took counts:\n\n" +
            scores_table(evaluation, Truth::Recontrasted);
    return text;
}

std::string to_json(const Evaluation& evaluation) {
    const EvaluationOptions& options = evaluation.options;
    Json subjects = Json::array();
    for (const SubjectResult& s : evaluation.subjects) subjects.push_back(to_json(s));
    Json json = {{"against", to_json(evaluation.against)},
                 {"model", to_json(evaluation.model)},
                 {"simulation", to_json(options)},
                 {"samples", options.samples},
                 {"subjects", subjects},
                 {"mean", to_json(mean_scores(scores_of(evaluation, Truth::AsItIs)))}};
    if (options.simulation.recontrast)
        json["mean_recontrasted"] =
            to_json(mean_scores(scores_of(evaluation, Truth::Recontrasted)));
    return json.dump(2) + "\n";
}

}  // namespace iqt::models::train
