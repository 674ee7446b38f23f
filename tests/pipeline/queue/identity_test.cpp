// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

const Sender kRight{};
const Sender kWrong{.patient = "other", .association = "b1"};
const Sender kRenamed{.name = "CORRECTED", .association = "c1"};

TEST_F(StoreTest, ASeriesUnderTwoPatientsIsHeldOnBothSides) {
    const JobId first = accept(slice(1, kRight)).job;
    const JobId second = accept(slice(2, kWrong)).job;
    EXPECT_NE(first, second);
    for (const JobId job : {first, second}) {
        EXPECT_EQ(state(job), JobState::Held);
        EXPECT_NE(show(job).job.reasons.at(0).find("two patient identities"), std::string::npos);
    }
    EXPECT_EQ(accept(slice(3, kRight)).job, first) << "both are kept and go on being kept";
    EXPECT_EQ(show(first).job.instances, 2);
    clock.advance(options.settle.quiet_ms + options.settle.incomplete_hold_ms);
    tick();
    EXPECT_EQ(state(first), JobState::Held) << "only a person ends this hold";
    EXPECT_EQ(state(second), JobState::Held);
}

TEST_F(StoreTest, AnotherNameUnderOnePatientIdIsAnotherIdentity) {
    accept(slice(1, kRight));
    EXPECT_EQ(state(accept(slice(2, kRenamed)).job), JobState::Held);
}

TEST_F(StoreTest, ASecondIdentityStopsAJobAtWork) {
    const JobId job = ready_job(kRight);
    const Claim working = claim();
    accept(slice(9, kWrong));
    EXPECT_EQ(state(job), JobState::Held);
    EXPECT_EQ(store->finish_derived(working, record_for({"PACS"})).error().kind,
              ErrorKind::LeaseLost);
}

TEST_F(StoreTest, ASecondIdentityStopsSendingUntilAPersonReleases) {
    const JobId job = derived_job({"PACS"}, kRight);
    const auto batch = due("PACS");
    ASSERT_TRUE(batch);
    record(batch->instances[0].delivery_id, SendResult::Accepted);
    accept(slice(9, kWrong));
    EXPECT_EQ(state(job), JobState::Held);
    EXPECT_FALSE(due("PACS"));
    ASSERT_TRUE(store->release(job, {}));
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"})));
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 3) << "one had been accepted before";
    EXPECT_EQ(state(job), JobState::Delivered);
}

TEST_F(StoreTest, WhatAPersonReleasedIsNotStoppedAgainByTheOtherSide) {
    const JobId job = accept(slice(1, kRight)).job;
    accept(slice(2, kWrong));
    ASSERT_TRUE(store->release(job, {}));
    accept(slice(3, kWrong));
    EXPECT_EQ(state(job), JobState::Ready);
}

TEST_F(StoreTest, ACorrectedIdentityOpensARevisionAndTakesTheOldOneBack) {
    const JobId old = derived_job({"PACS"}, kRight);
    const JobId corrected = accept(slice(1, kRenamed, {.header = "renamed"})).job;
    EXPECT_EQ(state(old), JobState::Cancelled);
    EXPECT_FALSE(due("PACS")) << "nothing leaves under the old identity";
    EXPECT_EQ(state(corrected), JobState::Receiving);
    EXPECT_EQ(show(corrected).job.revision, 2);
    EXPECT_EQ(accept(slice(2, kRenamed, {.header = "renamed"})).job, corrected);
    EXPECT_EQ(show(corrected).job.instances, 2);
    EXPECT_EQ(store->retry(old).error().kind, ErrorKind::Conflict);
}

TEST_F(StoreTest, ACorrectionListsWhatWasSentUnderTheOldIdentity) {
    const JobId old = derived_job({"PACS"}, kRight);
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
    accept(slice(1, kRenamed, {.header = "renamed"}));
    EXPECT_EQ(state(old), JobState::Delivered);
    const auto events = show(old).events;
    EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const JobEvent& event) {
        return event.event == "retraction_due" && event.detail.starts_with("4 ");
    }));
}

TEST_F(StoreTest, ACorrectionReachesAJobInEveryUnfinishedState) {
    for (const JobState from : {JobState::Receiving, JobState::Ready, JobState::Running,
                                JobState::Failed, JobState::Derived, JobState::Delivering}) {
        const std::string number = std::to_string(static_cast<int>(from) + 50);
        const Sender before{.series = number}, after{.series = number, .name = "CORRECTED"};
        JobId job = send_series(3, before);
        if (from != JobState::Receiving) {
            clock.advance(options.settle.quiet_ms);
            tick();
        }
        if (from == JobState::Running) claim();
        if (from == JobState::Failed) {
            ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::Io, "disk", {}, {}}));
        }
        if (from == JobState::Derived || from == JobState::Delivering) {
            ASSERT_TRUE(store->finish_derived(claim(), record_for({number}, number)));
        }
        if (from == JobState::Delivering)
            record(due_now(number).at(0).delivery_id, SendResult::Transient);
        ASSERT_EQ(state(job), from);
        const JobId corrected = accept(slice(1, after, {.header = "renamed"})).job;
        EXPECT_EQ(state(job), JobState::Cancelled) << to_string(from);
        clock.advance(100'000'000);
        EXPECT_FALSE(due(number)) << to_string(from);
        ASSERT_TRUE(store->cancel(corrected));  // out of the way of the next round
    }
}

TEST_F(StoreTest, TheOldIdentityComingAgainIsHeldAndCannotBeReleased) {
    send_series(2, kRight);
    accept(slice(1, kRenamed, {.header = "renamed"}));
    const JobId late = accept(slice(3, kRight)).job;
    EXPECT_EQ(state(late), JobState::Held);
    EXPECT_EQ(store->release(late, {}).error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(accept(slice(1, kRight)).duplicate);
}

TEST_F(StoreTest, KnownUidsWithOtherPixelsUnderAnotherIdentityAreAMixUp) {
    const JobId first = accept(slice(1, kRight)).job;
    accept(slice(1, kRenamed, {.pixels = "others"}));
    EXPECT_EQ(state(first), JobState::Held);
}

TEST_F(StoreTest, WithoutAPixelComparisonEverySecondIdentityIsHeld) {
    options.pixels_equal = nullptr;
    open();
    const JobId first = accept(slice(1, kRight)).job;
    accept(slice(1, kRenamed, {.header = "renamed"}));
    EXPECT_EQ(state(first), JobState::Held);
}

}  // namespace
}  // namespace iqt::queue
