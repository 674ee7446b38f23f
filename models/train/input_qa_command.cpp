// SPDX-License-Identifier: Apache-2.0
#include "models/train/input_qa_command.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "models/nifti.hpp"
#include "models/simulate.hpp"
#include "models/train/anatomy_mean.hpp"
#include "models/train/evaluation.hpp"
#include "models/train/input_qa_cases.hpp"
#include "models/train/subjects.hpp"
#include "models/train/text_file.hpp"
#include "pipeline/qa/histogram.hpp"
#include "pipeline/qa/input_qa.hpp"
#include "pipeline/qa/shape.hpp"
#include "pipeline/qa/stack.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

struct InputQaArguments {
    std::vector<fs::path> inputs, label_maps, anatomy_maps;
    std::string as = "good", contrast;
    fs::path markdown;
    double slice_mm = 0;
    std::uint64_t seed = 1;
    bool quantiles = false;
};

constexpr const char* kQaHeader =
    "| volume | as | plane | SNR | at best | SNR / mm3 | zero-fill | ghost % | motion mm | order | "
    "histogram | "
    "head ml | extent mm | whole | likeness | mirror | anatomy | verdict |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

std::string optional_number(const char* format, const std::optional<double>& value, double unit) {
    return value ? row(format, *value * unit) : "-";
}

std::string qa_row(const std::string& volume, const std::string& as, const std::string& plane,
                   const InputQa& qa) {
    const QaFigures& f = qa.figures;
    std::string text =
        row("| %s | %s | %s | %.1f | %.1f | %.2f | %.2f x %.2f | ", volume.c_str(), as.c_str(),
            plane.c_str(), f.snr, f.snr_at_best, f.snr_per_mm3, f.zero_fill[0], f.zero_fill[1]);
    text += optional_number("%.1f", f.ghost, 100) + " | " +
            optional_number("%.2f", f.motion_mm, 1) + " | " +
            optional_number("%.2f", f.order_ratio, 1);
    text += row(" | %.3f | %.0f | %.0f x %.0f x %.0f | %s | %.3f | %+.3f | ", f.histogram_distance,
                f.head_ml, f.extent_mm[0], f.extent_mm[1], f.extent_mm[2],
                f.is_whole ? "yes" : "no", f.likeness, f.mirror_gain);
    text += optional_number("%+.3f", f.anatomy_gain, 1);
    if (f.anatomy_gain) text += row(" (%.0f %% seen)", 100 * f.anatomy_seen);
    text += " | ";
    text += to_string(qa.verdict);
    for (const QaFinding& finding : qa.findings)
        text += (finding.declines ? "; declines: " : "; ") + finding.banner;
    return text + " |\n";
}

std::string quantile_line(const QaInput& input) {
    std::string text = std::string(to_string(input.declared));
    for (const double q : qa::head_quantiles(qa::make_stack(input.volume)))
        text += row(" %.3f,", q);
    return text;
}

/// Says a row at once, since a table takes its time; and keeps it.
class Table {
  public:
    explicit Table(bool quantiles) : quantiles_(quantiles) { say(quantiles ? "" : kQaHeader); }
    void add(const std::string& name, const QaInput& input, const QaCase& one) {
        if (quantiles_) {
            say(name + ", " + one.name + ": " + quantile_line(input) + "\n");
            return;
        }
        const InputQa found = qa::assess_input(input.volume, input.declared);
        (found.verdict == QaVerdict::Enhance   ? enhanced_
         : found.verdict == QaVerdict::Decline ? declined_
                                               : banners_) += 1;
        say(qa_row(name, one.name, one.plane, found));
    }
    std::string take() {
        if (!quantiles_)
            say(row("\n%d enhanced, %d with a banner, %d declined\n", enhanced_, banners_,
                    declined_));
        return std::move(text_);
    }

  private:
    void say(const std::string& text) {
        text_ += text;
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
    }
    std::string text_;
    bool quantiles_;
    int enhanced_ = 0, banners_ = 0, declined_ = 0;
};

Status add_file(const InputQaArguments& arguments, const fs::path& file, Table& table) {
    auto contrast =
        arguments.contrast.empty() ? contrast_in_name(file) : contrast_from(arguments.contrast);
    if (!contrast) {
        std::fprintf(stderr, "%s: no contrast in the name; T1 is taken\n", file.c_str());
        contrast = Contrast::T1;
    }
    auto volume = nifti::read(file);
    if (!volume) return fail(volume.error());
    const std::string name = file.filename().string();
    if (arguments.as == "is") {
        if (arguments.slice_mm > 0) volume->geometry.spacing_mm[2] = arguments.slice_mm;
        table.add(name, {*std::move(volume), *contrast}, {"as it is", "-", {}});
        return {};
    }
    const double white = white_matter_mean(*volume, *contrast);
    for (const QaCase& one : arguments.as == "good" ? good_cases() : wrong_cases())
        table.add(name, make_qa_input(*volume, *contrast, white, one, arguments.seed), one);
    return {};
}

/// Sums projections whose tops and middles are brought together, and prints their mean as digits.
class ShapeMean {
  public:
    void add(const qa::Projection& p) {
        int top = p.rows, left = p.columns, right = 0, bottom = 0;
        for (int r = 0; r < p.rows; ++r)
            for (int c = 0; c < p.columns; ++c) {
                if (p.thickness_mm[static_cast<std::size_t>(r * p.columns + c)] < 8) continue;
                top = std::min(top, r);
                bottom = std::max(bottom, r);
                if (r > top + kMiddleRows) continue;
                left = std::min(left, c);
                right = std::max(right, c);
            }
        const int middle = (left + right) / 2;
        last_ = std::min(last_, bottom - top + 1);
        ++count_;
        for (int r = 0; r < kRows; ++r)
            for (int c = 0; c < kColumns; ++c) {
                const int y = top - 1 + r, x = middle - kColumns / 2 + c;
                if (y < 0 || x < 0 || y >= p.rows || x >= p.columns) continue;
                sum_[static_cast<std::size_t>(r * kColumns + c)] += static_cast<double>(
                    p.thickness_mm[static_cast<std::size_t>(y * p.columns + x)]);
            }
    }
    std::string print(bool to_the_end) const {
        const double most = *std::max_element(sum_.begin(), sum_.end());
        std::string text = row("// %d maps, 9 = %.0f mm\n", count_, most / count_);
        for (int r = 0; r < (to_the_end ? kRows : std::min(kRows, last_)); ++r) {
            text += '"';
            for (int c = 0; c < kColumns; ++c)
                text += row("%.0f", 9 * sum_[static_cast<std::size_t>(r * kColumns + c)] / most);
            text += "\",\n";
        }
        return text;
    }

  private:
    static constexpr int kRows = 30, kColumns = 30, kMiddleRows = 12;
    std::vector<double> sum_ = std::vector<double>(kRows * kColumns, 0.0);
    int count_ = 0, last_ = kRows;
};

bool is_brain(float label) {
    return label > 0 && label < 100 && label != 24 && label != 15 && label != 85;
}

Result<std::string> reference_shapes(const InputQaArguments& arguments) {
    const auto files = find_volumes(arguments.label_maps);
    if (!files) return fail(files.error());
    ShapeMean heads, brains;
    for (const fs::path& file : *files) {
        const auto labels = nifti::read(file);
        if (!labels) return fail(labels.error());
        Mask head(labels->geometry), brain(labels->geometry);
        for (std::size_t n = 0; n < labels->voxels.size(); ++n) {
            head.voxels[n] = labels->voxels[n] > 0 ? 1 : 0;
            brain.voxels[n] = is_brain(labels->voxels[n]) ? 1 : 0;
        }
        heads.add(qa::project(head));
        brains.add(qa::project(brain));
    }
    const std::string text = "head\n" + heads.print(false) + "brain\n" + brains.print(true);
    std::fputs(text.c_str(), stdout);
    return text;
}

Result<std::string> reference_anatomy(const InputQaArguments& arguments) {
    const auto files = find_volumes(arguments.anatomy_maps);
    if (!files) return fail(files.error());
    AnatomyMean mean;
    for (const fs::path& file : *files) {
        const auto labels = nifti::read(file);
        if (!labels) return fail(labels.error());
        mean.add(*labels);
    }
    const std::string text = mean.print();
    if (text.empty())
        return fail(ErrorKind::InvalidInput,
                    "none of the label maps holds grey or white matter; FreeSurfer's labels are "
                    "expected");
    std::fputs(text.c_str(), stdout);
    return text;
}

Result<std::string> measure(const InputQaArguments& arguments) {
    if (!arguments.anatomy_maps.empty()) return reference_anatomy(arguments);
    if (!arguments.label_maps.empty()) return reference_shapes(arguments);
    const auto files = find_volumes(arguments.inputs);
    if (!files) return fail(files.error());
    Table table(arguments.quantiles);
    for (const fs::path& file : *files)
        if (const auto done = add_file(arguments, file, table); !done) return fail(done.error());
    return table.take();
}

}  // namespace

void add_input_qa_command(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<InputQaArguments>();
    CLI::App* command =
        app.add_subcommand("input-qa", "Measure what the node's check of the input finds");
    command->add_option("inputs", arguments->inputs, "NIfTI volumes, or folders with them");
    command
        ->add_option("--as", arguments->as,
                     "is: as they are; good: simulated 64 mT series; wrong: what must be found")
        ->check(CLI::IsMember({"is", "good", "wrong"}));
    command->add_option("--contrast", arguments->contrast, "Instead of that in the file name")
        ->check(CLI::IsMember({"T1", "T2", "FLAIR"}));
    command->add_option("--slice-mm", arguments->slice_mm,
                        "With --as is: slice spacing, where the header's is nominal");
    command->add_option("--seed", arguments->seed, "Seed of the simulations");
    command->add_flag("--reference-quantiles", arguments->quantiles,
                      "Print intensity quantiles as the references hold them");
    command->add_option("--reference-shapes", arguments->label_maps,
                        "Print the reference projections made of these label maps");
    command->add_option("--reference-anatomy", arguments->anatomy_maps,
                        "Print the reference of the brain's inside made of these label maps");
    command->add_option("--markdown", arguments->markdown, "Write the table to this file, too");
    command->callback([arguments, &exit_code] {
        const auto text = measure(*arguments);
        Status done;
        if (text && !arguments->markdown.empty()) done = write_text(arguments->markdown, *text);
        if (text && done) return;
        std::fprintf(stderr, "%s\n", to_string(text ? done.error() : text.error()).c_str());
        exit_code = 1;
    });
}

}  // namespace iqt::models::train
