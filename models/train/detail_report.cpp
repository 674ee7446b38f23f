// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "models/train/detail.hpp"

namespace iqt::models::train {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const UlfEncScore& s) {
    return {{"score", s.score},
            {"ssim", s.ssim},
            {"voxel_psnr_db", s.psnr_db},
            {"mae", s.mae},
            {"nmse", s.nmse}};
}

Json to_json(const LesionView& v) {
    return {
        {"cnr", v.ratio}, {"contrast", v.contrast}, {"own_contrast", v.own}, {"noise_sd", v.noise}};
}

std::string methods_table(const Detail& d) {
    std::string text =
        "| method | PSNR dB | SSIM | brain PSNR dB | MS-SSIM | HF error |\n"
        "|---|---|---|---|---|---|\n";
    for (const MethodScores& m : d.methods)
        text += row("| %s | %.2f | %.4f | %.2f | %.4f | %.3f |\n", m.name.c_str(), m.head.psnr_db,
                    m.head.ssim, m.brain_psnr_db, m.ms_ssim, m.high_frequency_error);
    return text;
}

/// RMSE in per cent of the peak, so that subjects can be read beside each other.
std::string brain_table(const Detail& d) {
    std::string text =
        row("| brain only | ULF-EnC score | its SSIM | its PSNR dB | RMSE interior %% | exterior "
            "(outer %g mm) %% |\n|---|---|---|---|---|---|\n",
            kInteriorMarginMm);
    for (const MethodScores& m : d.methods) {
        const double percent = m.head.peak > 0 ? 100 / m.head.peak : 0;
        text += row("| %s | %.4f | %.4f | %.2f | %.2f | %.2f |\n", m.name.c_str(),
                    m.challenge.score, m.challenge.ssim, m.challenge.psnr_db,
                    percent * m.interior_rmse, percent * m.exterior_rmse);
    }
    return text;
}

const TissueScores* tissues_of(const Detail& d, const std::string& name) {
    for (const TissueScores& t : d.tissues)
        if (t.name == name) return &t;
    return nullptr;
}

/// Every measure of cubic, the strong baseline and the model, one line each.
std::string summary_table(const std::vector<Detail>& details) {
    std::string text =
        "\n### All measures\n\n"
        "| subject | method | PSNR dB | SSIM | RMSE % | MS-SSIM | HFEN | ULF-EnC | RMSE interior % "
        "| exterior % | Dice white, grey, fluid |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|\n";
    for (const Detail& d : details)
        for (const MethodScores& m : d.methods) {
            const bool is_last = &m == &d.methods.back();
            if (m.name != "cubic" && m.name != kStrongBaseline && !is_last) continue;
            const double percent = m.head.peak > 0 ? 100 / m.head.peak : 0;
            const TissueScores* t = tissues_of(d, m.name);
            text += row(
                "| %s | %s | %.2f | %.4f | %.2f | %.4f | %.3f | %.4f | %.2f | %.2f | %s |\n",
                d.subject.substr(0, 200).c_str(), m.name.c_str(), m.head.psnr_db, m.head.ssim,
                percent * m.head.rmse, m.ms_ssim, m.high_frequency_error, m.challenge.score,
                percent * m.interior_rmse, percent * m.exterior_rmse,
                t == nullptr ? "-"
                             : row("%.3f, %.3f, %.3f", t->dice[0], t->dice[1], t->dice[2]).c_str());
        }
    return text +
           "\nRMSE in % of the truth's 99.5 percentile; ULF-EnC, interior and exterior over the "
           "brain.\n";
}

/// What the model gains over the strong baseline, for each subject and in the mean.
std::string gains_table(const std::vector<Detail>& details) {
    std::string text = row("\n| gain over %s | PSNR dB | SSIM |\n|---|---|---|\n", kStrongBaseline);
    Gain mean;
    double n = 0;
    for (const Detail& d : details)
        if (const auto gain = gain_over_strong(d)) {
            text += row("| %s | %+.2f | %+.4f |\n", d.subject.substr(0, 200).c_str(), gain->psnr_db,
                        gain->ssim);
            mean.psnr_db += gain->psnr_db;
            mean.ssim += gain->ssim;
            n += 1;
        }
    if (n > 1) text += row("| mean of %g | %+.2f | %+.4f |\n", n, mean.psnr_db / n, mean.ssim / n);
    return text;
}

std::string tissues_table(const Detail& d) {
    std::string text =
        "| volume error, Dice | white matter | grey matter | fluid |\n"
        "|---|---|---|---|\n";
    for (const TissueScores& t : d.tissues)
        text += row("| %s | %+.1f %%, %.3f | %+.1f %%, %.3f | %+.1f %%, %.3f |\n", t.name.c_str(),
                    100 * t.volume_error[0], t.dice[0], 100 * t.volume_error[1], t.dice[1],
                    100 * t.volume_error[2], t.dice[2]);
    return text;
}

std::string lesions_table(const Detail& d) {
    if (d.lesions.empty()) return {};
    std::string text =
        "Contrast-to-noise twice: over the standard deviation around the lesion (anatomy "
        "included), "
        "and over noise alone. Contrast: share of the truth's. Own: what of the contrast the same "
        "scan without the lesion does not show (beside a ventricle that is blurred into its place, "
        "the rest is the ventricle), as a share of the truth's, and over noise alone.\n\n"
        "| lesion | mm | n | CNR truth | baseline | model | ratio | over noise: baseline | model | "
        "ratio | contrast: baseline | model | own: baseline | model | own over noise: ratio |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    const auto over = [](double a, double b) { return b > 0 ? a / b : 0; };
    for (const LesionScores& l : d.lesions)
        text += row(
            "| %s | %g | %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f "
            "| %.2f | %.2f |\n",
            to_string(l.kind).c_str(), l.diameter_mm, l.n, l.truth.ratio, l.against.ratio,
            l.model.ratio, over(l.model.ratio, l.against.ratio), l.against.over_noise(),
            l.model.over_noise(), over(l.model.over_noise(), l.against.over_noise()),
            over(l.against.contrast, l.truth.contrast), over(l.model.contrast, l.truth.contrast),
            over(l.against.own, l.truth.own), over(l.model.own, l.truth.own),
            over(l.model.own_over_noise(), l.against.own_over_noise()));
    return text;
}

}  // namespace

std::optional<Gain> gain_over_strong(const Detail& detail) {
    if (detail.methods.empty()) return std::nullopt;
    const Metrics& model = detail.methods.back().head;
    for (const MethodScores& m : detail.methods)
        if (m.name == kStrongBaseline)
            return Gain{model.psnr_db - m.head.psnr_db, model.ssim - m.head.ssim};
    return std::nullopt;
}

std::string to_markdown(const std::vector<Detail>& details) {
    if (details.empty()) return {};
    std::string text = summary_table(details) + gains_table(details);
    for (const Detail& d : details) {
        const CreatedScores& c = d.created;
        text += "\n### " + d.subject + "\n\n" + methods_table(d) + "\n" + brain_table(d) + "\n" +
                tissues_table(d) + "\n" +
                row("Largest region that differs from the lesion-free truth by more than %g %% of "
                    "white matter (both blurred to 3 mm, inside the brain): brighter %.2f ml, "
                    "darker %.2f ml; baseline %.2f and %.2f ml.\n\n",
                    100 * c.threshold_share, c.model_bright_ml, c.model_dark_ml,
                    c.against_bright_ml, c.against_dark_ml) +
                lesions_table(d);
    }
    return text;
}

std::string to_json(const Evaluation& evaluation, const std::vector<Detail>& details) {
    Json all = Json::array();
    for (const Detail& d : details) {
        Json one = {{"subject", d.subject}};
        for (const MethodScores& m : d.methods)
            one["methods"].push_back({{"name", m.name},
                                      {"psnr_db", m.head.psnr_db},
                                      {"ssim", m.head.ssim},
                                      {"rmse", m.head.rmse},
                                      {"brain_psnr_db", m.brain_psnr_db},
                                      {"ms_ssim", m.ms_ssim},
                                      {"high_frequency_error", m.high_frequency_error},
                                      {"ulf_enc", to_json(m.challenge)},
                                      {"interior_rmse", m.interior_rmse},
                                      {"exterior_rmse", m.exterior_rmse}});
        if (const auto gain = gain_over_strong(d))
            one["gain_over_strong"] = {{"psnr_db", gain->psnr_db}, {"ssim", gain->ssim}};
        for (const TissueScores& t : d.tissues)
            one["tissues"].push_back({{"name", t.name},
                                      {"classes", {"white", "grey", "fluid"}},
                                      {"volume_error", t.volume_error},
                                      {"dice", t.dice}});
        for (const LesionScores& l : d.lesions)
            one["lesions"].push_back({{"kind", to_string(l.kind)},
                                      {"diameter_mm", l.diameter_mm},
                                      {"n", l.n},
                                      {"truth", to_json(l.truth)},
                                      {"against", to_json(l.against)},
                                      {"model", to_json(l.model)}});
        const CreatedScores& c = d.created;
        one["created"] = {{"threshold_share", c.threshold_share},
                          {"model_bright_ml", c.model_bright_ml},
                          {"model_dark_ml", c.model_dark_ml},
                          {"against_bright_ml", c.against_bright_ml},
                          {"against_dark_ml", c.against_dark_ml}};
        all.push_back(one);
    }
    Json report = Json::parse(to_json(evaluation));
    report["detail"] = all;
    return report.dump(2) + "\n";
}

}  // namespace iqt::models::train
