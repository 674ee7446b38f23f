// SPDX-License-Identifier: Apache-2.0
#include "server/metrics.hpp"

#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace iqt::server {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Registry;

Family<Counter>& counter(Registry& registry, const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(Registry& registry, const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(registry);
}

const char* name_of(SendResult result) {
    switch (result) {
        case SendResult::Accepted:
            return "accepted";
        case SendResult::Transient:
            return "transient";
        case SendResult::Permanent:
            return "refused";
    }
    return "transient";
}

const char* name_of(ConnectionRefusal why) {
    switch (why) {
        case ConnectionRefusal::TooMany:
            return "too_many";
        case ConnectionRefusal::TlsHandshake:
            return "tls_handshake";
        case ConnectionRefusal::NoRequest:
            return "no_request";
        case ConnectionRefusal::Rejected:
            return "rejected";
    }
    return "rejected";
}

}  // namespace

struct Metrics::State {
    Registry registry;
    Family<Counter>& received = counter(registry, "iqt_instances_received_total",
                                        "Instances acknowledged after a durable commit");
    Family<Counter>& bytes =
        counter(registry, "iqt_received_bytes_total", "Bytes of acknowledged instances");
    Family<Counter>& refused = counter(registry, "iqt_instances_refused_total",
                                       "Instances that could not be stored, by kind of error");
    Family<Counter>& associations =
        counter(registry, "iqt_associations_total", "Associations that ended, by how");
    Family<Counter>& turned_away =
        counter(registry, "iqt_connections_refused_total",
                "Connections to the DICOM ports that did not become associations, by why");
    Family<Counter>& sent = counter(registry, "iqt_instances_sent_total",
                                    "Attempts to send one instance, by destination and result");
    Family<Counter>& workers =
        counter(registry, "iqt_worker_starts_total", "Starts of worker processes");
    Family<Counter>& http =
        counter(registry, "iqt_http_responses_total", "HTTP responses by status");
    Family<Gauge>& jobs = gauge(registry, "iqt_jobs", "Jobs by state");
    Family<Gauge>& alive = gauge(registry, "iqt_worker_alive", "1 where the worker process runs");
    Gauge& free = gauge(registry, "iqt_data_free_bytes", "Free space on the data volume").Add({});
    Gauge& uptime = gauge(registry, "iqt_uptime_seconds", "Time since the node started").Add({});
    Gauge& ready = gauge(registry, "iqt_ready", "1 where /readyz says so").Add({});
    Family<Gauge>& info = gauge(registry, "iqt_build_info", "Version as a label; always 1");
    std::mutex render_mutex;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
    state_->info.Add({{"version", IQT_VERSION}}).Set(1);
    // Series that exist from the start can be alerted on before the first event.
    state_->received.Add({{"kind", "new"}});
    state_->received.Add({{"kind", "duplicate"}});
    state_->bytes.Add({});
    state_->associations.Add({{"end", "released"}});
    state_->associations.Add({{"end", "aborted"}});
    for (const auto why : {ConnectionRefusal::TooMany, ConnectionRefusal::TlsHandshake,
                           ConnectionRefusal::NoRequest, ConnectionRefusal::Rejected})
        state_->turned_away.Add({{"reason", name_of(why)}});
}

Metrics::~Metrics() = default;

void Metrics::instance_received(std::uint64_t bytes, Kept kept) {
    state_->received.Add({{"kind", kept == Kept::New ? "new" : "duplicate"}}).Increment();
    state_->bytes.Add({}).Increment(static_cast<double>(bytes));
}

void Metrics::instance_refused(ErrorKind why) {
    state_->refused.Add({{"error", std::string(to_string(why))}}).Increment();
}

void Metrics::association_ended(AssociationEnd how) {
    state_->associations.Add({{"end", how == AssociationEnd::Released ? "released" : "aborted"}})
        .Increment();
}

void Metrics::connection_refused(ConnectionRefusal why) {
    state_->turned_away.Add({{"reason", name_of(why)}}).Increment();
}

void Metrics::instance_sent(const std::string& destination, SendResult result) {
    state_->sent.Add({{"destination", destination}, {"result", name_of(result)}}).Increment();
}

void Metrics::worker_started(const std::string& worker) {
    state_->workers.Add({{"worker", worker}}).Increment();
}

void Metrics::http_answered(int status) {
    state_->http.Add({{"status", std::to_string(status)}}).Increment();
}

std::string Metrics::render(const Gauges& gauges) {
    const std::lock_guard lock(state_->render_mutex);
    // States without jobs may be absent from the counts; their gauges must fall to 0.
    for (int state = 0; state <= static_cast<int>(JobState::Cancelled); ++state)
        state_->jobs.Add({{"state", std::string(to_string(static_cast<JobState>(state)))}}).Set(0);
    for (const auto& [state, count] : gauges.jobs)
        state_->jobs.Add({{"state", std::string(to_string(state))}})
            .Set(static_cast<double>(count));
    for (const auto& [name, is_alive] : gauges.workers_alive)
        state_->alive.Add({{"worker", name}}).Set(is_alive ? 1 : 0);
    state_->free.Set(static_cast<double>(gauges.free_bytes));
    state_->uptime.Set(gauges.uptime_s);
    state_->ready.Set(gauges.ready ? 1 : 0);
    return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace iqt::server
