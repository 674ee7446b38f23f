// SPDX-License-Identifier: Apache-2.0
#include "models/train/calibrate_command.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "models/metrics.hpp"
#include "models/nets/sampler.hpp"
#include "models/nets/threads.hpp"
#include "models/nets/ur_input.hpp"
#include "models/nets/weights.hpp"
#include "models/simulate.hpp"
#include "models/train/calibration.hpp"
#include "models/train/dataset.hpp"
#include "models/train/familiarity_fit.hpp"
#include "models/train/label_synthesis.hpp"
#include "models/train/regions.hpp"
#include "pipeline/grid/consistency.hpp"
#include "pipeline/grid/forward_model.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models::train {
namespace {

constexpr std::size_t kThin = 11;  // one voxel in so many is looked at
constexpr int kSamples = 16;
constexpr int kBlocksEach = 4;  // of every training subject, for the statistics of features

struct CalibrateArguments {
    std::filesystem::path data, run, labels;
    std::vector<double> snrs{18};
    int threads = 0, flips = 1;
    std::uint64_t seed = 1;
    /// Of the foreground scale: what the warning is to find. The first goes to calibration.json.
    std::vector<double> risky_errors{0.2};
};

/// One simulated scan: what the network said, and how far it was from what it knows.
struct Scan {
    CalibrationScan spread;
    FamiliarityScan familiarity;
};

/// Voxels of one simulated scan of one subject, and what the network said there.
Scan scan_subject(nets::IqtUr& network, const nets::Familiarity& familiarity,
                  const Subject& subject, double snr, int flips, std::uint64_t seed) {
    SimulateOptions how;
    how.snr = snr;
    how.contrast = subject.contrast;
    const Simulation low = simulate(subject.volume, how, seed);
    nets::UrInput input = nets::make_ur_input(low.low_field, 1.0, subject.contrast);
    nets::SampleOptions options;
    options.samples = kSamples;
    options.flips = flips;
    options.seed = seed;
    options.precision = at::kBFloat16;
    options.familiarity = &familiarity;
    options.contrast = subject.contrast;
    const nets::Sampled sampled = nets::sample(network, input.channels, input.condition, options);
    const auto volume = [&](const at::Tensor& t) {
        return nets::as_volume(t, input.grid, input.slice_axis);
    };
    const Volume residual = volume(sampled.residual),
                 intrinsic = volume(sampled.intrinsic_variance);
    const Volume parameter = volume(sampled.parameter_variance);
    const Volume distance = volume(sampled.unfamiliarity);
    const Volume truth = grid::resample_free(subject.volume, input.grid, grid::Kernel::Cubic);
    const Mask known = known_voxels(subject.volume, input.grid);
    const Mask brain = brain_mask(truth, subject.contrast);
    Scan scan;
    CalibrationScan& out = scan.spread;
    out.contrast = subject.contrast;
    out.name = subject.name + " snr " + std::to_string(static_cast<int>(snr));
    scan.familiarity.name = out.name;
    const auto scale = static_cast<float>(input.scale);
    Volume enhanced = input.cubic;
    for (std::size_t n = 0, seen = 0; n < truth.voxels.size(); ++n) {
        enhanced.voxels[n] += residual.voxels[n] * scale;
        if (known.voxels[n] == 0 || truth.voxels[n] < 0.05F || ++seen % kThin != 0) continue;
        out.error.push_back((enhanced.voxels[n] - truth.voxels[n]) / scale);
        out.intrinsic_variance.push_back(intrinsic.voxels[n]);
        out.parameter_variance.push_back(parameter.voxels[n]);
        out.in_brain.push_back(brain.voxels[n] != 0);
        scan.familiarity.distance.push_back(distance.voxels[n]);
    }
    // The error as the scanner would see it, for the rates of the class inconsistent.
    Volume error = enhanced;
    for (std::size_t n = 0; n < error.voxels.size(); ++n)
        error.voxels[n] = known.voxels[n] != 0 ? (enhanced.voxels[n] - truth.voxels[n]) / scale : 0;
    const Volume native_error = grid::acquire(error, low.low_field.geometry, {});
    const grid::Consistency residual_there =
        grid::consistency_of(low.low_field, enhanced, grid::estimate_noise_sd(low.low_field));
    for (std::size_t n = 0; n < residual_there.voxel.voxels.size(); ++n) {
        if (low.low_field.voxels[n] < 0.1F * scale) continue;
        out.residual.push_back(residual_there.voxel.voxels[n]);
        out.patch_residual.push_back(residual_there.patch.voxels[n]);
        out.native_error.push_back(native_error.voxels[n]);
    }
    return scan;
}

/// Numbers by the level of their interval: {"50": .., "80": .., "90": .., "95": ..}.
nlohmann::json by_level(const std::array<double, kIntervalLevels.size()>& values) {
    nlohmann::json out;
    for (std::size_t n = 0; n < values.size(); ++n)
        out[std::to_string(std::lround(100 * kIntervalLevels[n]))] = values[n];
    return out;
}

nlohmann::json to_json(const Rates& rates) {
    return {{"tpr", rates.tpr}, {"fpr", rates.fpr}, {"n", rates.n}};
}

/// Of the class unfamiliar, at the sampled head voxels of all scans.
Rates unfamiliar_rates(const std::vector<CalibrationScan>& scans,
                       const std::vector<FamiliarityScan>& distances, double threshold,
                       double risky_error) {
    std::vector<bool> marked, risky;
    for (std::size_t s = 0; s < scans.size(); ++s)
        for (std::size_t n = 0; n < scans[s].error.size(); ++n) {
            marked.push_back(static_cast<double>(distances[s].distance[n]) > threshold);
            risky.push_back(std::abs(static_cast<double>(scans[s].error[n])) > risky_error);
        }
    return rates_of(marked, risky);
}

/// Variance scale and threshold of each contrast, fitted to its own scans alone.
nlohmann::json by_contrast(const std::vector<CalibrationScan>& scans, double risky_error) {
    std::map<Contrast, std::vector<CalibrationScan>> groups;
    for (const CalibrationScan& scan : scans) groups[scan.contrast].push_back(scan);
    nlohmann::json out;
    for (const auto& [contrast, own] : groups) {
        const Calibration c = calibrate(own, risky_error);
        out[std::string(to_string(contrast))] = {{"variance_scale", c.variance_scale},
                                                 {"total_sd_threshold", c.total_sd_threshold},
                                                 {"tpr", c.tpr},
                                                 {"fpr", c.fpr},
                                                 {"n", own.size()},
                                                 {"risky_share", c.risky_share},
                                                 {"auc", c.auc},
                                                 {"intervals", by_level(c.interval_factors)},
                                                 {"coverage", by_level(c.coverage)}};
    }
    return out;
}

nlohmann::json to_json(const Calibration& c, double unfamiliar,
                       const std::vector<std::string>& subjects, std::size_t scans) {
    char rule[200];
    std::snprintf(rule, sizeof rule,
                  "total SD with the highest F1 for |error| > %.2f of the foreground scale over "
                  "the brain (%.1f %% of its voxels)",
                  c.risky_error, 100 * c.risky_share);
    char notes[500];
    std::snprintf(
        notes, sizeof notes,
        "Fitted and measured on the same calibration scans: AUC %.3f, rank correlation "
        "%.3f (brain), parameter share of the "
        "total variance %.3f. Residual threshold: 99.9 percentile, at least 4; of patches "
        "99.5, at least 3.5. Unfamiliar: "
        "the distance that %g %% of the head's voxels exceed.",
        c.auc, c.rank_correlation, c.parameter_share, 100 * kUnfamiliarShare);
    return {{"variance_scale", c.variance_scale},
            {"total_sd_threshold", c.total_sd_threshold},
            {"residual_threshold", c.residual_threshold},
            {"patch_residual_threshold", c.patch_residual_threshold},
            {"unfamiliar_threshold", unfamiliar},
            {"tpr", c.tpr},
            {"fpr", c.fpr},
            {"n", scans},
            {"rule", rule},
            {"subjects", subjects},
            {"notes", notes},
            {"intervals", by_level(c.interval_factors)},
            {"coverage", by_level(c.coverage)}};
}

/// What calibration.json holds when the warning is to find errors above `risky_error`.
nlohmann::json frozen_at(double risky_error, const std::vector<CalibrationScan>& scans,
                         const std::vector<FamiliarityScan>& distances,
                         const std::vector<std::string>& names) {
    const Calibration frozen = calibrate(scans, risky_error);
    const double unfamiliar = unfamiliar_threshold(distances);
    nlohmann::json result = to_json(frozen, unfamiliar, names, scans.size());
    result["by_contrast"] = by_contrast(scans, risky_error);
    result["rates"] = {
        {"inconsistent", to_json(frozen.inconsistent)},
        {"unfamiliar", to_json(unfamiliar_rates(scans, distances, unfamiliar, risky_error))}};
    return result;
}

Result<nets::IqtUr> load_network(const std::filesystem::path& run, nlohmann::json& settings) {
    settings = nlohmann::json::parse(std::ifstream(run / "settings.json"), nullptr, false);
    if (!settings.is_object() || !settings.contains("network")) {
        return fail(ErrorKind::NotFound, "settings.json of the training run is missing or broken",
                    run.string(), "name the output folder of iqt-train train");
    }
    const auto& n = settings["network"];
    nets::UrOptions options;
    options.filters = n.value("filters", options.filters);
    options.blocks = n.value("blocks", options.blocks);
    options.variance_filters = n.value("variance_filters", options.variance_filters);
    options.variance_layers = n.value("variance_layers", options.variance_layers);
    options.dropout = nets::dropout_from(n.value("dropout", "filter")).value_or(options.dropout);
    options.sampled_blocks = n.value("sampled_blocks", options.sampled_blocks);
    nets::IqtUr network(options);
    if (auto loaded = nets::load_weights(network, run / "weights.safetensors"); !loaded)
        return fail(loaded.error());
    return network;
}

/// The subjects that calibration looks at: those held out, and the two label maps kept for it.
Result<std::vector<Subject>> calibration_subjects(const CalibrateArguments& a,
                                                  std::vector<Subject> held_out) {
    if (a.labels.empty()) return held_out;
    for (const char* number : {"13", "14"})
        for (const Contrast contrast : {Contrast::T1, Contrast::T2, Contrast::Flair}) {
            auto made = synthesize(a.labels / ("training_seg_" + std::string(number) + ".nii.gz"),
                                   contrast, a.seed);
            if (!made) return fail(made.error());
            held_out.push_back(std::move(*made));
        }
    return held_out;
}

/// Statistics of the training subjects' features, stored beside the weights.
Result<nets::Familiarity> learn_what_is_known(nets::IqtUr& network, const CalibrateArguments& a,
                                              std::vector<Subject> training) {
    if (!a.labels.empty()) {
        auto made = synthesize_all(a.labels, a.seed);
        if (!made) return fail(made.error());
        std::move(made->begin(), made->end(), std::back_inserter(training));
    }
    nets::Familiarity known = fit_familiarity(network, training, kBlocksEach, a.seed);
    if (auto saved = nets::save_weights(network, a.run / "weights.safetensors", known); !saved)
        return fail(saved.error());
    return known;
}

Status run(const CalibrateArguments& a) {
    nets::use_threads(a.threads);
    nets::keep_pages_between_layers();
    nlohmann::json settings;
    auto network = load_network(a.run, settings);
    if (!network) return fail(network.error());
    auto subjects = load_subjects(a.data, settings.value("held_out", std::vector<std::string>{}));
    if (!subjects) return fail(subjects.error());
    const auto known = learn_what_is_known(*network, a, std::move(subjects->training));
    if (!known) return fail(known.error());
    const auto all = calibration_subjects(a, std::move(subjects->held_out));
    if (!all) return fail(all.error());
    std::vector<CalibrationScan> scans;
    std::vector<FamiliarityScan> distances;
    std::vector<std::string> names;
    for (const Subject& subject : *all) {
        names.push_back(subject.name);
        for (const double snr : a.snrs) {
            Scan scan =
                scan_subject(*network, *known, subject, snr, a.flips, a.seed + scans.size());
            const double scale = fit_variance_scale({scan.spread});
            const double far = unfamiliar_threshold({scan.familiarity});
            std::fprintf(stderr, "%s: by itself variance scale %.3f, unfamiliar above %.2f\n",
                         scan.spread.name.c_str(), scale, far);
            scans.push_back(std::move(scan.spread));
            distances.push_back(std::move(scan.familiarity));
        }
    }
    if (scans.empty())
        return fail(ErrorKind::NotFound, "no calibration subject was found", a.data.string());
    for (std::size_t n = 0; n < a.risky_errors.size(); ++n) {
        const nlohmann::json result = frozen_at(a.risky_errors[n], scans, distances, names);
        char other[40];
        std::snprintf(other, sizeof other, "calibration-%g.json", a.risky_errors[n]);
        const std::string name = n == 0 ? "calibration.json" : other;
        std::printf("%s\n%s\n", name.c_str(), result.dump(2).c_str());
        std::ofstream file(a.run / name);
        file << result.dump(2) << '\n';
        if (!file.flush())
            return fail(ErrorKind::Io, "the calibration cannot be written",
                        (a.run / name).string());
    }
    return {};
}

}  // namespace

void add_calibrate_command(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<CalibrateArguments>();
    CLI::App* command = app.add_subcommand(
        "calibrate", "Scale the variance and set the thresholds on subjects kept out of training");
    command->add_option("--data", arguments->data, "Folder that training read")->required();
    command->add_option("--run", arguments->run, "Output folder of train; gets calibration.json")
        ->required();
    command->add_option("--labels", arguments->labels,
                        "Folder with label maps 13 and 14 (optional)");
    command->add_option("--snr", arguments->snrs, "White matter over noise of the simulated scans");
    command
        ->add_option("--risky-error", arguments->risky_errors,
                     "Error to be found, as a share of the foreground scale; of several, the "
                     "first is frozen and the others go to calibration-ERROR.json")
        ->expected(1, 8);
    command->add_option("--flips", arguments->flips, "Mirrored passes, as in model.json")
        ->check(CLI::IsMember({1, 2, 4, 8}));
    command->add_option("--threads", arguments->threads, "CPU threads (0: all)");
    command->add_option("--seed", arguments->seed, "Seed of noise and samples");
    command->callback([arguments, &exit_code] {
        Status done;
        try {
            done = run(*arguments);
        } catch (const std::exception& e) {
            done = fail(ErrorKind::Internal, std::string("calibration stopped: ") + e.what(),
                        arguments->run.string());
        }
        if (!done) {
            std::fprintf(stderr, "%s\n", to_string(done.error()).c_str());
            exit_code = 1;
        }
    });
}

}  // namespace iqt::models::train
