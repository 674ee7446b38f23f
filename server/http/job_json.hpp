// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "pipeline/core/error.hpp"
#include "pipeline/queue/stores.hpp"

/// Rows as the API and `queue show --json` spell them. No patient data and no UIDs.
namespace iqt::server::http {

using Json = nlohmann::ordered_json;

Json job_json(const queue::JobRow& job);
Json detail_json(const queue::JobDetail& detail);
Json error_json(const Error& error);

/// "2026-01-31T12:00:00.000Z".
std::string utc_text(std::int64_t utc_ms);

/// Text of a JSON value, with bytes that are no UTF-8 replaced.
std::string text_of(const Json& json);

}  // namespace iqt::server::http
