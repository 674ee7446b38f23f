// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

TEST_F(StoreTest, ASettledSeriesIsReadyAfterItsQuietTime) {
    const JobId job = send_series(3);
    EXPECT_EQ(tick().next_utc_ms, clock.utc_ms() + options.settle.quiet_ms);
    clock.advance(options.settle.quiet_ms - 1);
    EXPECT_EQ(tick().settled, 0);
    clock.advance(1);
    EXPECT_EQ(tick().settled, 1);
    EXPECT_EQ(state(job), JobState::Ready);
    EXPECT_EQ(tick().next_utc_ms, std::nullopt);
}

TEST_F(StoreTest, AfterARestartTheQuietTimeStartsAnew) {
    const JobId job = send_series(3);
    store.reset();
    clock.advance(options.settle.quiet_ms);  // nobody listens: the sender's next slice finds no one
    open();
    EXPECT_EQ(tick().next_utc_ms, clock.utc_ms() + options.settle.quiet_ms);
    EXPECT_EQ(state(job), JobState::Receiving);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AnEnhancedObjectIsReadyWhileItsAssociationIsOpen) {
    const JobId job = accept(enhanced_object()).job;
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AnInstanceOfAnyAssociationStartsTheQuietTimeAnew) {
    const JobId job = send_series(3);
    clock.advance(options.settle.quiet_ms - 1);
    accept(slice(4, {.association = "a2"}));
    store->association_ended("a2", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms - 1);
    tick();
    EXPECT_EQ(state(job), JobState::Receiving);
    clock.advance(1);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AnOpenAssociationIsWaitedForButNotForEver) {
    accept(slice(1));
    const JobId job = accept(slice(2)).job;
    clock.advance(options.settle.open_association_ms - 1);
    tick();
    EXPECT_EQ(state(job), JobState::Receiving);
    clock.advance(1);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, EachCallingAeCanHaveItsOwnTimes) {
    options.settle_by_calling_ae["SLOW"] = {.quiet_ms = 60'000};
    open();
    const JobId slow = send_series(2, {.series = "8", .calling_ae = "SLOW"});
    const JobId other = send_series(2, {.series = "9"});
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(other), JobState::Ready);
    EXPECT_EQ(state(slow), JobState::Receiving);
}

TEST_F(StoreTest, AHoleIsHeldWithItsReasonAndGoesOnByTheClock) {
    accept(slice(1));
    accept(slice(2));
    const JobId job = accept(slice(5)).job;
    store->association_ended("a1", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    EXPECT_EQ(tick().held, 1);
    EXPECT_EQ(state(job), JobState::Held);
    ASSERT_EQ(show(job).job.reasons.size(), 1U);
    EXPECT_NE(show(job).job.reasons[0].find("missing"), std::string::npos);
    EXPECT_EQ(tick().held, 0) << "once";
    clock.advance(options.settle.incomplete_hold_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
    EXPECT_TRUE(show(job).job.reasons.empty());
}

TEST_F(StoreTest, TheMissingSliceEndsTheHold) {
    accept(slice(1));
    accept(slice(2));
    const JobId job = accept(slice(4)).job;
    store->association_ended("a1", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    ASSERT_EQ(state(job), JobState::Held);
    EXPECT_EQ(accept(slice(3, {.association = "a2"})).job, job);
    EXPECT_EQ(state(job), JobState::Receiving);
    store->association_ended("a2", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AnAbortedAssociationHoldsARegularSeries) {
    accept(slice(1));
    const JobId job = accept(slice(2)).job;
    store->association_ended("a1", AssociationEnd::Aborted);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Held);
    EXPECT_NE(show(job).job.reasons.at(0).find("broke off"), std::string::npos);
}

TEST_F(StoreTest, SendingAllAgainOverACleanAssociationClearsTheAbort) {
    accept(slice(1));
    const JobId job = accept(slice(2)).job;
    store->association_ended("a1", AssociationEnd::Aborted);
    clock.advance(options.settle.quiet_ms);
    tick();
    ASSERT_EQ(state(job), JobState::Held);
    EXPECT_TRUE(accept(slice(1, {.association = "a2"})).duplicate);
    EXPECT_TRUE(accept(slice(2, {.association = "a2"})).duplicate);
    store->association_ended("a2", AssociationEnd::Released);
    tick();
    EXPECT_EQ(state(job), JobState::Receiving) << "more of it may be on its way";
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, EachDuplicateStartsTheQuietTimeAnew) {
    const JobId job = send_series(3);
    for (int k : {1, 2, 3}) {
        clock.advance(options.settle.quiet_ms - 1);
        EXPECT_TRUE(accept(slice(k, {.association = "a2"})).duplicate);
        store->association_ended("a2", AssociationEnd::Released);
        clock.advance(1);
        EXPECT_EQ(tick().settled, 0) << "over, but for duplicate " << k;
    }
    clock.advance(options.settle.quiet_ms - 2);
    tick();
    EXPECT_EQ(state(job), JobState::Receiving);
    clock.advance(1);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AnObjectCutOffOverAnAssociationOfItsOwnHoldsItsSeries) {
    const JobId job = send_series(3);
    const JobId other = send_series(3, {.series = "9"});
    store->object_cut_off("a2", "1.2.3");
    store->association_ended("a2", AssociationEnd::Aborted);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Held);
    EXPECT_NE(show(job).job.reasons.at(0).find("broke off"), std::string::npos);
    EXPECT_EQ(state(other), JobState::Ready);
    accept(slice(4, {.association = "a3"}));
    store->association_ended("a3", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready) << "what was cut off came again";
}

TEST_F(StoreTest, AnObjectCutOffOfASeriesThatNobodyKnowsChangesNothing) {
    const JobId job = send_series(3);
    store->object_cut_off("a2", "7.7.7");
    store->association_ended("a2", AssociationEnd::Aborted);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AnAssociationThatBeganBeforeTheAbortDoesNotClearIt) {
    accept(slice(1, {.association = "a1"}));
    const JobId job = accept(slice(2, {.association = "a2"})).job;
    store->association_ended("a1", AssociationEnd::Aborted);
    store->association_ended("a2", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Held);
}

TEST_F(StoreTest, AssociationsThatWereOpenAtARestartCountAsAborted) {
    accept(slice(1));
    const JobId job = accept(slice(2)).job;
    open();
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Held);
}

TEST_F(StoreTest, AWorkerOpeningTheStoreDoesNotAbortAssociations) {
    accept(slice(1));
    const JobId job = accept(slice(2)).job;
    StoreOptions other = options;
    other.opener = Opener::Other;
    ASSERT_TRUE(SqliteStore::open(other, clock));
    store->association_ended("a1", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AssociationIdsOfAnEarlierProcessAreNotMixedUp) {
    accept(slice(1));
    open();
    const JobId job = accept(slice(2, {.association = "a1"})).job;
    store->association_ended("a1", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready) << "the new a1 began after the abort and was clean";
}

TEST_F(StoreTest, AfterARebootTheQuietTimeStartsAnew) {
    const JobId job = send_series(3);
    clock.advance(options.settle.quiet_ms / 2);
    clock.reboot();
    options.testing.boot_id = "boot-2";
    open();
    clock.advance(options.settle.quiet_ms - 1);
    tick();
    EXPECT_EQ(state(job), JobState::Receiving);
    clock.advance(1);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AWallClockThatJumpsBackNeitherSettlesNorStallsASeries) {
    const JobId job = send_series(3);
    clock.set_utc_ms(clock.utc_ms() - 86'400'000);
    tick();
    EXPECT_EQ(state(job), JobState::Receiving);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, AWallClockThatWasSetBackAcrossARebootDelaysByAtMostTheQuietTime) {
    const JobId job = send_series(3);
    clock.set_utc_ms(clock.utc_ms() - 86'400'000);
    clock.reboot();
    options.testing.boot_id = "boot-2";
    open();
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(job), JobState::Ready);
}

}  // namespace
}  // namespace iqt::queue
