// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "config/config.hpp"
#include "pipeline/core/clock.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::server {

/// The composition root of `serve`: builds the rooms in flow order, owns their threads, and stops
/// them in the same order - listener (running associations are drained), clockwork, workers (they
/// finish or give back their lease), senders, HTTP, store. Threads: listener, clockwork, one
/// supervisor per worker, one sender per destination, HTTP with the signals.
class Node {
  public:
    /// Opens the data folder and binds both ports; no thread runs yet. `config_file` is read again
    /// at SIGHUP. Errors: Config, Conflict (another node uses the folder), Io, NotFound (worker
    /// program or model packages); each names the setting.
    static Result<std::unique_ptr<Node>> open(config::Config config,
                                              std::filesystem::path config_file,
                                              const Clock& clock);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    /// Serves until SIGTERM or SIGINT, then drains for at most `node.shutdown_s`. SIGHUP applies
    /// what can change in a running node (routes, destinations, inference, log level, who may open
    /// associations) and reads certificates and keys again, for new associations; it logs what
    /// needs a restart. Where anything is wrong nothing changes. Returns an exit code.
    int run();

  private:
    struct State;
    explicit Node(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace iqt::server
