// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "pipeline/core/error.hpp"
#include "pipeline/core/job.hpp"

/// JSON-lines log on stderr: {"time","level","event", ...fields}. Thread-safe.
/// Never give it patient data: fields are our own ids, digests, counts, settings and reasons.
namespace iqt::log {

enum class Level { Debug, Info, Warn, Error };  // error: someone must act; warn: degraded

using Value = std::variant<std::int64_t, double, bool, std::string>;

struct Field {
    std::string_view name;
    Value value;
    Field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
    Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
    Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
    Field(std::string_view n, bool v) : name(n), value(v) {}
    Field(std::string_view n, double v) : name(n), value(v) {}
    Field(std::string_view n, int v) : name(n), value(static_cast<std::int64_t>(v)) {}
    Field(std::string_view n, std::int64_t v) : name(n), value(v) {}
    Field(std::string_view n, std::uint64_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
    Field(std::string_view n, JobId v) : name(n), value(to_int(v)) {}
};

/// Lowest level that is written; process-wide. "debug" | "info" | "warn" | "error" | "off".
void set_level(std::string_view name);

/// Writes one line. Event names are "room.what_happened" in the past tense, or a bare state.
void event(Level level, std::string_view name, std::initializer_list<Field> fields = {});

/// Writes one line for an error: its kind, what, where and hint as fields.
void event(Level level, std::string_view name, const Error& error,
           std::initializer_list<Field> fields = {});

}  // namespace iqt::log
