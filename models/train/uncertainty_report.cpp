// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/train/uncertainty_suite.hpp"

namespace iqt::models::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> kTissues{"white", "grey", "fluid"};

std::string name_of(const Uncertainty& u) {
    return u.subject.substr(0, 100);
}

double ratio(double a, double b) {
    return b > 0 ? a / b : 0;
}

template <class Line>
std::string of_voxels(const std::vector<Uncertainty>& all, Line&& line) {
    std::string text;
    for (const Uncertainty& u : all) {
        text += line(name_of(u), "head", u.head);
        text += line(name_of(u), "brain", u.brain);
    }
    return text;
}

std::string ranking_table(const std::vector<Uncertainty>& all) {
    return "| subject | over | n voxels | risky | Spearman (perfect) | AUC (perfect) | recall at "
           "25 % "
           "flagged (perfect; of it) | AUSE (perfect; random; of random's) |\n"
           "|---|---|---|---|---|---|---|---|\n" +
           of_voxels(all, [](const std::string& name, const char* over, const VoxelComparison& c) {
               const VoxelScores &m = c.map, &p = c.perfect;
               return row(
                   "| %s | %s | %zu | %.1f %% | %.3f (%.3f) | %.3f (%.3f) | %.1f %% (%.1f %%; "
                   "%.0f %%) | %.3f (%.3f; %.3f; %.2f) |\n",
                   name.c_str(), over, m.n, 100 * m.risky_share, m.spearman, p.spearman, m.auc,
                   p.auc, 100 * m.recall_at_quarter, 100 * p.recall_at_quarter,
                   100 * ratio(m.recall_at_quarter, p.recall_at_quarter), m.ause, p.ause,
                   m.ause_random, ratio(m.ause, m.ause_random));
           });
}

std::string interval_table(const std::vector<Uncertainty>& all) {
    return "| subject | over | n voxels | mean z^2 | within 50 % | 80 % | 90 % | 95 % | "
           "calibration "
           "error | frozen threshold: flagged | recall (perfect) | of the others (perfect) |\n"
           "|---|---|---|---|---|---|---|---|---|---|---|---|\n" +
           of_voxels(all, [](const std::string& name, const char* over, const VoxelComparison& c) {
               const VoxelScores &m = c.map, &p = c.perfect;
               return row(
                   "| %s | %s | %zu | %.2f | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.3f | "
                   "%.1f %% | %.1f %% (%.1f %%) | %.1f %% (%.1f %%) |\n",
                   name.c_str(), over, m.n, m.mean_z2, 100 * m.coverage[0], 100 * m.coverage[1],
                   100 * m.coverage[2], 100 * m.coverage[3], m.calibration_error,
                   100 * m.flagged_share, 100 * m.recall, 100 * p.recall,
                   100 * m.false_positive_rate, 100 * p.false_positive_rate);
           });
}

std::string regions_table(const std::vector<Uncertainty>& all) {
    const RegionRule rule;
    std::string text =
        row("| subject | error regions | largest | found at most, with at most %g false regions "
            "(flagged) | perfect map (n) | frozen threshold: found; false regions; flagged |\n"
            "|---|---|---|---|---|---|\n",
            rule.false_regions_most);
    for (const Uncertainty& u : all) {
        const RegionCurve &c = u.regions, &p = u.perfect_regions;
        const RegionPoint best = c.best(rule), perfect = p.best(rule);
        text +=
            row("| %s | %zu | %.1f ml, %.0f %% of all | %.1f %% (%.1f %%) | %.1f %% (%zu) | "
                "%.1f %%; %zu; %.1f %% |\n",
                name_of(u).c_str(), c.regions, c.largest_ml, 100 * c.largest_share,
                100 * c.found_share(best), 100 * best.flagged_share, 100 * p.found_share(perfect),
                p.regions, 100 * c.found_share(c.at_threshold), c.at_threshold.false_regions,
                100 * c.at_threshold.flagged_share);
    }
    text += "\n| regions found, false regions at |";
    const auto& shares = all.front().regions.points;
    for (const RegionPoint& p : shares) text += row(" %.1f %% |", 100 * p.flagged_share);
    text += "\n|---|";
    for (std::size_t n = 0; n < shares.size(); ++n) text += "---|";
    for (const Uncertainty& u : all) {
        text += "\n| " + name_of(u) + " |";
        for (const RegionPoint& p : u.regions.points)
            text += row(" %.0f %%, %zu |", 100 * u.regions.found_share(p), p.false_regions);
    }
    return text + "\n";
}

std::string tampering_table(const std::vector<Uncertainty>& all) {
    std::string text =
        "| subject | tampered lesions | mm | n | change in noise SDs | caught | mean share marked "
        "| "
        "before |\n|---|---|---|---|---|---|---|---|\n";
    for (const Uncertainty& u : all)
        for (const TamperScores& t : u.tampering.tampered)
            text += row("| %s | %s %s | %g | %d | %.1f | %d | %.0f %% | %.0f %% |\n",
                        name_of(u).c_str(), t.what.c_str(), t.is_added ? "added" : "erased",
                        t.diameter_mm, t.n, t.contrast_sd, t.caught, 100 * t.marked_share,
                        100 * t.marked_before);
    text +=
        row("\n| subject | changed by %g SD or more: added, caught | erased, caught | untouched "
            "brain marked | without tampering |\n|---|---|---|---|---|\n",
            kStrongSd);
    for (const Uncertainty& u : all) {
        std::array<int, 2> n{}, caught{};
        for (const TamperScores& t : u.tampering.tampered) {
            n[t.is_added ? 0 : 1] += t.strong;
            caught[t.is_added ? 0 : 1] += t.strong_caught;
        }
        text += row("| %s | %d of %d | %d of %d | %.2f %% | %.2f %% |\n", name_of(u).c_str(),
                    caught[0], n[0], caught[1], n[1], 100 * u.tampering.untouched_share,
                    100 * u.tampering.plain_share);
    }
    return text;
}

std::string counts(const ClassCounts& c) {
    return row("%d | %d | %d | %d | %d", c.n, c.uncertain, c.unfamiliar, c.inconsistent, c.unseen);
}

std::string own_errors_table(const std::vector<Uncertainty>& all) {
    std::string text =
        "| subject | what the network did | shown | n | uncertain | unfamiliar | inconsistent | "
        "seen by none | places marked without the lesion "
        "|\n|---|---|---|---|---|---|---|---|---|\n";
    for (const Uncertainty& u : all) {
        for (const LossScores& l : u.tampering.losses)
            text += row("| %s | lost a %s of %g mm | %d | %s | %d |\n", name_of(u).c_str(),
                        to_string(l.kind).c_str(), l.diameter_mm, l.shown, counts(l.lost).c_str(),
                        l.lost.chance);
        text += row("| %s | made up spots of 3 to 8 mm | - | %s | - |\n", name_of(u).c_str(),
                    counts(u.tampering.inventions).c_str());
    }
    return text;
}

std::string tissues_table(const std::vector<Uncertainty>& all) {
    std::string text =
        "| subject | tissue | truth ml | image ml | independent errors | as measured | as one |\n"
        "|---|---|---|---|---|---|---|\n";
    for (const Uncertainty& u : all)
        for (std::size_t t = 0; t < kTissues.size(); ++t) {
            text += row("| %s | %s | %.1f | %.1f |", name_of(u).c_str(), kTissues[t],
                        u.tissues.truth_ml[t], u.tissues.image_ml[t]);
            for (const TissueForecast& f : u.tissues.forecasts)
                text += row(" %.1f to %.1f%s |", f.low_ml[t], f.high_ml[t],
                            holds_truth(u.tissues, f, t) ? "" : ", truth outside");
            text += "\n";
        }
    for (const Uncertainty& u : all)
        text += row("\n%s: correlation of neighbouring errors %.2f, %.2f, %.2f along i, j, k.\n",
                    name_of(u).c_str(), u.correlation[0], u.correlation[1], u.correlation[2]);
    return text;
}

Json to_json(const VoxelScores& s) {
    return {{"n", s.n},
            {"risky_share", s.risky_share},
            {"spearman", s.spearman},
            {"auc", s.auc},
            {"recall_at_25_percent", s.recall_at_quarter},
            {"recall_at_threshold", s.recall},
            {"false_positive_rate_at_threshold", s.false_positive_rate},
            {"flagged_at_threshold", s.flagged_share},
            {"ause", s.ause},
            {"ause_random", s.ause_random},
            {"mean_z2", s.mean_z2},
            {"coverage_levels", kIntervalLevels},
            {"coverage", s.coverage},
            {"calibration_error", s.calibration_error},
            {"sparsification_by_sd", s.by_sd},
            {"sparsification_by_error", s.by_error},
            {"reliability", s.reliability}};
}

Json to_json(const RegionCurve& c) {
    Json points = Json::array();
    const auto add = [&](const RegionPoint& p, bool is_frozen) {
        points.push_back({{"sd_threshold", p.sd_threshold},
                          {"is_frozen", is_frozen},
                          {"flagged_share", p.flagged_share},
                          {"found", p.found},
                          {"false_regions", p.false_regions}});
    };
    for (const RegionPoint& p : c.points) add(p, false);
    add(c.at_threshold, true);
    return {{"regions", c.regions},
            {"largest_ml", c.largest_ml},
            {"largest_share", c.largest_share},
            {"points", points}};
}

Json to_json(const ClassCounts& c) {
    return {{"n", c.n},
            {"uncertain", c.uncertain},
            {"unfamiliar", c.unfamiliar},
            {"inconsistent", c.inconsistent},
            {"unseen", c.unseen},
            {"chance", c.chance}};
}

Json to_json(const TamperResult& r) {
    Json tampered = Json::array(), losses = Json::array();
    for (const TamperScores& t : r.tampered)
        tampered.push_back({{"added", t.is_added},
                            {"what", t.what},
                            {"diameter_mm", t.diameter_mm},
                            {"contrast_sd", t.contrast_sd},
                            {"n", t.n},
                            {"caught", t.caught},
                            {"strong", t.strong},
                            {"strong_caught", t.strong_caught},
                            {"marked_share", t.marked_share},
                            {"marked_before", t.marked_before}});
    for (const LossScores& l : r.losses)
        losses.push_back({{"kind", to_string(l.kind)},
                          {"diameter_mm", l.diameter_mm},
                          {"shown", l.shown},
                          {"lost", to_json(l.lost)}});
    return {{"tampered", tampered},
            {"untouched_share", r.untouched_share},
            {"plain_share", r.plain_share},
            {"losses", losses},
            {"invention_step", r.invention_step},
            {"inventions", to_json(r.inventions)}};
}

Json to_json(const TissueIntervals& t) {
    Json out = {{"truth_ml", t.truth_ml}, {"image_ml", t.image_ml}};
    for (const TissueForecast& f : t.forecasts)
        out["forecasts"].push_back({{"errors", f.errors},
                                    {"mean_ml", f.mean_ml},
                                    {"low_ml", f.low_ml},
                                    {"high_ml", f.high_ml}});
    return out;
}

}  // namespace

std::string to_markdown(const std::vector<Uncertainty>& all) {
    if (all.empty()) return {};
    const RegionRule rule;
    return row("\n### Uncertainty\n\nRisky: |error| > %g %% of the truth's 99.5 percentile. "
               "Perfect: "
               "errors redrawn from the map's own SDs, scaled by one factor so that mean z^2 is 1. "
               "%d samples.\n\n",
               100 * kRiskyShare, all.front().samples) +
           ranking_table(all) + "\n" + interval_table(all) +
           row("\nRegions of the brain: connected risky voxels, %g ml and more; found where %g %% "
               "of "
               "the voxels are flagged. False: a flagged region above %g ml, less than %g %% of it "
               "risky or next to a risky voxel.\n\n",
               rule.error_region_ml, 100 * rule.found_share, rule.false_region_ml,
               100 * rule.true_share) +
           regions_table(all) +
           row("\nTampering: lesions added to or erased from the enhanced image; caught where %g "
               "%% "
               "of the voxels are marked inconsistent.\n\n",
               100 * kCaughtShare) +
           tampering_table(all) +
           row("\nThe network's own: lost is a lesion with less than %g %% of the truth's "
               "contrast; "
               "a class sees what it marks %g %% of. Made up: regions that stand out from the "
               "truth "
               "by 20 %% of white matter.\n\n",
               100 * kLostShare, 100 * kCaughtShare) +
           own_errors_table(all) +
           "\nTissue volumes (90 % intervals; one mixture, fitted to the truth):\n\n" +
           tissues_table(all);
}

std::string with_uncertainty(const std::string& report, const std::vector<Uncertainty>& all) {
    Json json = Json::parse(report);
    json["uncertainty"] = Json::array();
    for (const Uncertainty& u : all) {
        Json one = {{"subject", u.subject},         {"peak", u.peak},
                    {"risky_error", u.risky_error}, {"sd_threshold", u.sd_threshold},
                    {"samples", u.samples},         {"neighbour_correlation", u.correlation}};
        one["head"] = {{"map", to_json(u.head.map)}, {"perfect", to_json(u.head.perfect)}};
        one["brain"] = {{"map", to_json(u.brain.map)}, {"perfect", to_json(u.brain.perfect)}};
        one["regions"] = {{"map", to_json(u.regions)}, {"perfect", to_json(u.perfect_regions)}};
        one["tampering"] = to_json(u.tampering);
        one["tissues"] = to_json(u.tissues);
        json["uncertainty"].push_back(one);
    }
    return json.dump(2) + "\n";
}

}  // namespace iqt::models::train
