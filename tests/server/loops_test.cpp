// SPDX-License-Identifier: Apache-2.0
#include "server/loops.hpp"

#include <atomic>
#include <deque>
#include <limits>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.hpp"

namespace iqt::server {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

OutgoingInstance instance(std::int64_t id) {
    OutgoingInstance made;
    made.delivery_id = id;
    return made;
}

// Batches in a row; what was recorded; a stop when all is done.
class ScriptedDeliveries final : public queue::DeliveryStore {
  public:
    std::deque<Batch> batches;
    std::vector<SendOutcome> recorded;
    std::stop_source done;

    Result<std::optional<Batch>> due(std::string_view) override {
        if (batches.empty()) {
            done.request_stop();
            return std::optional<Batch>();
        }
        Batch batch = batches.front();
        batches.pop_front();
        return std::optional(std::move(batch));
    }
    Status record(const SendOutcome& outcome) override {
        recorded.push_back(outcome);
        return {};
    }
    Result<std::optional<std::int64_t>> next_due_utc_ms(std::string_view) override {
        return std::optional<std::int64_t>();
    }
};

// A peer that answers each delivery id with what it was told, and looks at `stop` before each.
class ScriptedPeer final : public Deliverer {
  public:
    std::map<std::int64_t, SendResult> answers;
    std::vector<std::int64_t> sent;

    void send(const Destination&, std::span<const OutgoingInstance> instances, std::stop_token stop,
              const std::function<void(const SendOutcome&)>& report) override {
        for (const OutgoingInstance& one : instances) {
            SendOutcome outcome;
            outcome.delivery_id = one.delivery_id;
            if (!stop.stop_requested()) {
                sent.push_back(one.delivery_id);
                const auto answer = answers.find(one.delivery_id);
                outcome.result = answer == answers.end() ? SendResult::Accepted : answer->second;
            }
            report(outcome);
        }
    }
    Status echo(const Destination&) override { return {}; }
};

struct DeliverySetup {
    ScriptedDeliveries store;
    ScriptedPeer peer;
    Metrics metrics;
    SystemClock clock;
    std::set<std::int64_t> withdrawn;

    void run() {
        Destination destination;
        destination.name = "pacs";
        LoopTimes times;
        times.after_error_ms = 1;
        times.shortest_round_ms = 1;
        DeliveryLoop loop(
            destination,
            {store, peer,
             [this](std::int64_t id) -> Result<bool> { return !withdrawn.contains(id); }, metrics,
             clock},
            times);
        loop.run(store.done.get_token());
    }
    std::vector<std::int64_t> recorded() const {
        std::vector<std::int64_t> ids;
        for (const SendOutcome& outcome : store.recorded) ids.push_back(outcome.delivery_id);
        return ids;
    }
};

TEST(DeliveryLoop, RecordsEveryOutcome) {
    DeliverySetup setup;
    setup.store.batches = {{JobId{1}, {instance(1), instance(2)}}, {JobId{1}, {instance(3)}}};
    setup.peer.answers[2] = SendResult::Permanent;
    setup.run();
    EXPECT_THAT(setup.recorded(), ElementsAre(1, 2, 3));
    EXPECT_EQ(setup.store.recorded[1].result, SendResult::Permanent);
}

TEST(DeliveryLoop, CountsATransientFailureAsAnAttempt) {
    DeliverySetup setup;
    setup.store.batches = {{JobId{1}, {instance(1), instance(2)}}};
    setup.peer.answers = {{1, SendResult::Transient}, {2, SendResult::Transient}};
    setup.run();
    EXPECT_THAT(setup.recorded(), ElementsAre(1, 2));
}

TEST(DeliveryLoop, SendsNothingThatWasWithdrawnMeanwhile) {
    DeliverySetup setup;
    setup.store.batches = {{JobId{1}, {instance(1), instance(2), instance(3)}},
                           {JobId{2}, {instance(4)}}};
    setup.withdrawn = {2, 4};
    setup.run();
    EXPECT_THAT(setup.peer.sent, ElementsAre(1));
    // What was not asked about is no attempt either.
    EXPECT_THAT(setup.recorded(), ElementsAre(1));
}

class CountingTicks final : public queue::JobStore {
  public:
    std::atomic<int> ticks{0};
    std::atomic<int> settle_at{-1};
    std::function<void(int)> on_tick;

    std::deque<Result<int>> forgets;  ///< answers of forget, in order; then 0
    int forgotten_calls = 0;

    Result<int> forget(int jobs_max) override {
        EXPECT_GT(jobs_max, 0);
        ++forgotten_calls;
        if (forgets.empty()) return 0;
        Result<int> next = std::move(forgets.front());
        forgets.pop_front();
        if (next && *next == std::numeric_limits<int>::max()) return jobs_max;
        return next;
    }
    Result<Tick> tick() override {
        const int number = ++ticks;
        Tick tick;
        tick.settled = number == settle_at ? 1 : 0;
        if (on_tick) on_tick(number);
        if (number == 2) return fail(ErrorKind::Io, "a bad moment");
        return tick;
    }
    Result<std::optional<queue::Claim>> claim(std::string_view, std::int64_t) override {
        return std::optional<queue::Claim>();
    }
    Status heartbeat(const queue::Claim&, std::int64_t) override { return {}; }
    Result<SeriesSnapshot> snapshot(const queue::Claim&) override { return SeriesSnapshot{}; }
    Status finish_derived(const queue::Claim&, const queue::DerivedRecord&) override { return {}; }
    Status finish_declined(const queue::Claim&, const std::vector<std::string>&,
                           const queue::DerivedRecord&) override {
        return {};
    }
    Status finish_failed(const queue::Claim&, const Error&) override { return {}; }
    Status give_back(const queue::Claim&) override { return {}; }
    Status release_worker(std::string_view, queue::WorkerEnd) override { return {}; }
    Result<std::vector<queue::JobRow>> list(const queue::JobFilter&) override {
        return std::vector<queue::JobRow>{};
    }
    Result<queue::JobDetail> show(JobId) override { return queue::JobDetail{}; }
    Status retry(JobId) override { return {}; }
    Status cancel(JobId) override { return {}; }
    Status urgent(JobId) override { return {}; }
    Status release(JobId, queue::ReleaseOptions) override { return {}; }
    Result<std::vector<std::pair<JobState, std::int64_t>>> counts() override {
        return std::vector<std::pair<JobState, std::int64_t>>{};
    }
};

TEST(TickLoop, TicksAtARingAndTellsWhenJobsBecameReady) {
    CountingTicks store;
    SystemClock clock;
    std::stop_source stop;
    int made_ready = 0;
    LoopTimes times{.longest_wait_ms = 3'600'000, .shortest_round_ms = 1, .after_error_ms = 1};
    TickLoop loop(
        store, clock, [&] { ++made_ready; }, times);
    store.settle_at = 3;
    store.on_tick = [&](int number) {
        if (number < 4) loop.bell().ring();
        if (number == 4) stop.request_stop();
    };
    loop.run(stop.get_token());  // returns only if each ring led to a round, also after an error
    EXPECT_EQ(store.ticks, 4);
    EXPECT_EQ(made_ready, 1);
}

TEST(TickLoop, ForgetsOnceAnHourAndGoesOnAtOnceWhileThereIsMore) {
    CountingTicks store;
    fakes::ManualClock clock;
    std::stop_source stop;
    LoopTimes times{.longest_wait_ms = 3'600'000, .shortest_round_ms = 1, .after_error_ms = 1};
    TickLoop loop(
        store, clock, [] {}, times);
    store.forgets.emplace_back(std::numeric_limits<int>::max());  // as many as were asked for
    store.forgets.emplace_back(3);
    store.forgets.emplace_back(fail(ErrorKind::Io, "a file stays"));
    std::vector<int> calls;
    store.on_tick = [&](int number) {
        calls.push_back(store.forgotten_calls);
        if (number == 3) clock.advance(times.forget_every_ms - 1);
        if (number == 4) clock.advance(1);
        if (number == 5) clock.advance(times.forget_every_ms);
        if (number == 6) stop.request_stop();
        loop.bell().ring();
    };
    loop.run(stop.get_token());
    EXPECT_THAT(calls, ElementsAre(1, 2, 2, 2, 3, 4));
}

TEST(Bell, ARingBeforeTheWaitIsNotLost) {
    Bell bell;
    bell.ring();
    bell.wait({}, 3'600'000);
    std::stop_source stop;
    stop.request_stop();
    bell.wait(stop.get_token(), 3'600'000);
    bell.rest(stop.get_token(), 3'600'000);
}

}  // namespace
}  // namespace iqt::server
