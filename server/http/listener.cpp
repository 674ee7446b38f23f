// SPDX-License-Identifier: Apache-2.0
#include "server/http/listener.hpp"

#include <optional>
#include <utility>

#include "pipeline/log/log.hpp"
#include "server/http/asio.hpp"
#include "server/http/connection.hpp"

namespace iqt::server::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kAcceptPauseMs = 200;

}  // namespace

struct Listener::State {
    State(ListenerOptions o, Handler h)
        : options(std::move(o)),
          handler(std::move(h)),
          acceptor(context),
          pause(context),
          signals(context) {}

    Status bind();
    void accept();
    void on_accept(boost::system::error_code code, tcp::socket socket);
    void connection_ended();
    void wait_for_signal();

    ListenerOptions options;
    Handler handler;
    std::function<void(int)> on_signal;
    // One thread runs this context: it is the strand of everything below.
    asio::io_context context{1};
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    asio::signal_set signals;
    int connections = 0;
    bool accepting = false;
    bool stopping = false;
    int port = 0;
};

Status Listener::State::bind() {
    boost::system::error_code code;
    const auto address = asio::ip::make_address(options.address, code);
    if (code)
        return fail(ErrorKind::Config, "not a numeric address", "/http/address",
                    "for example 127.0.0.1");
    const tcp::endpoint endpoint(address, static_cast<unsigned short>(options.port));
    acceptor.open(endpoint.protocol(), code);
    if (!code) acceptor.set_option(tcp::acceptor::reuse_address(true), code);
    if (!code) acceptor.bind(endpoint, code);
    if (!code) acceptor.listen(asio::socket_base::max_listen_connections, code);
    if (code)
        return fail(ErrorKind::Io,
                    "cannot listen on port " + std::to_string(options.port) + ": " + code.message(),
                    "/http/port", "choose another port, or 0 for any free one");
    port = acceptor.local_endpoint().port();
    return {};
}

void Listener::State::accept() {
    if (accepting || stopping || connections >= options.max_connections) return;
    accepting = true;
    acceptor.async_accept([this](boost::system::error_code code, tcp::socket socket) {
        accepting = false;
        on_accept(code, std::move(socket));
    });
}

void Listener::State::on_accept(boost::system::error_code code, tcp::socket socket) {
    if (stopping || code == asio::error::operation_aborted) return;
    if (code) {  // out of descriptors, most likely: try again a little later, not at once
        pause.expires_after(std::chrono::milliseconds(kAcceptPauseMs));
        pause.async_wait([this](boost::system::error_code) { accept(); });
        return;
    }
    ++connections;
    std::make_shared<Connection>(std::move(socket), options, handler, [this] {
        connection_ended();
    })->start();
    accept();
}

void Listener::State::connection_ended() {
    --connections;
    if (!stopping) accept();
}

void Listener::State::wait_for_signal() {
    signals.async_wait([this](boost::system::error_code code, int number) {
        if (code) return;
        on_signal(number);
        wait_for_signal();
    });
}

Listener::Listener(ListenerOptions options, Handler handler)
    : state_(std::make_shared<State>(std::move(options), std::move(handler))) {}

Listener::~Listener() = default;

void Listener::watch_signals(std::initializer_list<int> numbers,
                             std::function<void(int)> on_signal) {
    state_->on_signal = std::move(on_signal);
    for (const int number : numbers) state_->signals.add(number);
    state_->wait_for_signal();
}

Status Listener::listen() {
    return state_->bind();
}

int Listener::port() const {
    return state_->port;
}

void Listener::run(std::stop_token stop) {
    State& state = *state_;
    const std::stop_callback on_stop(stop, [&state] {
        asio::post(state.context, [&state] {
            state.stopping = true;
            state.context.stop();
        });
    });
    asio::post(state.context, [&state] { state.accept(); });
    while (!state.context.stopped()) {
        try {
            state.context.run();
        } catch (const std::exception& caught) {  // the one catch of this thread
            log::event(log::Level::Error, "http.failed",
                       Error{ErrorKind::Internal, caught.what(), "http", "report this"});
        }
    }
    state.stopping = true;  // connections that end with the context must not accept again
}

}  // namespace iqt::server::http
