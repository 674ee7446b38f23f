// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::server {

/// The file that a command reads when it is given none: $IQT_CONFIG, else /etc/iqt-node/node.json
/// where that exists; nullopt: the built-in defaults.
std::optional<std::filesystem::path> default_config_file();

/// Reads `file`, or the default file when it is empty. Every problem is printed on stderr, a line
/// each; nullopt then.
std::optional<config::Config> read_config(const std::filesystem::path& file);

/// The same with the files that it names for TLS.
std::optional<config::Config> read_config_and_files(const std::filesystem::path& file);

/// The same for a running node: problems go to the log as events "config.problem".
std::optional<config::Config> reread_config(const std::filesystem::path& file);

/// Writes the configuration that is in force where the workers find it (mode 0600, replaced in one
/// step). Errors: Io, OutOfResources.
Status write_effective_config(const config::Config& config, const std::filesystem::path& file);

}  // namespace iqt::server
