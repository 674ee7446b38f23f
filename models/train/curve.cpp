// SPDX-License-Identifier: Apache-2.0
#include "models/train/curve.hpp"

#include <algorithm>
#include <fstream>
#include <string_view>

#include <nlohmann/json.hpp>

namespace iqt::models::train {
namespace {

using SortedJson = nlohmann::json;
using Points = std::vector<render::PlotPoint>;

constexpr std::array<Contrast, 3> kContrasts{Contrast::T1, Contrast::T2, Contrast::Flair};
constexpr int kLossMean = 5;  ///< logged losses that one point of the plot is the mean of

void drop_from(Points& points, double step) {
    while (!points.empty() && points.back().x >= step) points.pop_back();
}

/// "T1a" is a block of T1: the contrast's name and at most one letter.
bool is_block_of(std::string_view block, Contrast contrast) {
    const std::string_view name = to_string(contrast);
    return block.starts_with(name) && block.size() <= name.size() + 1;
}

void add_gains(const SortedJson& held_out, double step, LearningCurve& curve) {
    for (std::size_t c = 0; c < kContrasts.size(); ++c) {
        double sum = 0, n = 0;
        for (const auto& [block, scores] : held_out.items()) {
            if (!is_block_of(block, kContrasts[c]) || !scores.is_object()) continue;
            const auto gain = scores.find("gain_db");
            if (gain == scores.end() || !gain->is_number()) continue;
            sum += gain->get<double>();
            n += 1;
        }
        if (n > 0) curve.gain_db[c].push_back({step, sum / n});
    }
}

bool is_entry(const SortedJson& entry) {
    return entry.is_object() && entry.contains("step") && entry["step"].is_number() &&
           entry.contains("stage") && entry["stage"].is_number();
}

}  // namespace

Result<LearningCurve> read_learning_curve(const std::filesystem::path& log,
                                          const std::string& name) {
    std::ifstream file(log);
    if (!file)
        return fail(ErrorKind::NotFound, "there is no log to read", log.string(),
                    "name the folder that iqt-train train wrote (its --output)");
    LearningCurve curve;
    curve.name = name;
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        const bool is_complete = !file.eof();  // getline met the line's end, not the file's
        if (line.empty()) continue;
        const SortedJson entry = SortedJson::parse(line, nullptr, false);
        if (!is_entry(entry)) {
            if (!is_complete) break;
            return fail(ErrorKind::InvalidInput, "a line is no entry of a training log",
                        log.string() + ":" + std::to_string(number));
        }
        if (entry["stage"].get<double>() != 1) continue;
        const double step = entry["step"].get<double>();
        drop_from(curve.loss, step);
        for (Points& points : curve.gain_db) drop_from(points, step);
        if (entry.contains("loss") && entry["loss"].is_number())
            curve.loss.push_back({step, entry["loss"].get<double>()});
        if (entry.contains("held_out") && entry["held_out"].is_object())
            add_gains(entry["held_out"], step, curve);
    }
    if (curve.loss.empty())
        return fail(ErrorKind::InvalidInput, "the log says nothing of stage 1", log.string());
    return curve;
}

Points running_mean(const Points& points, int count) {
    Points out;
    double sum = 0;
    const auto span = static_cast<std::size_t>(std::max(1, count));
    for (std::size_t n = 0; n < points.size(); ++n) {
        sum += points[n].y;
        if (n >= span) sum -= points[n - span].y;
        out.push_back({points[n].x, sum / static_cast<double>(std::min(n + 1, span))});
    }
    return out;
}

std::vector<render::Plot> learning_plots(const std::vector<LearningCurve>& curves) {
    render::Plot gain{"Held-out blocks", "steps of stage 1 (the mean)", "gain over cubic, dB", {}};
    render::Plot loss{"Training loss",
                      "steps of stage 1 (the mean)",
                      "loss, mean of " + std::to_string(kLossMean) + " log entries",
                      {}};
    const bool is_one = curves.size() == 1;
    for (std::size_t run = 0; run < curves.size(); ++run) {
        const LearningCurve& curve = curves[run];
        const render::Stroke stroke = render::plot_stroke(static_cast<int>(run));
        for (std::size_t c = 0; c < kContrasts.size(); ++c) {
            const std::string contrast(to_string(kContrasts[c]));
            gain.lines.push_back({is_one ? contrast : contrast + ", " + curve.name,
                                  curve.gain_db[c], static_cast<int>(c), stroke,
                                  render::Marks::Dots});
        }
        // Black, so that no contrast's colour is taken for a run.
        loss.lines.push_back(
            {curve.name, running_mean(curve.loss, kLossMean), 5, stroke, render::Marks::None});
    }
    return {gain, loss};
}

}  // namespace iqt::models::train
