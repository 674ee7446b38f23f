// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

const Error kTransient{ErrorKind::OutOfResources, "out of memory", {}, {}};
const Error kForGood{ErrorKind::InvalidInput, "no pixels", {}, {}};

TEST_F(StoreTest, NothingIsClaimedWhenNothingIsReady) {
    send_series(3);
    const auto claimed = store->claim("w1", 1'000);
    ASSERT_TRUE(claimed);
    EXPECT_FALSE(*claimed);
}

TEST_F(StoreTest, ClaimsTheMostUrgentThenTheOldest) {
    const JobId first = ready_job({.series = "1"});
    const JobId second = ready_job({.series = "2"});
    const JobId third = ready_job({.series = "3"});
    ASSERT_TRUE(store->urgent(third));
    EXPECT_EQ(claim().job, third);
    EXPECT_EQ(claim().job, first);
    EXPECT_EQ(claim().job, second);
}

TEST_F(StoreTest, AnExpiredLeaseReturnsTheJobToReady) {
    const JobId job = ready_job();
    claim(30'000);
    clock.advance(29'999);
    EXPECT_EQ(tick().returned, 0);
    clock.advance(1);
    EXPECT_EQ(tick().returned, 1);
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AHeartbeatProlongsTheLease) {
    const JobId job = ready_job();
    const Claim working = claim(30'000);
    clock.advance(29'000);
    ASSERT_TRUE(store->heartbeat(working, 30'000));
    clock.advance(29'000);
    tick();
    EXPECT_EQ(state(job), JobState::Running);
    EXPECT_EQ(tick().next_utc_ms, clock.utc_ms() + 1'000);
}

TEST_F(StoreTest, ALeaseOfAnotherBootIsOver) {
    const JobId job = ready_job();
    claim(30'000);
    clock.reboot();
    options.testing.boot_id = "boot-2";
    open();
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
    EXPECT_EQ(show(job).job.attempt, 0) << "a power cut is no attempt";
}

TEST_F(StoreTest, ALeaseSurvivesARestartOfTheNode) {
    const JobId job = ready_job();
    const Claim working = claim(30'000);
    open();
    tick();
    EXPECT_EQ(state(job), JobState::Running);
    EXPECT_TRUE(store->heartbeat(working, 30'000));
}

TEST_F(StoreTest, AnOldTokenChangesNothing) {
    ready_job();
    const Claim old = claim(1'000);
    clock.advance(1'000);
    tick();
    const Claim current = claim(30'000, "w2");
    EXPECT_GT(current.token, old.token);
    for (const Status& refused :
         {store->heartbeat(old, 1'000), store->finish_derived(old, record_for({})),
          store->finish_declined(old, {"reason"}, {}), store->finish_failed(old, kTransient),
          store->give_back(old)}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::LeaseLost);
    }
    EXPECT_EQ(store->snapshot(old).error().kind, ErrorKind::LeaseLost);
    EXPECT_TRUE(store->finish_derived(current, record_for({})));
}

TEST_F(StoreTest, ATokenOfAReturnedJobIsVoidBeforeAnybodyClaimsItAgain) {
    ready_job();
    const Claim old = claim(1'000);
    clock.advance(1'000);
    tick();
    EXPECT_EQ(store->finish_derived(old, record_for({})).error().kind, ErrorKind::LeaseLost);
}

TEST_F(StoreTest, ATransientFailureIsRetriedAtItsTime) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), kTransient));
    const JobRow failed = show(job).job;
    EXPECT_EQ(failed.state, JobState::Failed);
    EXPECT_EQ(failed.retry_at_utc_ms, clock.utc_ms() + options.work_retry.first_ms);
    EXPECT_NE(failed.reasons.at(0).find("out of memory"), std::string::npos);
    EXPECT_EQ(tick().next_utc_ms, failed.retry_at_utc_ms);
    clock.advance(options.work_retry.first_ms);
    EXPECT_EQ(tick().retried, 1);
    EXPECT_EQ(state(job), JobState::Ready);
    EXPECT_EQ(claim().attempt, 2);
}

TEST_F(StoreTest, AClockThatWasSetBackDoesNotPutOffARetryForLong) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), kTransient));
    clock.set_utc_ms(clock.utc_ms() - 86'400'000);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AJobIsDeadWhenItsAttemptsAreUsedUp) {
    const JobId job = ready_job();
    for (int attempt = 1; attempt <= 3; ++attempt) {
        ASSERT_TRUE(store->finish_failed(claim(), kTransient));
        clock.advance(options.work_retry.max_ms);
        tick();
    }
    EXPECT_EQ(state(job), JobState::Dead);
    EXPECT_NE(show(job).job.reasons.at(0).find("out of memory"), std::string::npos);
}

TEST_F(StoreTest, AFailureForGoodIsDeadAtOnce) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), kForGood));
    EXPECT_EQ(state(job), JobState::Dead);
}

TEST_F(StoreTest, ASeriesThatKeepsKillingItsWorkerIsDeadWithThatReason) {
    const JobId job = ready_job();
    for (int attempt = 1; attempt <= 3; ++attempt) {
        claim(1'000);
        clock.advance(1'000);
        tick();
    }
    EXPECT_EQ(state(job), JobState::Dead);
    EXPECT_EQ(show(job).job.reasons.at(0), "the worker died 3 times on this series");
}

TEST_F(StoreTest, GivingBackIsNoAttempt) {
    const JobId job = ready_job();
    for (int n = 0; n < 5; ++n) ASSERT_TRUE(store->give_back(claim()));
    EXPECT_EQ(state(job), JobState::Ready);
    EXPECT_EQ(claim().attempt, 1);
}

TEST_F(StoreTest, BeingAskedToStopIsNoFailure) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::Cancelled, "stopped", {}, {}}));
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, ReleasingAWorkerReturnsItsJobsAndNoOthers) {
    const JobId first = ready_job({.series = "1"});
    const JobId second = ready_job({.series = "2"});
    claim(30'000, "gone");
    claim(30'000, "here");
    ASSERT_TRUE(store->release_worker("gone", WorkerEnd::ByItself));
    EXPECT_EQ(state(first), JobState::Ready);
    EXPECT_EQ(state(second), JobState::Running);
    EXPECT_EQ(show(first).job.attempt, 1);
}

TEST_F(StoreTest, AnEndOfTheWholeNodeIsNoAttempt) {
    const JobId job = ready_job();
    for (int kill = 1; kill < options.interruptions_max; ++kill) {
        const Claim working = claim();
        EXPECT_EQ(working.attempt, 1);
        ASSERT_TRUE(store->release_worker("w1", WorkerEnd::WithNode));
        EXPECT_EQ(store->heartbeat(working, 1'000).error().kind, ErrorKind::LeaseLost);
        ASSERT_EQ(state(job), JobState::Ready);
    }
    claim();
    ASSERT_TRUE(store->release_worker("w1", WorkerEnd::WithNode));
    EXPECT_EQ(state(job), JobState::Dead);
    EXPECT_EQ(show(job).job.reasons.at(0),
              "the node ended 20 times while it worked on this series");
}

TEST_F(StoreTest, ASnapshotHasTheObjectsAndTheirSender) {
    ready_job();
    const Claim working = claim();
    EXPECT_EQ(objects(working),
              (std::vector<std::string>{"pixels1|header|explicit", "pixels2|header|explicit",
                                        "pixels3|header|explicit"}));
    const auto snapshot = store->snapshot(working);
    EXPECT_EQ(snapshot->calling_ae, "SCANNER");
    EXPECT_EQ(snapshot->called_ae, "IQTNODE");
}

}  // namespace
}  // namespace iqt::queue
