// SPDX-License-Identifier: Apache-2.0
// What happens in a running node: rings, signals, its view of itself, a new configuration.
#include <algorithm>
#include <csignal>
#include <utility>

#include "config/load.hpp"
#include "pipeline/log/log.hpp"
#include "server/configuration.hpp"
#include "server/node_state.hpp"
#include "server/options.hpp"

namespace iqt::server {
namespace {

using log::Level;

constexpr const char* phase_name(Phase phase) {
    switch (phase) {
        case Phase::Starting:
            return "starting";
        case Phase::Running:
            return "running";
        case Phase::Stopping:
            return "stopping";
    }
    return "starting";
}

bool is_live(const std::string& section) {
    return section == "routes" || section == "destinations" || section == "log" ||
           section == "inference";
}

bool same(const Destination& a, const Destination& b) {
    return a.ae_title == b.ae_title && a.address == b.address && a.port == b.port &&
           a.own_ae_title == b.own_ae_title && a.timeout_s == b.timeout_s && a.tls == b.tls;
}

// The running configuration with those sections of the new one that can change while it runs.
config::Config merged(const config::Config& running, const config::Config& fresh) {
    config::Config config = running;
    config.routes = fresh.routes;
    config.destinations = fresh.destinations;
    config.log = fresh.log;
    config.dicom.allowed_peers = fresh.dicom.allowed_peers;
    config.dicom.accept_any_peer = fresh.dicom.accept_any_peer;
    config.dicom.tls.certificate = fresh.dicom.tls.certificate;
    config.dicom.tls.private_key = fresh.dicom.tls.private_key;
    config.dicom.tls.trusted = fresh.dicom.tls.trusted;
    config.dicom.tls.crl = fresh.dicom.tls.crl;
    config.inference = fresh.inference;
    // Processes and store are made for these.
    config.inference.devices = running.inference.devices;
    config.inference.attempts_max = running.inference.attempts_max;
    config.inference.interruptions_max = running.inference.interruptions_max;
    return config;
}

// What can change now may contradict what cannot (pinned certificates before TLS is on, say): then
// the whole waits for the restart.
bool is_consistent(const config::Config& config) {
    const auto again = config::parse(config::to_json(config));
    if (again) return true;
    for (const config::Problem& problem : again.error())
        log::event(Level::Error, "config.problem",
                   {{"pointer", problem.pointer}, {"what", problem.what}});
    return false;
}

void log_what_needs_a_restart(const config::Config& running, const config::Config& fresh) {
    for (const std::string& section : config::changed_sections(merged(running, fresh), fresh))
        if (!is_live(section))
            log::event(Level::Warn, "config.restart_needed", {{"section", section}});
    if (running.inference.devices != fresh.inference.devices ||
        running.inference.attempts_max != fresh.inference.attempts_max ||
        running.inference.interruptions_max != fresh.inference.interruptions_max)
        log::event(Level::Warn, "config.restart_needed",
                   {{"section", "inference (devices, attempts_max, interruptions_max)"}});
    for (const auto& [name, destination] : fresh.destinations) {
        const auto before = running.destinations.find(name);
        const config::Retry old =
            before == running.destinations.end() ? config::Retry{} : before->second.retry;
        const config::Retry& now = destination.retry;
        if (old.first_s != now.first_s || old.longest_s != now.longest_s ||
            old.attempts_max != now.attempts_max)
            log::event(Level::Warn, "config.restart_needed",
                       {{"section", "destinations." + name + ".retry"}});
    }
}

}  // namespace

void Node::State::ring_all() {
    if (ticks) ticks->bell().ring();
    const std::lock_guard lock(mutex);
    for (const auto& [name, sender] : senders) sender->loop.bell().ring();
}

// A node without its listener is of no use: it ends, and whatever started it starts it again.
void Node::State::receive(std::stop_token stop) {
    listening = true;
    scp->run(stop);
    listening = false;
    if (stop.stop_requested()) return;
    log::event(Level::Error, "listener.ended", {{"hint", "the node stops; see the lines above"}});
    on_signal(SIGTERM);
}

void Node::State::wake_workers() {
    for (const auto& slot : workers) slot->supervisor->wake();
}

void Node::State::queue_changed() {
    ring_all();
    wake_workers();
}

void Node::State::on_signal(int number) {
    {
        const std::lock_guard lock(mutex);
        signals.push_back(number);
    }
    signalled.notify_one();
}

std::optional<int> Node::State::next_signal() {
    std::unique_lock lock(mutex);
    signalled.wait(lock, [this] { return !signals.empty(); });
    // A stop overtakes whatever else waits.
    const auto stop =
        std::find_if(signals.begin(), signals.end(), [](int number) { return number != SIGHUP; });
    const auto chosen = stop != signals.end() ? stop : signals.begin();
    const int number = *chosen;
    signals.erase(chosen);
    return number;
}

http::NodeView Node::State::view() {
    http::NodeView view;
    std::error_code code;
    {
        const std::lock_guard lock(mutex);
        view.state = phase_name(phase);
        view.ae_title = config.dicom.ae_title;
        for (const auto& [name, destination] : config.destinations)
            view.destinations.emplace_back(name, destination);
        const auto space = std::filesystem::space(config.node.data_dir, code);
        if (!code) view.free_bytes = static_cast<std::int64_t>(space.available);
    }
    view.listening = listening;
    view.dicom_port = scp->port().value_or(0);
    view.uptime_s = static_cast<double>(clock.steady_ms() - started_ms) / 1000.0;
    for (const auto& slot : workers)
        view.workers.push_back({slot->supervisor->name(), slot->device, slot->supervisor->ready(),
                                slot->supervisor->starts()});
    return view;
}

// Makes the running senders equal to the configured destinations. Called from one thread at a time.
void Node::State::start_senders() {
    std::map<std::string, Destination> wanted;
    decltype(senders) ending;
    {
        const std::lock_guard lock(mutex);
        for (const auto& [name, unused] : config.destinations)
            wanted.emplace(name, destination_of(config, name));
        for (auto sender = senders.begin(); sender != senders.end();) {
            const auto found = wanted.find(sender->first);
            if (found != wanted.end() && same(found->second, sender->second->loop.destination())) {
                wanted.erase(found);
                ++sender;
            } else {
                ending.insert(senders.extract(sender++));
            }
        }
    }
    ending.clear();  // joins: two senders of one destination never run at the same time
    const DeliveryParts parts{*store, scu, [this](std::int64_t id) { return store->may_send(id); },
                              metrics, clock};
    for (auto& [name, destination] : wanted) {
        auto sender = std::make_unique<Sender>(std::move(destination), parts);
        const std::lock_guard lock(mutex);
        senders.emplace(name, std::move(sender));
    }
}

Status Node::State::read_sender_keys(const config::Config& now) {
    for (const auto& [name, destination] : now.destinations)
        if (destination.tls.enabled)
            if (auto read = scu.use_tls(name, sender_tls_files(now, name)); !read) return read;
    return {};
}

// The files were found in order a moment ago. One that has changed since leaves what was in use.
void Node::State::admit(const config::Config& now) {
    if (const auto read = read_sender_keys(now); !read)
        log::event(Level::Error, "tls.not_reloaded", read.error());
    if (const auto let = scp->admit(policy_options(now), listener_tls_files(now)); !let)
        log::event(Level::Error, "tls.not_reloaded", let.error());
}

void Node::State::reload() {
    auto fresh = reread_config(config_file);
    if (!fresh) {
        log::event(Level::Error, "config.not_applied",
                   {{"hint", "correct the problems above; the node goes on as it was"}});
        return;
    }
    log_what_needs_a_restart(config, *fresh);
    const config::Config applied = merged(config, *fresh);
    if (!is_consistent(applied)) {
        log::event(Level::Error, "config.not_applied",
                   {{"hint", "these changes need a restart; the node goes on as it was"}});
        return;
    }
    const auto changed = config::changed_sections(config, applied);
    if (auto written = write_effective_config(applied, effective_config_file(config)); !written) {
        log::event(Level::Error, "config.not_applied", written.error());
        return;
    }
    auto found = models::list_packages(models_folder(applied));
    {
        const std::lock_guard lock(mutex);
        config = applied;
        packages = std::move(found);
    }
    log::set_level(applied.log.level);
    admit(applied);
    start_senders();
    // Workers read routes and models once, at their start; the job in hand is given back.
    for (const auto& slot : workers) slot->supervisor->restart();
    std::string sections;
    for (const std::string& section : changed) sections += (sections.empty() ? "" : ",") + section;
    log::event(Level::Info, "config.applied", {{"changed", sections}});
}

}  // namespace iqt::server
