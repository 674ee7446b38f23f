// SPDX-License-Identifier: Apache-2.0
#include "server/node.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "pipeline/log/log.hpp"
#include "server/configuration.hpp"
#include "server/exit_code.hpp"
#include "server/node_state.hpp"
#include "server/options.hpp"
#include "server/route_match.hpp"

namespace iqt::server {
namespace {

using log::Level;
namespace fs = std::filesystem;

// What is received in pieces belongs to nobody once its process is gone.
Status empty_incoming(const fs::path& folder) {
    std::error_code code;
    fs::remove_all(folder, code);
    fs::create_directories(folder, code);
    if (!code) fs::permissions(folder, fs::perms::owner_all, code);
    if (code)
        return fail(ErrorKind::Io, "cannot make the folder: " + code.message(), folder.string(),
                    "check the owner and the rights of node.data_dir");
    return {};
}

// Ends the process when draining takes longer than allowed. All that was acknowledged is durable,
// so leaving late work undone loses nothing; hanging for ever would.
class Watchdog {
  public:
    explicit Watchdog(int limit_s)
        : thread_([limit_s](std::stop_token stop) {
              std::mutex mutex;
              std::condition_variable_any never;
              std::unique_lock lock(mutex);
              never.wait_for(lock, stop, std::chrono::seconds(limit_s), [] { return false; });
              if (stop.stop_requested()) return;
              log::event(Level::Error, "stopped", {{"clean", false}, {"limit_s", limit_s}});
              std::_Exit(kFailed);
          }) {}

  private:
    std::jthread thread_;
};

}  // namespace

Node::Node(std::unique_ptr<State> state) : state_(std::move(state)) {}
Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::open(config::Config config, fs::path config_file,
                                         const Clock& clock) {
    auto state = std::make_unique<State>(std::move(config), std::move(config_file), clock);
    if (auto opened = state->open(); !opened) return fail(opened.error());
    return std::unique_ptr<Node>(new Node(std::move(state)));
}

Status Node::State::open() {
    // Writing to a worker or a peer that is gone must be an error, not the end of this process.
    std::signal(SIGPIPE, SIG_IGN);
    if (auto opened = open_store(); !opened) return opened;
    if (auto opened = open_workers(); !opened) return opened;
    return open_listeners();
}

Status Node::State::open_store() {
    queue::StoreOptions options = store_options(config, queue::Opener::Listener);
    options.notify = [this] { ring_all(); };
    options.first_priority = [this](const ReceivedInstance& about, const ObjectBytes& object) {
        return first_priority(routes(), about, object);
    };
    auto opened = queue::SqliteStore::open(std::move(options), clock);
    if (!opened) return fail(opened.error());
    store = *std::move(opened);
    sink = std::make_unique<MeteredSink>(*store, metrics);
    if (auto made = empty_incoming(incoming_folder(config)); !made) return made;
    ticks = std::make_unique<TickLoop>(*store, clock, [this] { wake_workers(); });
    return write_effective_config(config, effective_config_file(config));
}

std::vector<config::Route> Node::State::routes() {
    const std::lock_guard lock(mutex);
    return config.routes;
}

Status Node::State::open_workers() {
    packages = models::list_packages(models_folder(config));
    if (packages.packages.empty())
        return fail(ErrorKind::NotFound, "no usable model package is installed",
                    models_folder(config).string(), "set inference.models_dir or IQT_MODELS_DIR");
    auto program = find_worker_program();
    if (!program) return fail(program.error());
    for (std::size_t index = 0; index < config.inference.devices.size(); ++index) {
        auto slot = std::make_unique<WorkerSlot>();
        slot->device = config.inference.devices[index];
        WorkerProcess process;
        process.name = "worker-" + std::to_string(index);
        process.program = *program;
        process.arguments = {"run",       "--config",   effective_config_file(config).string(),
                             "--device",  slot->device, "--name",
                             process.name};
        const auto release = [this, name = process.name](queue::WorkerEnd end) {
            if (const auto released = store->release_worker(name, end); !released)
                log::event(Level::Error, "worker.leases_not_released", released.error(),
                           {{"worker", name}});
        };
        WorkerEvents events;
        // Also before a start: a predecessor of this name may have died together with its node.
        events.started = [this, release, name = process.name] {
            release(queue::WorkerEnd::WithNode);
            metrics.worker_started(name);
        };
        events.said = [this] { ring_all(); };
        events.gone = [this, release] {
            release(stopping() ? queue::WorkerEnd::WithNode : queue::WorkerEnd::ByItself);
            queue_changed();
        };
        slot->supervisor =
            std::make_unique<Supervisor>(std::move(process), std::move(events), clock);
        workers.push_back(std::move(slot));
    }
    return {};
}

Status Node::State::open_listeners() {
    if (auto read = read_sender_keys(config); !read) return read;
    scp = std::make_unique<dicom::net::StoreScp>(scp_options(config), *sink);
    if (auto bound = scp->listen(); !bound) return bound;
    api = std::make_unique<http::Api>(http::ApiSources{*store, *store, metrics,
                                                       [this] { return view(); },
                                                       [this] {
                                                           const std::lock_guard lock(mutex);
                                                           return packages;
                                                       },
                                                       [this] { queue_changed(); }});
    http::ListenerOptions options;
    options.address = config.http.address;
    options.port = config.http.port;
    options.max_connections = config.http.max_connections;
    options.body_bytes_max = static_cast<std::uint64_t>(config.http.request_bytes_max);
    options.timeout_s = config.http.timeout_s;
    http = std::make_unique<http::Listener>(
        std::move(options), [this](const http::Request& request) { return api->handle(request); });
    http->watch_signals({SIGTERM, SIGINT, SIGHUP}, [this](int number) { on_signal(number); });
    return http->listen();
}

void Node::State::start() {
    http_thread = std::jthread([this](std::stop_token stop) { http->run(std::move(stop)); });
    scp_thread = std::jthread([this](std::stop_token stop) { receive(std::move(stop)); });
    tick_thread = std::jthread([this](std::stop_token stop) { ticks->run(std::move(stop)); });
    for (const auto& slot : workers)
        slot->thread = std::jthread([supervisor = slot->supervisor.get()](std::stop_token stop) {
            supervisor->run(std::move(stop));
        });
    start_senders();
    const std::lock_guard lock(mutex);
    phase = Phase::Running;
    log_listening();
    if (config.dicom.allowed_peers.empty() && !config.dicom.accept_any_peer)
        log::event(Level::Warn, "config.nobody_admitted",
                   {{"hint", "add the senders to dicom.allowed_peers"}});
    log::event(Level::Info, "ready", {{"version", IQT_VERSION}});
}

// Under `mutex`.
void Node::State::log_listening() {
    const auto dicom = [this](const char* service, std::optional<int> port) {
        if (!port) return;
        log::event(Level::Info, "listening",
                   {{"service", service},
                    {"address", config.dicom.address},
                    {"port", *port},
                    {"ae_title", config.dicom.ae_title}});
    };
    dicom("dicom", scp->port());
    dicom("dicom_tls", scp->tls_port());
    log::event(Level::Info, "listening",
               {{"service", "http"}, {"address", config.http.address}, {"port", http->port()}});
}

bool Node::State::stopping() {
    const std::lock_guard lock(mutex);
    return phase == Phase::Stopping;
}

void Node::State::stop() {
    int shutdown_s = 0;
    {
        const std::lock_guard lock(mutex);
        phase = Phase::Stopping;
        shutdown_s = config.node.shutdown_s;
    }
    log::event(Level::Info, "stopping", {{"shutdown_s", shutdown_s}});
    const Watchdog watchdog(shutdown_s);
    // Workers are told at once, so that they use the time in which the listener drains.
    for (const auto& slot : workers) slot->thread.request_stop();
    scp_thread.request_stop();
    scp_thread.join();
    tick_thread.request_stop();
    tick_thread.join();
    const std::int64_t kill_at = clock.steady_ms() + shutdown_s * 1000 / 3;
    std::jthread killer([this, kill_at](std::stop_token done) {
        Bell bell;
        bell.rest(done, std::max<std::int64_t>(0, kill_at - clock.steady_ms()));
        if (done.stop_requested()) return;
        for (const auto& slot : workers) slot->supervisor->kill();
    });
    for (const auto& slot : workers) slot->thread.join();
    killer.request_stop();
    decltype(senders) ending;
    {
        const std::lock_guard lock(mutex);
        ending.swap(senders);
    }
    for (const auto& [name, sender] : ending) sender->thread.request_stop();
    ending.clear();
    http_thread.request_stop();
    http_thread.join();
}

int Node::run() {
    state_->start();
    while (true) {
        const auto number = state_->next_signal();
        if (number == SIGHUP)
            state_->reload();
        else
            break;
    }
    state_->stop();
    state_->store.reset();
    log::event(Level::Info, "stopped", {{"clean", true}});
    return kDone;
}

}  // namespace iqt::server
