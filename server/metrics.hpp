// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/core/delivery.hpp"
#include "pipeline/core/job.hpp"
#include "pipeline/core/ports.hpp"

namespace iqt::server {

/// What is measured at the moment of a scrape.
struct Gauges {
    std::vector<std::pair<JobState, std::int64_t>> jobs;
    std::vector<std::pair<std::string, bool>> workers_alive;  ///< by worker name
    std::int64_t free_bytes = 0;
    double uptime_s = 0;
    bool ready = false;
};

/// Counters of this process since its start, and the Prometheus text made from them. Safe from any
/// thread. Labels are our own names and codes, never anything of a patient.
class Metrics {
  public:
    Metrics();
    ~Metrics();

    enum class Kept { New, Duplicate };
    void instance_received(std::uint64_t bytes, Kept kept);
    void instance_refused(ErrorKind why);
    void association_ended(AssociationEnd how);
    void connection_refused(ConnectionRefusal why);
    void instance_sent(const std::string& destination, SendResult result);
    void worker_started(const std::string& worker);
    void http_answered(int status);

    /// Text exposition format 0.0.4.
    std::string render(const Gauges& gauges);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Media type of Metrics::render.
inline constexpr const char* kMetricsMediaType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace iqt::server
