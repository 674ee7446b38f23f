// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

#include "pipeline/log/log.hpp"
#include "server/loops.hpp"

namespace iqt::server {
namespace {

using log::Level;

}  // namespace

DeliveryLoop::DeliveryLoop(Destination destination, DeliveryParts parts, LoopTimes times)
    : destination_(std::move(destination)), parts_(std::move(parts)), times_(times) {}

bool DeliveryLoop::still_wanted(std::int64_t delivery_id) {
    const auto wanted = parts_.may_send(delivery_id);
    if (!wanted) log::event(Level::Error, "delivery.not_checked", wanted.error());
    return wanted && *wanted;
}

// Returns whether every outcome reached the store. The association is cut before the first
// instance that may no longer go out; what is left is looked up afresh in the next round.
bool DeliveryLoop::send(const queue::DeliveryStore::Batch& batch, std::stop_token stop) {
    if (batch.instances.empty() || !still_wanted(batch.instances.front().delivery_id)) return false;
    std::stop_source cut;
    const std::stop_callback forward(stop, [&cut] { cut.request_stop(); });
    std::size_t accepted = 0, answered = 0, stored = 0;
    std::string message;
    parts_.deliverer.send(
        destination_, batch.instances, cut.get_token(), [&](const SendOutcome& outcome) {
            ++answered;
            // After a cut the rest is reported as transient although nobody was asked: no attempt.
            if (cut.stop_requested() && outcome.result == SendResult::Transient) return;
            if (outcome.result == SendResult::Accepted)
                ++accepted;
            else
                message = outcome.message;
            parts_.metrics.instance_sent(destination_.name, outcome.result);
            if (const Status kept = parts_.store.record(outcome); kept)
                ++stored;
            else
                log::event(Level::Error, "delivery.not_recorded", kept.error(),
                           {{"job", batch.job}, {"destination", destination_.name}});
            const bool more = answered < batch.instances.size();
            if (more && !still_wanted(batch.instances[answered].delivery_id)) cut.request_stop();
        });
    const bool all = accepted == batch.instances.size();
    log::event(all ? Level::Info : Level::Warn, all ? "delivery.accepted" : "delivery.incomplete",
               {{"job", batch.job},
                {"destination", destination_.name},
                {"instances", static_cast<std::uint64_t>(batch.instances.size())},
                {"accepted", static_cast<std::uint64_t>(accepted)},
                {"message", message}});
    return stored > 0 && stored == answered;
}

std::int64_t DeliveryLoop::round(std::stop_token stop) {
    const auto batch = parts_.store.due(destination_.name);
    if (!batch) {
        log::event(Level::Error, "delivery.queue_failed", batch.error(),
                   {{"destination", destination_.name}});
        return times_.after_error_ms;
    }
    // A batch whose outcomes were not all stored comes again; not at once, lest it never stops.
    if (*batch) return send(**batch, stop) ? 0 : times_.after_error_ms;
    const auto next = parts_.store.next_due_utc_ms(destination_.name);
    if (!next || !*next) return times_.longest_wait_ms;
    return std::clamp<std::int64_t>(**next - parts_.clock.utc_ms(), times_.shortest_round_ms,
                                    times_.longest_wait_ms);
}

void DeliveryLoop::run(std::stop_token stop) {
    while (!stop.stop_requested()) {
        std::int64_t wait_ms = times_.after_error_ms;
        try {
            wait_ms = round(stop);
        } catch (const std::exception& caught) {  // the one catch of this thread
            log::event(Level::Error, "delivery.failed",
                       Error{ErrorKind::Internal, caught.what(), destination_.name, "report this"});
        }
        if (wait_ms == 0) continue;
        bell_.rest(stop, std::min(times_.shortest_round_ms, wait_ms));
        bell_.wait(stop, std::max<std::int64_t>(0, wait_ms - times_.shortest_round_ms));
    }
}

}  // namespace iqt::server
