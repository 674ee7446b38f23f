// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

TEST_F(StoreTest, UnknownJobsAreNotFound) {
    const JobId nobody{4711};
    EXPECT_EQ(store->show(nobody).error().kind, ErrorKind::NotFound);
    for (const Status& refused : {store->retry(nobody), store->cancel(nobody),
                                  store->urgent(nobody), store->release(nobody, {})})
        EXPECT_EQ(refused.error().kind, ErrorKind::NotFound);
}

TEST_F(StoreTest, ListsNewestFirstPageByPageAndByState) {
    std::vector<JobId> jobs;
    for (int n = 0; n < 5; ++n) jobs.push_back(accept(slice(1, {.series = std::to_string(n)})).job);
    ASSERT_TRUE(store->cancel(jobs[1]));
    auto page = store->list({.limit = 2}).value();
    ASSERT_EQ(page.size(), 2U);
    EXPECT_EQ(page[0].id, jobs[4]);
    EXPECT_EQ(page[1].id, jobs[3]);
    page = store->list({.after = page[1].id, .limit = 2}).value();
    ASSERT_EQ(page.size(), 2U);
    EXPECT_EQ(page[0].id, jobs[2]);
    EXPECT_EQ(page[1].id, jobs[1]);
    page = store->list({.state = JobState::Cancelled}).value();
    ASSERT_EQ(page.size(), 1U);
    EXPECT_EQ(page[0].id, jobs[1]);
}

TEST_F(StoreTest, CountsJobsPerState) {
    accept(slice(1, {.series = "1"}));
    accept(slice(1, {.series = "2"}));
    ASSERT_TRUE(store->cancel(accept(slice(1, {.series = "3"})).job));
    const auto counts = store->counts().value();
    EXPECT_EQ(counts.size(), 2U);
    for (const auto& [state, count] : counts)
        EXPECT_EQ(count, state == JobState::Receiving ? 2 : 1);
}

TEST_F(StoreTest, ShowsTheWholeStoryInOrder) {
    const JobId job = derived_job({"PACS"});
    send_all("PACS", SendResult::Accepted);
    std::vector<std::string> story;
    for (const JobEvent& event : show(job).events) story.push_back(event.event);
    EXPECT_EQ(story, (std::vector<std::string>{"receiving", "ready", "running", "derived",
                                               "delivering", "delivered"}));
}

TEST_F(StoreTest, CancelStopsAJobInEachUnfinishedState) {
    const JobId receiving = accept(slice(1, {.series = "1"})).job;
    ASSERT_TRUE(store->cancel(receiving));
    const JobId running = ready_job({.series = "2"});
    const Claim working = claim();
    ASSERT_TRUE(store->cancel(running));
    EXPECT_EQ(store->heartbeat(working, 1'000).error().kind, ErrorKind::LeaseLost);
    const JobId derived = derived_job({"PACS"}, {.series = "3"});
    ASSERT_TRUE(store->cancel(derived));
    EXPECT_FALSE(due("PACS"));
    for (const JobId job : {receiving, running, derived}) {
        EXPECT_EQ(state(job), JobState::Cancelled);
        EXPECT_EQ(store->cancel(job).error().kind, ErrorKind::Conflict);
    }
}

TEST_F(StoreTest, ACancelledJobCanBeRetriedAndThenDelivers) {
    const JobId job = derived_job({"PACS"});
    ASSERT_TRUE(store->cancel(job));
    ASSERT_TRUE(store->retry(job));
    EXPECT_EQ(state(job), JobState::Ready);
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"})));
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
    EXPECT_EQ(state(job), JobState::Delivered);
}

// Its enhanced images were withdrawn: sending the refused warning image alone would look complete.
TEST_F(StoreTest, AJobCancelledAfterARefusalIsComputedAgainNotSentInPart) {
    const JobId job = derived_job({"PACS"});
    const auto warnings = due_now("PACS");
    record(warnings.at(0).delivery_id, SendResult::Accepted);
    record(warnings.at(1).delivery_id, SendResult::Permanent, 0xc000);
    ASSERT_EQ(state(job), JobState::Dead);
    ASSERT_TRUE(store->cancel(job));
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::InvalidInput, "bad", {}, {}}));
    ASSERT_TRUE(store->retry(job));
    EXPECT_EQ(state(job), JobState::Ready);
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"})));
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 3);
    EXPECT_EQ(state(job), JobState::Delivered);
}

TEST_F(StoreTest, RetryGivesAJobAllItsAttemptsAgain) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::InvalidInput, "bad", {}, {}}));
    ASSERT_TRUE(store->retry(job));
    EXPECT_TRUE(show(job).job.reasons.empty());
    EXPECT_EQ(claim().attempt, 1);
    EXPECT_EQ(store->retry(job).error().kind, ErrorKind::Conflict) << "it is in work";
}

TEST_F(StoreTest, RetryOfAFailedJobDoesNotWaitForItsTime) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::Io, "disk", {}, {}}));
    ASSERT_TRUE(store->retry(job));
    EXPECT_EQ(claim().job, job);
}

TEST_F(StoreTest, RetryWhileDeliveringTriesAtOnce) {
    derived_job({"PACS"});
    const auto batch = due("PACS");
    for (const OutgoingInstance& one : batch->instances)
        record(one.delivery_id, SendResult::Transient);
    ASSERT_FALSE(due("PACS"));
    ASSERT_TRUE(store->retry(batch->job));
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
}

TEST_F(StoreTest, ReleaseEndsAHoldAndNothingElse) {
    accept(slice(1));
    const JobId job = accept(slice(2)).job;
    EXPECT_EQ(store->release(job, {}).error().kind, ErrorKind::Conflict);
    store->association_ended("a1", AssociationEnd::Aborted);
    clock.advance(options.settle.quiet_ms);
    tick();
    ASSERT_EQ(state(job), JobState::Held);
    ASSERT_TRUE(store->release(job, {}));
    const Claim released = claim();
    EXPECT_EQ(released.job, job);
    EXPECT_FALSE(released.override_reasons);
}

TEST_F(StoreTest, ReleaseOfADeclinedJobTakesAnOverrideWhichTheWorkerSees) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_declined(claim(), {"unknown age"}, {}));
    EXPECT_EQ(store->release(job, {}).error().kind, ErrorKind::Conflict);
    ASSERT_TRUE(store->release(job, {.override_reasons = true}));
    EXPECT_TRUE(claim().override_reasons);
}

TEST_F(StoreTest, OnlyUnfinishedJobsCanBecomeUrgent) {
    const JobId job = derived_job({});
    EXPECT_EQ(store->urgent(job).error().kind, ErrorKind::Conflict);
}

}  // namespace
}  // namespace iqt::queue
