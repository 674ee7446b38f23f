// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/store_scp.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dicom/instance_header.hpp"
#include "dicom/net/scp_association.hpp"
#include "pipeline/core/assert.hpp"
#include "pipeline/log/log.hpp"

namespace iqt::dicom::net {
namespace {

// Connections that are not associations yet, or will be rejected.
constexpr int kSpareConnections = 16;
constexpr int kRetryAccept_ms = 200;  // after running out of descriptors or memory
constexpr int kLookAround_ms = 500;   // between two looks at what is overdue

Status check(const StoreScpOptions& options) {
    const auto positive = [](std::string_view setting, std::int64_t value) -> Status {
        if (value > 0) return {};
        return fail(ErrorKind::Config, "must be greater than 0", std::string(setting));
    };
    for (const auto& [setting, value] :
         std::initializer_list<std::pair<std::string_view, std::int64_t>>{
             {"max_associations", options.max_associations},
             {"acse_timeout_s", options.acse_timeout_s},
             {"dimse_timeout_s", options.dimse_timeout_s},
             {"object_timeout_s", options.object_timeout_s},
             {"socket_timeout_s", options.socket_timeout_s},
             {"object_bytes_max", static_cast<std::int64_t>(options.object.object_bytes_max)}})
        if (auto good = positive(setting, value); !good) return good;
    if (options.max_pdu_bytes < ASC_MINIMUMPDUSIZE || options.max_pdu_bytes > ASC_MAXIMUMPDUSIZE)
        return fail(ErrorKind::Config, "must be between 4096 and 131072", "max_pdu_bytes");
    if (options.object.object_bytes_max > options.object.memory_bytes &&
        ::access(options.object.spill_dir.c_str(), W_OK | X_OK) != 0)
        return fail(ErrorKind::Config, "folder for large objects: " + errno_text(errno),
                    options.object.spill_dir.string(), "create it, writable for the node");
    return {};
}

// Prefix of association ids: unlike that of an earlier process, as far as anybody looks.
std::string new_id_prefix() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) + "-";
}

/// The connection threads, and a second name of each socket to end it by.
class Connections {
  public:
    ~Connections() { wait(std::chrono::seconds(0)); }

    /// Runs `serve` on a thread of its own; false where there are too many already.
    template <class Serve>
    bool start(Connection connection, int most, Serve serve) {
        reap();
        const std::lock_guard lock(mutex_);
        if (static_cast<int>(entries_.size()) >= most) return false;
        UniqueFd name(::fcntl(connection.socket.get(), F_DUPFD_CLOEXEC, 0));
        if (!name) return false;
        auto entry = entries_.emplace(entries_.end());
        entry->socket = std::move(name);
        try {
            entry->thread =
                std::thread([this, entry, serve, taken = std::move(connection)]() mutable {
                    serve(std::move(taken), entry->watch);
                    const std::lock_guard done(mutex_);
                    entry->socket.reset();  // or the peer would not see the connection end
                    entry->done = true;
                    changed_.notify_all();
                });
        } catch (const std::system_error&) {
            entries_.erase(entry);
            return false;
        }
        return true;
    }

    /// Shuts the sockets of all that do not get on; how many there were.
    int cut_overdue() {
        const std::lock_guard lock(mutex_);
        int cut = 0;
        for (Entry& entry : entries_)
            if (!entry.done && entry.watch.overdue()) {
                entry.watch.rest();
                ::shutdown(entry.socket.get(), SHUT_RD);
                ++cut;
            }
        return cut;
    }

    /// Lets all finish for `patience`, then shuts their sockets for reading, which each of them
    /// takes as the end of its connection, and joins them.
    void wait(std::chrono::seconds patience) {
        std::unique_lock lock(mutex_);
        const auto all_done = [&] {
            return std::ranges::all_of(entries_, [](const Entry& e) { return e.done; });
        };
        changed_.wait_for(lock, patience, all_done);
        for (const Entry& entry : entries_)
            if (!entry.done) ::shutdown(entry.socket.get(), SHUT_RD);
        changed_.wait(lock, all_done);
        lock.unlock();
        reap();
    }

  private:
    struct Entry {
        UniqueFd socket;
        std::thread thread;
        Watch watch;
        bool done = false;
    };

    void reap() {
        std::list<Entry> finished;
        {
            const std::lock_guard lock(mutex_);
            for (auto entry = entries_.begin(); entry != entries_.end();) {
                const auto next = std::next(entry);
                if (entry->done) finished.splice(finished.end(), entries_, entry);
                entry = next;
            }
        }
        for (Entry& entry : finished) entry.thread.join();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::list<Entry> entries_;
};

}  // namespace

struct StoreScp::State {
    State(StoreScpOptions o, InstanceSink& s) : options(std::move(o)), sink(s) {}

    /// False where the process has run out of something that a connection needs.
    bool accept_one(ScpShared& shared, Connections& connections);

    const StoreScpOptions options;
    InstanceSink& sink;
    Listener listener;
    std::optional<AssociationPolicy> policy;
    std::optional<AcceptorNetwork> network;
    const std::string id_prefix = new_id_prefix();
    std::uint64_t next_id = 1;
};

StoreScp::StoreScp(StoreScpOptions options, InstanceSink& sink)
    : state_(std::make_unique<State>(std::move(options), sink)) {}
StoreScp::~StoreScp() = default;

int StoreScp::port() const {
    return state_->listener.port;
}

Status StoreScp::listen() {
    const StoreScpOptions& options = state_->options;
    if (auto good = check(options); !good) return good;
    auto policy = AssociationPolicy::make(options.policy);
    if (!policy) return fail(policy.error());
    initialise();
    auto listener = open_listener(options.address, options.port);
    if (!listener) return fail(listener.error());
    auto network =
        AcceptorNetwork::open(*listener, {options.acse_timeout_s, options.socket_timeout_s});
    if (!network) return fail(network.error());
    state_->policy = std::move(*policy);
    state_->network = std::move(*network);
    state_->listener = std::move(*listener);
    return {};
}

bool StoreScp::State::accept_one(ScpShared& shared, Connections& connections) {
    auto connection = accept_connection(listener);
    if (!connection) {
        if (connection.error().kind == ErrorKind::NotFound) return true;
        log::event(log::Level::Error, "connection.failed", connection.error());
        return false;
    }
    const std::string id = id_prefix + std::to_string(next_id++);
    const std::string address = connection->peer_address;
    const auto serve = [&shared, id](Connection taken, Watch& watch) {
        serve_connection(shared, std::move(taken), id, watch);
    };
    if (!connections.start(std::move(*connection), options.max_associations + kSpareConnections,
                           serve))
        log::event(log::Level::Warn, "connection.closed",
                   {{"address", address}, {"reason", "too many connections"}});
    return true;
}

void StoreScp::run(std::stop_token stop) {
    State& state = *state_;
    IQT_ASSERT(state.network && state.policy);
    const UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    IQT_ASSERT(wake);
    const std::stop_callback on_stop(stop, [&] { ::eventfd_write(wake.get(), 1); });

    ScpShared shared{state.options, *state.policy, *state.network, state.sink};
    Connections connections;  // ends before what it uses
    bool starved = false;
    while (!stop.stop_requested()) {
        std::array<pollfd, 2> waiting{pollfd{wake.get(), POLLIN, 0},
                                      pollfd{state.listener.socket.get(), POLLIN, 0}};
        // What was missing does not come back at once: leave connections alone for a moment.
        const int ready = starved ? ::poll(waiting.data(), 1, kRetryAccept_ms)
                                  : ::poll(waiting.data(), waiting.size(), kLookAround_ms);
        if (ready < 0 && errno != EINTR) break;
        starved = false;
        if ((waiting[1].revents & POLLIN) != 0 && !stop.stop_requested())
            starved = !state.accept_one(shared, connections);
        if (const int cut = connections.cut_overdue(); cut > 0)
            log::event(log::Level::Warn, "connection.cut",
                       {{"count", cut}, {"reason", "took longer than its time limit"}});
    }
    ::shutdown(state.listener.socket.get(), SHUT_RDWR);  // new connections are refused from here
    connections.wait(std::chrono::seconds(state.options.drain_s));
    state.network.reset();
    state.listener.socket.reset();
    log::event(log::Level::Info, "listening.ended", {{"service", "dicom"}});
}

}  // namespace iqt::dicom::net
