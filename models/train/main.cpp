// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "models/train/curve_command.hpp"
#include "models/train/evaluate_command.hpp"
#include "models/train/input_qa_command.hpp"
#include "models/train/lowfield_command.hpp"
#include "models/train/package_command.hpp"
#include "models/train/simulate_command.hpp"
#ifdef IQT_WITH_TORCH
#include "models/train/calibrate_command.hpp"
#include "models/train/train_command.hpp"
#endif

int main(int argc, char** argv) {
    constexpr int kUsage = 2;
    CLI::App app("iqt-train: simulate, train, evaluate and package models for iqt-node");
    app.set_version_flag("--version", IQT_VERSION);
    app.require_subcommand(1);
    int exit_code = 0;
    iqt::models::train::add_simulate_command(app, exit_code);
    iqt::models::train::add_evaluate_command(app, exit_code);
    iqt::models::train::add_lowfield_command(app, exit_code);
    iqt::models::train::add_input_qa_command(app, exit_code);
    iqt::models::train::add_curve_command(app, exit_code);
    iqt::models::train::add_package_command(app, exit_code);
#ifdef IQT_WITH_TORCH
    iqt::models::train::add_train_command(app, exit_code);
    iqt::models::train::add_calibrate_command(app, exit_code);
#endif
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "failed: %s\n", error.what());
        return 1;
    }
    return exit_code;
}
