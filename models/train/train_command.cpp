// SPDX-License-Identifier: Apache-2.0
#include "models/train/train_command.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "models/train/trainer.hpp"

namespace iqt::models::train {

void add_train_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<TrainOptions>();
    CLI::App* command = app.add_subcommand("train", "Fit IQT-UR: first the mean, then the spread");
    command->add_option("--data", options->data, "Folder with *_T1_*, *_T2_*, *_FLAIR_*.nii.gz")
        ->required();
    command->add_option("--output", options->output, "Folder for checkpoint, weights and log")
        ->required();
    command->add_option("--labels", options->labels,
                        "Folder with label maps training_seg_NN.nii.gz (13 and 14 are left out)");
    command->add_option("--start", options->start,
                        "Weights to begin with, of as many filters and at most as many blocks; a "
                        "variance head of another shape begins afresh");
    command->add_option("--minutes", options->minutes, "Wall-clock budget of both stages");
    command->add_option("--steps", options->steps, "Budget in steps instead (repeatable)");
    command->add_option("--spread-share", options->spread_share,
                        "Share of the budget for the second stage");
    command->add_option("--threads", options->threads, "CPU threads (0: all)");
    command->add_option("--seed", options->seed, "Seed of everything random");
    command->add_option("--rate", options->rate, "Top learning rate of the first stage");
    command->add_option("--batch", options->batch, "Patches a step");
    command
        ->add_option("--small-lesions", options->small_lesions,
                     "Lesions of 2.5 to 6 mm a block (110 mm) in the mean beyond the usual ones, "
                     "and MS-like ones at the ventricles")
        ->check(CLI::Range(0, 200));
    command->add_option("--filters", options->network.filters, "Filters of the trunk");
    command->add_option("--blocks", options->network.blocks, "Residual blocks of the trunk");
    command->add_option("--variance-filters", options->network.variance_filters,
                        "Filters of the variance head");
    command
        ->add_option("--variance-layers", options->network.variance_layers,
                     "Hidden convolutions of the variance head")
        ->check(CLI::Range(1, 8));
    command
        ->add_option_function<std::string>(
            "--dropout",
            [options](const std::string& name) {
                options->network.dropout = *nets::dropout_from(name);
            },
            "Learned noise: one factor a filter (filter), or every weight by itself with an alpha "
            "of its filter (var2) or of its own (var1)")
        ->check(CLI::IsMember({"filter", "var2", "var1"}));
    command
        ->add_option("--sampled-blocks", options->network.sampled_blocks,
                     "Last blocks of the trunk that are sampled beside the tail")
        ->check(CLI::Range(0, 8));
    command->add_option("--held-out", options->held_out,
                        "Starts of file names kept for calibration");
    command->add_flag("--resume", options->resume,
                      "Go on from the checkpoint in the output folder");
    command->add_flag("--new-schedule", options->start_from_weights,
                      "With --resume: only the weights are taken");
    command->callback([options, &exit_code] {
        const Status done = train(*options);
        if (!done) {
            std::fprintf(stderr, "%s\n", to_string(done.error()).c_str());
            exit_code = 1;
        }
    });
}

}  // namespace iqt::models::train
