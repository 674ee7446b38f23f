// SPDX-License-Identifier: Apache-2.0
#include "pipeline/log/log.hpp"

#include <chrono>
#include <ctime>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace iqt::log {
namespace {

// Constructed at first use and never destroyed, so that threads may log until the very end.
spdlog::logger& logger() {
    static auto* instance = [] {
        auto* made = new spdlog::logger("iqt", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::Debug:
            return spdlog::level::debug;
        case Level::Info:
            return spdlog::level::info;
        case Level::Warn:
            return spdlog::level::warn;
        case Level::Error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view name_of(Level level) {
    switch (level) {
        case Level::Debug:
            return "debug";
        case Level::Info:
            return "info";
        case Level::Warn:
            return "warn";
        case Level::Error:
            return "error";
    }
    return "info";
}

std::string utc_now() {
    using namespace std::chrono;
    const auto now = system_clock::now();
    const std::time_t seconds = system_clock::to_time_t(now);
    const auto ms = duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       ms);
}

using Json = nlohmann::ordered_json;

Json line_of(Level level, std::string_view name, std::initializer_list<Field> fields) {
    Json line{{"time", utc_now()}, {"level", name_of(level)}, {"event", name}};
    for (const Field& field : fields)
        std::visit([&](const auto& value) { line[std::string(field.name)] = value; }, field.value);
    return line;
}

void write(Level level, const Json& line) {
    // Bytes that are not UTF-8 are replaced: a log line is never lost to one.
    logger().log(spdlog_level(level), "{}",
                 line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

void set_level(std::string_view name) {
    logger().set_level(spdlog::level::from_str(std::string(name)));
}

void event(Level level, std::string_view name, std::initializer_list<Field> fields) {
    if (logger().should_log(spdlog_level(level))) write(level, line_of(level, name, fields));
}

void event(Level level, std::string_view name, const Error& error,
           std::initializer_list<Field> fields) {
    if (!logger().should_log(spdlog_level(level))) return;
    Json line = line_of(level, name, fields);
    line["error"] = to_string(error.kind);
    line["what"] = error.what;
    if (!error.where.empty()) line["where"] = error.where;
    if (!error.hint.empty()) line["hint"] = error.hint;
    write(level, line);
}

}  // namespace iqt::log
