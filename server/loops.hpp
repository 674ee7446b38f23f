// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "pipeline/core/clock.hpp"
#include "pipeline/core/delivery.hpp"
#include "pipeline/core/ports.hpp"
#include "pipeline/queue/stores.hpp"
#include "server/bell.hpp"
#include "server/metrics.hpp"

/// The node's two kinds of clockwork. Each loop is one thread; it waits for its bell, for the next
/// deadline in the store, or for `longest_wait_ms` (what another process changed rings no bell).
namespace iqt::server {

struct LoopTimes {
    std::int64_t longest_wait_ms = 2'000;
    std::int64_t shortest_round_ms = 50;  ///< a burst of rings is answered once
    std::int64_t after_error_ms = 5'000;
    std::int64_t forget_every_ms = 3'600'000;
};

/// Settles series, ends expired leases, makes failed jobs ready again; calls `made_ready` after
/// each round that may have given the workers something to do. From time to time it has the store
/// forget what was delivered long ago.
class TickLoop {
  public:
    TickLoop(queue::JobStore& jobs, const Clock& clock, std::function<void()> made_ready,
             LoopTimes times = {});
    void run(std::stop_token stop);
    Bell& bell() { return bell_; }

  private:
    std::int64_t round();  ///< returns how long to wait at most
    void forget_old();

    queue::JobStore& jobs_;
    const Clock& clock_;
    std::function<void()> made_ready_;
    LoopTimes times_;
    std::int64_t forget_at_steady_ms_ = 0;
    Bell bell_;
};

/// What a delivery loop uses; all of it outlives the loop.
struct DeliveryParts {
    queue::DeliveryStore& store;
    Deliverer& deliverer;
    /// Whether a delivery may still go out: asked right before each instance, so that nothing
    /// leaves that a correction has withdrawn meanwhile.
    std::function<Result<bool>(std::int64_t delivery_id)> may_send;
    Metrics& metrics;
    const Clock& clock;
};

/// Sends what is due to one destination.
class DeliveryLoop {
  public:
    DeliveryLoop(Destination destination, DeliveryParts parts, LoopTimes times = {});
    void run(std::stop_token stop);
    Bell& bell() { return bell_; }
    const Destination& destination() const { return destination_; }

  private:
    std::int64_t round(std::stop_token stop);
    bool send(const queue::DeliveryStore::Batch& batch, std::stop_token stop);
    bool still_wanted(std::int64_t delivery_id);

    Destination destination_;
    DeliveryParts parts_;
    LoopTimes times_;
    Bell bell_;
};

}  // namespace iqt::server
