// SPDX-License-Identifier: Apache-2.0
#include "server/configuration.hpp"

#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "config/load.hpp"
#include "pipeline/core/clock.hpp"
#include "pipeline/log/log.hpp"
#include "pipeline/worker/result_files.hpp"
#include "server/tls_files.hpp"

namespace iqt::server {

namespace fs = std::filesystem;

namespace {

std::int64_t utc_now_s() {
    return SystemClock().utc_ms() / 1000;
}

void print_problems(const fs::path& file, const std::vector<config::Problem>& problems) {
    for (const config::Problem& problem : problems)
        std::fprintf(stderr, "%s: %s\n", file.c_str(), config::to_string(problem).c_str());
}

}  // namespace

std::optional<fs::path> default_config_file() {
    if (const char* named = std::getenv("IQT_CONFIG"); named != nullptr && *named != '\0')
        return fs::path(named);
    const fs::path installed = "/etc/iqt-node/node.json";
    std::error_code code;
    if (fs::exists(installed, code)) return installed;
    return std::nullopt;
}

std::optional<config::Config> read_config(const fs::path& file) {
    const std::optional<fs::path> chosen =
        file.empty() ? default_config_file() : std::optional(file);
    if (!chosen) return config::Config{};
    auto loaded = config::load(*chosen);
    if (loaded) return *std::move(loaded);
    print_problems(*chosen, loaded.error());
    return std::nullopt;
}

std::optional<config::Config> read_config_and_files(const fs::path& file) {
    auto config = read_config(file);
    if (!config) return std::nullopt;
    const auto problems = tls_file_problems(*config, utc_now_s());
    print_problems(file.empty() ? default_config_file().value_or("defaults") : file, problems);
    if (!problems.empty()) return std::nullopt;
    warn_of_certificate_end(*config, utc_now_s());
    return config;
}

std::optional<config::Config> reread_config(const fs::path& file) {
    const std::optional<fs::path> chosen =
        file.empty() ? default_config_file() : std::optional(file);
    if (!chosen) return config::Config{};
    auto loaded = config::load(*chosen);
    const auto problems = loaded ? tls_file_problems(*loaded, utc_now_s()) : loaded.error();
    if (problems.empty()) {
        warn_of_certificate_end(*loaded, utc_now_s());
        return *std::move(loaded);
    }
    for (const config::Problem& problem : problems)
        log::event(log::Level::Error, "config.problem",
                   {{"pointer", problem.pointer}, {"what", problem.what}});
    return std::nullopt;
}

Status write_effective_config(const config::Config& config, const fs::path& file) {
    const fs::path fresh = file.string() + ".new";
    std::error_code code;
    fs::remove(fresh, code);
    if (auto written = worker::write_durably(fresh, config::to_json(config)); !written)
        return written;
    fs::rename(fresh, file, code);
    if (code)
        return fail(ErrorKind::Io, "cannot replace the file: " + code.message(), file.string(),
                    "check the data volume");
    return {};
}

}  // namespace iqt::server
