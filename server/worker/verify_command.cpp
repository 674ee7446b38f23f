// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "server/configuration.hpp"
#include "server/exit_code.hpp"
#include "server/options.hpp"
#include "server/worker/commands.hpp"

namespace iqt::server::worker {
namespace {

struct VerifyArguments {
    std::string config, id, device = "cpu";
};

std::string contrasts_of(const ModelInfo& info) {
    std::string text;
    for (const Contrast contrast : info.contrasts)
        text += (text.empty() ? "" : ",") + std::string(to_string(contrast));
    return text;
}

void print_contract(const ModelInfo& info) {
    std::printf("  digest       %s\n", info.digest.c_str());
    std::printf("  contrasts    %s\n", contrasts_of(info).c_str());
    std::printf("  in plane     %g to %g mm\n", info.in_plane_spacing_mm.min,
                info.in_plane_spacing_mm.max);
    std::printf("  slices       %g to %g mm\n", info.slice_spacing_mm.min,
                info.slice_spacing_mm.max);
    std::printf("  field        %g to %g T\n", info.field_strength_t.min,
                info.field_strength_t.max);
    std::printf("  age          %g to %g years\n", info.age_y.min, info.age_y.max);
    std::printf("  output       %g mm, %s\n", info.target_spacing_mm,
                info.has_uncertainty ? "with uncertainty" : "without uncertainty");
    std::printf("  training     %s\n", info.training_statement.c_str());
}

// The shelf runs the self-test when it opens a model.
bool self_test(ModelShelf& shelf, const models::Package& package) {
    const auto opened = shelf.enhancer(package.info.id);
    if (opened) {
        std::printf("  self-test    %s\n", package.golden ? "passed" : "none in this package");
        return true;
    }
    if (opened.error().kind == ErrorKind::NotSupported) {
        std::printf("  self-test    not run: %s\n", opened.error().what.c_str());
        return true;
    }
    std::printf("  self-test    FAILED\n");
    std::fprintf(stderr, "iqt-node models: %s\n", to_string(opened.error()).c_str());
    return false;
}

int verify(const config::Config& config, const VerifyArguments& given) {
    auto found = models::list_packages(models_folder(config));
    if (!given.id.empty()) {
        auto package = models::find_package(given.id, models_folder(config));
        found = {};
        if (package)
            found.packages.push_back(*std::move(package));
        else
            found.broken.push_back(package.error());
    }
    int exit_code = found.broken.empty() ? kDone : kFailed;
    for (const Error& error : found.broken)
        std::fprintf(stderr, "iqt-node models: %s\n", to_string(error).c_str());
    for (const models::Package& package : found.packages) {
        std::printf("%s %s\n", package.info.id.c_str(), package.info.version.c_str());
        print_contract(package.info);
        ModelShelf shelf(models::PackageList{{package}, {}},
                         learned_on(device_options(config, given.device)));
        if (!self_test(shelf, package)) exit_code = kFailed;
    }
    return exit_code;
}

}  // namespace

void add_verify(CLI::App& app, commands::Action& chosen) {
    CLI::App* command = app.add_subcommand(
        "verify", "check model packages: digest, contract and the answer to the golden volume");
    auto given = std::make_shared<VerifyArguments>();
    command->add_option("--config", given->config, "the node's configuration")->type_name("FILE");
    command->add_option("--device", given->device, "where to run the self-test")
        ->type_name("auto|cpu|cuda:N");
    command->add_option("ID", given->id, "only this package, or the folder of one");
    command->callback([given, &chosen] {
        chosen = [given] {
            const auto config = read_config(given->config);
            return config ? verify(*config, *given) : static_cast<int>(kConfiguration);
        };
    });
}

}  // namespace iqt::server::worker
