// SPDX-License-Identifier: Apache-2.0
#include "server/http/job_json.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace iqt::server::http {

std::string utc_text(std::int64_t utc_ms) {
    const std::time_t seconds = utc_ms / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                  parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                  parts.tm_min, parts.tm_sec, static_cast<int>(utc_ms % 1000));
    return text.data();
}

Json job_json(const queue::JobRow& job) {
    Json json{{"id", to_int(job.id)},
              {"state", to_string(job.state)},
              {"priority", to_string(job.priority)},
              {"revision", job.revision},
              {"attempt", job.attempt},
              {"instances", job.instances},
              {"series", job.series_digest},
              {"calling_ae", job.calling_ae},
              {"called_ae", job.called_ae},
              {"peer_address", job.peer_address},
              {"reasons", job.reasons},
              {"route", job.route},
              {"model", job.model_id},
              {"created", utc_text(job.created_utc_ms)},
              {"updated", utc_text(job.updated_utc_ms)}};
    if (job.retry_at_utc_ms) json["retry_at"] = utc_text(*job.retry_at_utc_ms);
    const Json summary = Json::parse(job.summary_json, nullptr, false);
    json["summary"] = summary.is_discarded() ? Json(nullptr) : summary;
    return json;
}

Json detail_json(const queue::JobDetail& detail) {
    Json json = job_json(detail.job);
    json["events"] = Json::array();
    for (const queue::JobEvent& event : detail.events)
        json["events"].push_back(
            {{"at", utc_text(event.at_utc_ms)}, {"event", event.event}, {"detail", event.detail}});
    json["deliveries"] = Json::array();
    for (const queue::DeliveryRow& row : detail.deliveries)
        json["deliveries"].push_back({{"destination", row.destination},
                                      {"output", to_string(row.kind)},
                                      {"state", row.state},
                                      {"instances", row.instances},
                                      {"attempts", row.attempts},
                                      {"message", row.message}});
    return json;
}

Json error_json(const Error& error) {
    Json json{{"error", to_string(error.kind)}, {"what", error.what}};
    if (!error.where.empty()) json["where"] = error.where;
    if (!error.hint.empty()) json["hint"] = error.hint;
    return json;
}

std::string text_of(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace iqt::server::http
