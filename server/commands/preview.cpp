// SPDX-License-Identifier: Apache-2.0
#include "server/preview.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "dicom/instance_header.hpp"
#include "server/commands/commands.hpp"
#include "server/exit_code.hpp"

namespace iqt::server::commands {
namespace {

struct PreviewArguments {
    std::string source, enhanced, warning, output;
};

int preview(const PreviewArguments& given) {
    dicom::initialise();
    const auto files = write_previews({given.source, given.enhanced, given.warning}, given.output);
    if (!files) {
        std::fprintf(stderr, "iqt-node preview: %s\n", to_string(files.error()).c_str());
        return kFailed;
    }
    for (const auto& file : *files) std::printf("%s\n", file.c_str());
    return kDone;
}

}  // namespace

void add_preview(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand(
        "preview", "PNGs of input, enhanced and warning images side by side, one window");
    auto given = std::make_shared<PreviewArguments>();
    command->add_option("SOURCE", given->source, "folder of the source series")->required();
    command->add_option("ENHANCED", given->enhanced, "folder of the enhanced series")->required();
    command->add_option("WARNING", given->warning, "folder of the warning series")->required();
    command->add_option("OUTPUT", given->output, "folder for the PNGs")->required();
    command->callback([given, &chosen] { chosen = [given] { return preview(*given); }; });
}

}  // namespace iqt::server::commands
