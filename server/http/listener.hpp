// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stop_token>
#include <string>

#include "pipeline/core/result.hpp"
#include "server/http/message.hpp"

namespace iqt::server::http {

struct ListenerOptions {
    std::string address = "127.0.0.1";
    int port = 0;              ///< 0: any free one
    int max_connections = 64;  ///< further ones wait in the system's backlog
    std::uint32_t header_bytes_max = 8'192;
    std::uint64_t body_bytes_max = 65'536;
    int timeout_s = 10;  ///< for a request to come in and for its answer to be taken
};

/// The control plane: one thread with one event loop for HTTP/1.1 and for signals. A request over a
/// limit or that is no HTTP gets its status (400, 413, 431) and the connection ends.
class Listener {
  public:
    Listener(ListenerOptions options, Handler handler);
    ~Listener();

    /// Calls `on_signal` with the number of each signal of this list, from run's thread. Before
    /// run.
    void watch_signals(std::initializer_list<int> numbers, std::function<void(int)> on_signal);
    /// Binds. Errors: Config (address), Io (in use); named as the settings.
    Status listen();
    int port() const;
    /// Serves until stop is requested; what is being answered is cut off then.
    void run(std::stop_token stop);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace iqt::server::http
