// SPDX-License-Identifier: Apache-2.0
#include "server/http/api.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "server/http/job_json.hpp"

namespace iqt::server::http {
namespace {

constexpr int kJobsPerPageMax = 1000;

Response json_response(const Json& json, int status = 200) {
    return {status, "application/json", text_of(json), {}};
}

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::InvalidInput:
            return 400;
        case ErrorKind::NotFound:
            return 404;
        case ErrorKind::Conflict:
        case ErrorKind::NotSupported:
            return 409;
        case ErrorKind::OutOfResources:
        case ErrorKind::Timeout:
            return 503;
        default:
            return 500;
    }
}

Response error_response(const Error& error) {
    return json_response(error_json(error), status_of(error.kind));
}

Response refusal(int status, ErrorKind kind, const char* what) {
    return json_response(error_json({kind, what, {}, {}}), status);
}

Response not_found() {
    return refusal(404, ErrorKind::NotFound, "there is nothing at this path");
}

template <class N>
std::optional<N> number_of(const std::string& text) {
    N value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1) return std::nullopt;
    return value;
}

std::string contrasts_text(const ModelInfo& info) {
    std::string text;
    for (const Contrast contrast : info.contrasts)
        text += (text.empty() ? "" : ",") + std::string(to_string(contrast));
    return text;
}

bool is_action(const std::string& name) {
    return name == "retry" || name == "cancel" || name == "urgent" || name == "release";
}

}  // namespace

bool is_loopback_host(const std::string& host) {
    const bool bracketed = host.starts_with('[');
    const std::size_t end = bracketed ? host.find(']') : host.find(':');
    if (bracketed && end == std::string::npos) return false;
    const std::string name = host.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
    if (name == "localhost" || name == "::1") return true;
    return name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string::npos;
}

Api::Api(ApiSources sources) : sources_(std::move(sources)) {}

Response Api::handle(const Request& request) {
    const Target target = parse_target(request.target);
    Response response =
        !target.valid ? refusal(400, ErrorKind::InvalidInput, "the path is not well-formed")
        : !is_loopback_host(request.host)
            ? refusal(421, ErrorKind::Refused, "only loopback host names are answered")
            : route(request, target);
    sources_.metrics.http_answered(response.status);
    return response;
}

Response Api::route(const Request& request, const Target& target) {
    const auto& path = target.path;
    const auto is = [&](std::initializer_list<const char*> wanted) {
        return std::equal(path.begin(), path.end(), wanted.begin(), wanted.end());
    };
    std::function<Response()> get;
    std::optional<JobId> id;
    if (path.size() >= 4 && path[0] == "api" && path[1] == "v1" && path[2] == "jobs")
        if (const auto number = number_of<std::int64_t>(path[3])) id = JobId{*number};
    if (is({"healthz"})) get = [] { return Response{200, "text/plain", "ok\n", {}}; };
    if (is({"readyz"})) get = [this] { return readyz(); };
    if (is({"metrics"})) get = [this] { return metrics(); };
    if (is({"api", "v1", "status"})) get = [this] { return status(); };
    if (is({"api", "v1", "jobs"})) get = [&, this] { return jobs(target); };
    if (is({"api", "v1", "models"})) get = [this] { return models(); };
    if (is({"api", "v1", "destinations"})) get = [this] { return destinations(); };
    if (path.size() == 4 && id) get = [&, this] { return job(*id); };
    const bool action = path.size() == 5 && id && is_action(path[4]);
    if (!get && !action) return not_found();
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (get && reads) return get();
    if (action && request.method == "POST") return act(*id, path[4], request);
    Response response =
        refusal(405, ErrorKind::NotSupported, "this method is not possible at this path");
    response.allow = action ? "POST" : "GET, HEAD";
    return response;
}

Api::Checks Api::checks(const NodeView& node) const {
    Checks checks;
    checks.store = sources_.jobs.counts().has_value();
    checks.listener = node.listening;
    checks.worker = std::any_of(node.workers.begin(), node.workers.end(),
                                [](const WorkerView& worker) { return worker.ready; });
    checks.running = node.state == "running";
    return checks;
}

Response Api::readyz() const {
    const NodeView node = sources_.node();
    const Checks found = checks(node);
    return json_response(
        {{"ready", found.all()},
         {"state", node.state},
         {"checks",
          {{"store", found.store}, {"listener", found.listener}, {"worker", found.worker}}}},
        found.all() ? 200 : 503);
}

Response Api::metrics() {
    const NodeView node = sources_.node();
    Gauges gauges;
    gauges.ready = checks(node).all();
    if (auto counts = sources_.jobs.counts(); counts) gauges.jobs = *std::move(counts);
    for (const WorkerView& worker : node.workers)
        gauges.workers_alive.emplace_back(worker.name, worker.ready);
    gauges.free_bytes = node.free_bytes;
    gauges.uptime_s = node.uptime_s;
    return {200, kMetricsMediaType, sources_.metrics.render(gauges), {}};
}

Response Api::status() const {
    const NodeView node = sources_.node();
    const auto counts = sources_.jobs.counts();
    if (!counts) return error_response(counts.error());
    Json jobs = Json::object();
    for (const auto& [state, count] : *counts) jobs[std::string(to_string(state))] = count;
    Json workers = Json::array();
    for (const WorkerView& worker : node.workers)
        workers.push_back({{"name", worker.name},
                           {"device", worker.device},
                           {"ready", worker.ready},
                           {"starts", worker.starts}});
    return json_response({{"version", IQT_VERSION},
                          {"state", node.state},
                          {"intended_use", kIntendedUse},
                          {"uptime_s", node.uptime_s},
                          {"ae_title", node.ae_title},
                          {"dicom_port", node.dicom_port},
                          {"free_bytes", node.free_bytes},
                          {"jobs", jobs},
                          {"workers", workers}});
}

Response Api::jobs(const Target& target) const {
    queue::JobFilter filter;
    for (const auto& [key, value] : target.query) {
        if (key == "state") {
            filter.state = job_state_from(value);
            if (!filter.state) return refusal(400, ErrorKind::InvalidInput, "no such job state");
        } else if (key == "limit") {
            const auto limit = number_of<int>(value);
            if (!limit || *limit > kJobsPerPageMax)
                return refusal(400, ErrorKind::InvalidInput, "limit must be from 1 to 1000");
            filter.limit = *limit;
        } else if (key == "after") {
            const auto after = number_of<std::int64_t>(value);
            if (!after) return refusal(400, ErrorKind::InvalidInput, "after must be a job id");
            filter.after = JobId{*after};
        } else {
            return refusal(400, ErrorKind::InvalidInput, "known here: state, limit, after");
        }
    }
    const auto rows = sources_.jobs.list(filter);
    if (!rows) return error_response(rows.error());
    Json list = Json::array();
    for (const queue::JobRow& row : *rows) list.push_back(job_json(row));
    const bool full = static_cast<int>(rows->size()) == filter.limit;
    const Json next = full ? Json(to_int(rows->back().id)) : Json(nullptr);
    return json_response({{"jobs", list}, {"next_after", next}});
}

Response Api::job(JobId id) const {
    const auto detail = sources_.jobs.show(id);
    return detail ? json_response(detail_json(*detail)) : error_response(detail.error());
}

Response Api::act(JobId id, const std::string& action, const Request& request) {
    // A page in the operator's browser could send this too; browsers then name its origin.
    if (!request.origin.empty() && request.origin != "http://" + request.host)
        return refusal(403, ErrorKind::Refused, "actions are not taken from other sites");
    const bool override_reasons =
        parse_target(request.target).query["override"] == "true" && action == "release";
    queue::JobStore& store = sources_.jobs;
    const Status done = action == "retry"    ? store.retry(id)
                        : action == "cancel" ? store.cancel(id)
                        : action == "urgent" ? store.urgent(id)
                                             : store.release(id, {override_reasons});
    if (!done) return error_response(done.error());
    sources_.changed();
    return job(id);
}

Response Api::models() const {
    const models::PackageList list = sources_.models();
    Json packages = Json::array(), broken = Json::array();
    for (const models::Package& package : list.packages)
        packages.push_back({{"id", package.info.id},
                            {"version", package.info.version},
                            {"digest", package.info.digest},
                            {"architecture", package.info.architecture},
                            {"contrasts", contrasts_text(package.info)},
                            {"target_spacing_mm", package.info.target_spacing_mm},
                            {"has_uncertainty", package.info.has_uncertainty},
                            {"training", package.info.training_statement}});
    for (const Error& error : list.broken) broken.push_back(error_json(error));
    return json_response({{"models", packages}, {"broken", broken}});
}

Response Api::destinations() const {
    Json list = Json::array();
    for (const auto& [name, destination] : sources_.node().destinations) {
        const auto next = sources_.deliveries.next_due_utc_ms(name);
        if (!next) return error_response(next.error());
        list.push_back({{"name", name},
                        {"ae_title", destination.ae_title},
                        {"address", destination.address},
                        {"port", destination.port},
                        {"next_attempt", *next ? Json(utc_text(**next)) : Json(nullptr)}});
    }
    return json_response({{"destinations", list}});
}

}  // namespace iqt::server::http
