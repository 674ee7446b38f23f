// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

class LateInstance : public StoreTest {
  protected:
    /// Sends one more instance and expects it in a new revision with all that came before.
    void expect_new_revision(JobId old, JobState old_state) {
        const Receipt late = accept(slice(4, {.association = "late"}));
        EXPECT_NE(late.job, old);
        EXPECT_FALSE(late.duplicate);
        EXPECT_EQ(state(old), old_state);
        const JobRow row = show(late.job).job;
        EXPECT_EQ(row.state, JobState::Receiving);
        EXPECT_EQ(row.revision, 2);
        EXPECT_EQ(row.instances, 4);
        EXPECT_FALSE(due("PACS")) << "what the older revision had not sent is withdrawn";
        store->association_ended("late", AssociationEnd::Released);
        clock.advance(options.settle.quiet_ms);
        tick();
        const Claim second = claim();
        EXPECT_EQ(second.job, late.job);
        EXPECT_EQ(second.revision, 2);
        EXPECT_EQ(objects(second).size(), 4U);
    }
};

TEST_F(LateInstance, JoinsAReadyJobWhichReceivesAgain) {
    const JobId job = ready_job();
    EXPECT_EQ(accept(slice(4)).job, job);
    EXPECT_EQ(state(job), JobState::Receiving);
    EXPECT_EQ(show(job).job.instances, 4);
}

TEST_F(LateInstance, TakesARunningJobsLease) {
    const JobId job = ready_job();
    const Claim working = claim();
    expect_new_revision(job, JobState::Cancelled);
    EXPECT_EQ(store->heartbeat(working, 1'000).error().kind, ErrorKind::LeaseLost);
    EXPECT_EQ(store->finish_derived(working, record_for({"PACS"})).error().kind,
              ErrorKind::LeaseLost);
}

TEST_F(LateInstance, WithdrawsADerivedJob) {
    expect_new_revision(derived_job({"PACS"}), JobState::Cancelled);
}

TEST_F(LateInstance, WithdrawsWhatADeliveringJobHasNotSent) {
    const JobId job = derived_job({"PACS"});
    const auto batch = due("PACS");
    record(batch->instances[0].delivery_id, SendResult::Accepted);
    ASSERT_TRUE(store->may_send(batch->instances[1].delivery_id).value());
    expect_new_revision(job, JobState::Cancelled);
    EXPECT_FALSE(store->may_send(batch->instances[1].delivery_id).value());
    record(batch->instances[1].delivery_id, SendResult::Accepted);
    int accepted = 0;
    for (const DeliveryRow& row : show(job).deliveries)
        if (row.state == "accepted") accepted += row.instances;
    EXPECT_EQ(accepted, 2) << "what was on its way is recorded as sent";
}

TEST_F(LateInstance, OpensARevisionAfterDelivery) {
    const JobId job = derived_job({"PACS"});
    send_all("PACS", SendResult::Accepted);
    expect_new_revision(job, JobState::Delivered);
    EXPECT_EQ(store->retry(job).error().kind, ErrorKind::Conflict);
}

TEST_F(LateInstance, OpensARevisionAfterADecline) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_declined(claim(), {"fewer than 8 slices"}, {}));
    expect_new_revision(job, JobState::Declined);
}

TEST_F(LateInstance, OpensARevisionAfterAFailure) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::Io, "disk", {}, {}}));
    expect_new_revision(job, JobState::Cancelled);
}

TEST_F(LateInstance, OpensARevisionOfADeadJob) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::InvalidInput, "bad", {}, {}}));
    expect_new_revision(job, JobState::Dead);
}

TEST_F(LateInstance, OpensARevisionOfACancelledJob) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->cancel(job));
    expect_new_revision(job, JobState::Cancelled);
}

TEST_F(LateInstance, KeepsThePriorityThatAPersonGave) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->urgent(job));
    claim();
    EXPECT_EQ(show(accept(slice(4)).job).job.priority, Priority::Urgent);
}

TEST_F(LateInstance, AnOpenAssociationOfTheOldRevisionKeepsTheNewOneWaiting) {
    accept(slice(1, {.association = "open"}));
    accept(slice(2, {.association = "open"}));
    const JobId next = accept(slice(1, {.association = "b"}, {.header = "changed"})).job;
    store->association_ended("b", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(next), JobState::Receiving);
    store->association_ended("open", AssociationEnd::Aborted);
    tick();
    EXPECT_EQ(state(next), JobState::Held);
}

}  // namespace
}  // namespace iqt::queue
