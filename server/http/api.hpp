// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "models/package.hpp"
#include "pipeline/queue/stores.hpp"
#include "server/http/message.hpp"
#include "server/metrics.hpp"

namespace iqt::server::http {

struct WorkerView {
    std::string name, device;
    bool ready = false;
    int starts = 0;
};

/// The node at the moment of a request.
struct NodeView {
    std::string state = "running";  ///< "starting", "running", "stopping"
    std::string ae_title;
    int dicom_port = 0;
    bool listening = false;
    double uptime_s = 0;
    std::int64_t free_bytes = 0;
    std::vector<WorkerView> workers;
    std::vector<std::pair<std::string, config::Destination>> destinations;
};

/// What the HTTP interface sees and may do; all of it outlives the Api.
struct ApiSources {
    queue::JobStore& jobs;
    queue::DeliveryStore& deliveries;
    Metrics& metrics;
    std::function<NodeView()> node;
    std::function<models::PackageList()> models;
    std::function<void()> changed;  ///< called after an action on a job
};

/// The first cut of the HTTP interface (design contract 3.3). No patient data in any answer: a
/// series is known by its short digest. Actions are refused to pages of other origins and under
/// foreign host names (DNS rebinding), since nothing else proves who asks. One thread.
class Api {
  public:
    explicit Api(ApiSources sources);
    Response handle(const Request& request);

  private:
    Response route(const Request& request, const Target& target);
    Response readyz() const;
    Response metrics();
    Response status() const;
    Response jobs(const Target& target) const;
    Response job(JobId id) const;
    Response act(JobId id, const std::string& action, const Request& request);
    Response models() const;
    Response destinations() const;
    struct Checks {
        bool store = false, listener = false, worker = false, running = false;
        bool all() const { return store && listener && worker && running; }
    };
    Checks checks(const NodeView& node) const;

    ApiSources sources_;
};

/// True where a Host header names this machine's loopback interface.
bool is_loopback_host(const std::string& host);

}  // namespace iqt::server::http
