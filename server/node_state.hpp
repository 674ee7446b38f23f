// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dicom/net/store_scp.hpp"
#include "dicom/net/store_scu.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "server/http/api.hpp"
#include "server/http/listener.hpp"
#include "server/loops.hpp"
#include "server/metered_sink.hpp"
#include "server/metrics.hpp"
#include "server/node.hpp"
#include "server/supervisor.hpp"

namespace iqt::server {

/// One destination's sender and its thread.
struct Sender {
    Sender(Destination destination, const DeliveryParts& parts)
        : loop(std::move(destination), parts),
          thread([this](std::stop_token stop) { loop.run(std::move(stop)); }) {}
    DeliveryLoop loop;
    std::jthread thread;  // last: stops before the loop goes
};

/// One worker's supervisor; its thread starts with the node.
struct WorkerSlot {
    std::string device;
    std::unique_ptr<Supervisor> supervisor;
    std::jthread thread;
};

enum class Phase { Starting, Running, Stopping };

/// Everything that a node owns, in the order in which it is built. Lock order: `mutex` is held for
/// look-ups only, never during a call into a room.
struct Node::State {
    State(config::Config c, std::filesystem::path file, const Clock& k)
        : config(std::move(c)), config_file(std::move(file)), clock(k), started_ms(k.steady_ms()) {}

    Status open();
    Status open_store();
    Status open_workers();
    Status open_listeners();
    void start();
    void reload();
    void stop();

    void receive(std::stop_token stop);
    void start_senders();
    Status read_sender_keys(const config::Config& now);
    void admit(const config::Config& now);
    void log_listening();
    void ring_all();
    void wake_workers();
    void queue_changed();
    http::NodeView view();
    void on_signal(int number);
    bool stopping();
    std::vector<config::Route> routes();  ///< as they are now
    std::optional<int> next_signal();     ///< blocks; the number of the signal

    config::Config config;  // guarded by mutex after start
    const std::filesystem::path config_file;
    const Clock& clock;
    const std::int64_t started_ms;

    Metrics metrics;
    std::unique_ptr<queue::SqliteStore> store;
    std::unique_ptr<MeteredSink> sink;
    std::unique_ptr<dicom::net::StoreScp> scp;
    std::unique_ptr<TickLoop> ticks;
    dicom::net::StoreScu scu;
    std::unique_ptr<http::Api> api;
    std::unique_ptr<http::Listener> http;

    std::mutex mutex;
    std::condition_variable signalled;
    std::vector<int> signals;                                // guarded by mutex
    Phase phase = Phase::Starting;                           // guarded by mutex
    models::PackageList packages;                            // guarded by mutex
    std::map<std::string, std::unique_ptr<Sender>> senders;  // guarded by mutex
    std::vector<std::unique_ptr<WorkerSlot>> workers;        // constant after open

    std::atomic<bool> listening{false};
    std::jthread scp_thread, tick_thread, http_thread;
};

}  // namespace iqt::server
