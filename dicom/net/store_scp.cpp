// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/store_scp.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

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

    /// One listening socket.
    struct Door {
        Listener listener;
        bool tls = false;
    };
    enum class Look { Fine, Starved, Broken };

    Status open_ports();
    std::optional<int> port(bool tls) const {
        for (const Door& door : doors)
            if (door.tls == tls) return door.listener.port;
        return std::nullopt;
    }
    Result<std::shared_ptr<const Admission>> make_admission(const AssociationPolicyOptions& policy,
                                                            const TlsFiles& files) const;
    std::shared_ptr<const Admission> admission_now() {
        const std::lock_guard lock(mutex);
        return admission;
    }
    /// False where the process has run out of something that a connection needs.
    bool accept_one(const Door& door, ScpShared& shared, Connections& connections);
    /// What waits at the doors is let in or turned away. Starved: as where `accept_one` is false.
    Look look_at_doors(int wake, bool starved, ScpShared& shared, Connections& connections);

    const StoreScpOptions options;
    InstanceSink& sink;
    std::vector<Door> doors;
    std::optional<AcceptorNetwork> network;
    std::mutex mutex;
    std::shared_ptr<const Admission> admission;  // guarded by mutex
    const std::string id_prefix = new_id_prefix();
    std::uint64_t next_id = 1;
};

StoreScp::StoreScp(StoreScpOptions options, InstanceSink& sink)
    : state_(std::make_unique<State>(std::move(options), sink)) {}
StoreScp::~StoreScp() = default;

std::optional<int> StoreScp::port() const {
    return state_->port(false);
}

std::optional<int> StoreScp::tls_port() const {
    return state_->port(true);
}

Result<std::shared_ptr<const Admission>> StoreScp::State::make_admission(
    const AssociationPolicyOptions& policy_options, const TlsFiles& files) const {
    auto policy = AssociationPolicy::make(policy_options);
    if (!policy) return fail(policy.error());
    std::shared_ptr<const TlsContext> tls;
    if (options.tls) {
        auto loaded =
            TlsContext::load(files, options.tls->require_certificate ? TlsSide::Listener
                                                                     : TlsSide::ListenerOfAnybody);
        if (!loaded) return fail(loaded.error());
        tls = *std::move(loaded);
    }
    return std::make_shared<const Admission>(Admission{*std::move(policy), std::move(tls)});
}

Status StoreScp::State::open_ports() {
    const auto open = [this](int port, bool tls) -> Status {
        auto listener = open_listener(options.address, port);
        if (!listener) return fail(listener.error());
        doors.push_back({*std::move(listener), tls});
        return {};
    };
    if (!options.port && !options.tls)
        return fail(ErrorKind::Config, "no port to listen on, neither with TLS nor without");
    if (options.port)
        if (auto opened = open(*options.port, false); !opened) return opened;
    if (options.tls)
        if (auto opened = open(options.tls->port, true); !opened) return opened;
    return {};
}

Status StoreScp::listen() {
    const StoreScpOptions& options = state_->options;
    if (auto good = check(options); !good) return good;
    initialise();
    auto admission =
        state_->make_admission(options.policy, options.tls ? options.tls->files : TlsFiles{});
    if (!admission) return fail(admission.error());
    if (auto opened = state_->open_ports(); !opened) return opened;
    auto network = AcceptorNetwork::open(state_->doors.front().listener,
                                         {options.acse_timeout_s, options.socket_timeout_s});
    if (!network) return fail(network.error());
    state_->admission = *std::move(admission);
    state_->network = std::move(*network);
    return {};
}

Status StoreScp::admit(const AssociationPolicyOptions& policy, const TlsFiles& files) {
    auto admission = state_->make_admission(policy, files);
    if (!admission) return fail(admission.error());
    const std::lock_guard lock(state_->mutex);
    state_->admission = *std::move(admission);
    return {};
}

bool StoreScp::State::accept_one(const Door& door, ScpShared& shared, Connections& connections) {
    auto connection = accept_connection(door.listener);
    if (!connection) {
        if (connection.error().kind == ErrorKind::NotFound) return true;
        log::event(log::Level::Error, "connection.failed", connection.error());
        return false;
    }
    connection->tls = door.tls;
    const std::string id = id_prefix + std::to_string(next_id++);
    const std::string address = connection->peer_address;
    const auto serve = [&shared, id, now = admission_now()](Connection taken, Watch& watch) {
        serve_connection(shared, *now, std::move(taken), id, watch);
    };
    if (!connections.start(std::move(*connection), options.max_associations + kSpareConnections,
                           serve)) {
        sink.connection_refused(ConnectionRefusal::TooMany);
        log::event(log::Level::Warn, "connection.closed",
                   {{"address", address}, {"reason", "too many connections"}});
    }
    return true;
}

StoreScp::State::Look StoreScp::State::look_at_doors(int wake, bool starved, ScpShared& shared,
                                                     Connections& connections) {
    std::vector<pollfd> waiting{{wake, POLLIN, 0}};
    // What was missing does not come back at once: leave connections alone for a moment.
    if (!starved)
        for (const Door& door : doors) waiting.push_back({door.listener.socket.get(), POLLIN, 0});
    const int ready =
        ::poll(waiting.data(), waiting.size(), starved ? kRetryAccept_ms : kLookAround_ms);
    if (ready < 0 && errno != EINTR) return Look::Broken;
    if (ready <= 0 || waiting.front().revents != 0) return Look::Fine;
    bool good = true;
    for (std::size_t i = 1; i < waiting.size(); ++i)
        if ((waiting[i].revents & POLLIN) != 0)
            good = accept_one(doors[i - 1], shared, connections) && good;
    return good ? Look::Fine : Look::Starved;
}

void StoreScp::run(std::stop_token stop) {
    State& state = *state_;
    IQT_ASSERT(state.network && state.admission);
    const UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    IQT_ASSERT(wake);
    const std::stop_callback on_stop(stop, [&] { ::eventfd_write(wake.get(), 1); });

    ScpShared shared{state.options, *state.network, state.sink};
    Connections connections;  // ends before what it uses
    auto last = State::Look::Fine;
    while (!stop.stop_requested() && last != State::Look::Broken) {
        last = state.look_at_doors(wake.get(), last == State::Look::Starved, shared, connections);
        if (const int cut = connections.cut_overdue(); cut > 0)
            log::event(log::Level::Warn, "connection.cut",
                       {{"count", cut}, {"reason", "took longer than its time limit"}});
    }
    // New connections are refused from here.
    for (const auto& door : state.doors) ::shutdown(door.listener.socket.get(), SHUT_RDWR);
    connections.wait(std::chrono::seconds(state.options.drain_s));
    state.network.reset();
    for (auto& door : state.doors) door.listener.socket.reset();
    log::event(log::Level::Info, "listening.ended", {{"service", "dicom"}});
}

}  // namespace iqt::dicom::net
