// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <exception>
#include <utility>

#include "pipeline/log/log.hpp"
#include "server/loops.hpp"

namespace iqt::server {

TickLoop::TickLoop(queue::JobStore& jobs, const Clock& clock, std::function<void()> made_ready,
                   LoopTimes times)
    : jobs_(jobs), clock_(clock), made_ready_(std::move(made_ready)), times_(times) {}

void TickLoop::forget_old() {
    constexpr int kAtOnce = 8;  // so that nothing that arrives waits long for the store
    if (clock_.steady_ms() < forget_at_steady_ms_) return;
    const auto forgotten = jobs_.forget(kAtOnce);
    if (!forgotten) log::event(log::Level::Error, "queue.not_removed", forgotten.error());
    if (forgotten && *forgotten > 0)
        log::event(log::Level::Info, "queue.images_removed",
                   {{"series", std::to_string(*forgotten)}});
    const bool more = forgotten && *forgotten == kAtOnce;
    forget_at_steady_ms_ = clock_.steady_ms() + (more ? 0 : times_.forget_every_ms);
}

std::int64_t TickLoop::round() {
    forget_old();
    const auto tick = jobs_.tick();
    if (!tick) {
        log::event(log::Level::Error, "queue.tick_failed", tick.error());
        return times_.after_error_ms;
    }
    if (tick->settled + tick->returned + tick->retried > 0) made_ready_();
    if (!tick->next_utc_ms) return times_.longest_wait_ms;
    return std::clamp<std::int64_t>(*tick->next_utc_ms - clock_.utc_ms(), 0,
                                    times_.longest_wait_ms);
}

void TickLoop::run(std::stop_token stop) {
    while (!stop.stop_requested()) {
        std::int64_t wait_ms = times_.after_error_ms;
        try {
            wait_ms = round();
        } catch (const std::exception& caught) {  // the one catch of this thread
            log::event(log::Level::Error, "queue.tick_failed",
                       Error{ErrorKind::Internal, caught.what(), "tick", "report this"});
        }
        bell_.rest(stop, times_.shortest_round_ms);
        bell_.wait(stop, std::max<std::int64_t>(0, wait_ms - times_.shortest_round_ms));
    }
}

}  // namespace iqt::server
