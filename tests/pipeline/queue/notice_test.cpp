// SPDX-License-Identifier: Apache-2.0
// Which jobs are told of, how often, and what withdraws it.
#include <functional>
#include <set>

#include "tests/pipeline/queue/notice_fixture.hpp"

namespace iqt::queue {
namespace {

const Sender kThisPatient{};
const Sender kThatPatient{.patient = "other", .association = "b1"};

TEST_F(NoticeTest, ADeadJobIsToldOfOnceAndStaysDead) {
    const JobId job = dead_job();
    const JobDetail before = show(job);
    const NoticeClaim claimed = notice();
    EXPECT_EQ(claimed.job, job);
    EXPECT_EQ(claimed.cause, NoticeCause::GivenUp);
    EXPECT_EQ(claimed.reasons, before.job.reasons);
    EXPECT_FALSE(next_notice()) << "it is in hand";
    ASSERT_TRUE(store->finish_notice(claimed, page()));
    EXPECT_FALSE(next_notice());
    const auto batch = due("PACS");
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->job, job);
    ASSERT_EQ(batch->instances.size(), 1U);
    record(batch->instances[0].delivery_id, SendResult::Accepted);
    const JobDetail after = show(job);
    EXPECT_EQ(after.job.state, JobState::Dead);
    EXPECT_EQ(after.job.reasons, before.job.reasons);
    EXPECT_EQ(after.job.attempt, before.job.attempt);
    EXPECT_EQ(after.job.route, before.job.route);
    EXPECT_EQ(notice_state(job), "accepted");
    EXPECT_TRUE(noted(job, "notice_made"));
    EXPECT_FALSE(due("PACS"));
}

TEST_F(NoticeTest, BothSidesOfADisputeAreToldOfAndStayHeld) {
    const JobId first = accept(slice(1, kThisPatient)).job;
    const JobId second = accept(slice(2, kThatPatient)).job;
    std::set<JobId> told;
    for (const char* tag : {"a", "b"}) {
        const NoticeClaim claimed = notice();
        EXPECT_EQ(claimed.cause, NoticeCause::TwoIdentities);
        const auto about = store->notice_source(claimed);
        ASSERT_TRUE(about) << to_string(about.error());
        EXPECT_EQ(
            about->identity_digest,
            slice(1, claimed.job == first ? kThisPatient : kThatPatient).facts.identity_digest);
        told.insert(claimed.job);
        ASSERT_TRUE(store->finish_notice(claimed, page(tag)));
    }
    EXPECT_EQ(told, (std::set<JobId>{first, second}));
    EXPECT_EQ(accept(slice(3, kThisPatient)).job, first);
    EXPECT_FALSE(next_notice()) << "further images are no further reason";
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 2);
    EXPECT_EQ(state(first), JobState::Held);
    EXPECT_EQ(state(second), JobState::Held);
}

TEST_F(NoticeTest, WhatWaitsForTheClockIsNotToldOf) {
    accept(slice(1));
    accept(slice(2));
    const JobId holed = accept(slice(4)).job;
    store->association_ended("a1", AssociationEnd::Released);
    const JobId aborted = accept(slice(1, {.series = "9", .association = "a9"})).job;
    store->association_ended("a9", AssociationEnd::Aborted);
    clock.advance(options.settle.quiet_ms);
    tick();
    ASSERT_EQ(state(holed), JobState::Held);
    ASSERT_EQ(state(aborted), JobState::Held);
    EXPECT_FALSE(next_notice());
}

TEST_F(NoticeTest, ASeriesWhoseRemovedImagesMustComeAgainIsToldOf) {
    options.delivered_keep_ms = 1'000;
    open();
    derived_job({"PACS"});
    send_all("PACS", SendResult::Accepted);
    clock.advance(2'000);
    ASSERT_EQ(store->forget(8).value(), 1);
    const JobId late = accept(slice(4, {.association = "later"})).job;
    store->association_ended("later", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    ASSERT_EQ(state(late), JobState::Held);
    const NoticeClaim claimed = notice();
    EXPECT_EQ(claimed.cause, NoticeCause::ImagesRemoved);
    EXPECT_EQ(claimed.revision, 2);
    const auto about = store->notice_source(claimed);
    ASSERT_TRUE(about) << to_string(about.error());
    EXPECT_EQ(about->object.data, "pixels4|header|explicit") << "the one that is still there";
    EXPECT_EQ(about->instances.size(), 4U);
    ASSERT_TRUE(store->finish_notice(claimed, page()));
    // Some of it comes again, which is not enough: the same words are sent after all, not made
    // anew.
    for (const int k : {5, 6}) {
        accept(slice(k, {.association = "more"}));
        EXPECT_EQ(notice_state(late), "withdrawn");
        EXPECT_FALSE(due("PACS"));
    }
    store->association_ended("more", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    ASSERT_EQ(state(late), JobState::Held);
    EXPECT_FALSE(next_notice());
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1);
    for (int k = 1; k <= 6; ++k) accept(slice(k, {.association = "all"}));
    store->association_ended("all", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(state(late), JobState::Ready);
    EXPECT_EQ(notice_state(late), "accepted") << "what was sent stays";
}

TEST_F(NoticeTest, WhatIsNotSentIsWithdrawnWhenAPersonActs) {
    using Act = std::function<Status(JobId)>;
    const std::vector<std::pair<const char*, Act>> acts{
        {"release", [&](JobId job) { return store->release(job, {}); }},
        {"cancel", [&](JobId job) { return store->cancel(job); }}};
    int series = 70;
    for (const auto& [name, act] : acts)
        for (const bool made : {false, true}) {
            const std::string uid = std::to_string(series++);
            const JobId job = accept(slice(1, {.series = uid})).job;
            ASSERT_TRUE(store->cancel(
                accept(slice(2, {.series = uid, .patient = "other", .association = "b"})).job));
            const NoticeClaim claimed = notice();
            ASSERT_EQ(claimed.job, job);
            std::int64_t delivery = 0;
            if (made) {
                ASSERT_TRUE(store->finish_notice(claimed, page(uid)));
                delivery = due_now("PACS").at(0).delivery_id;
                EXPECT_TRUE(store->may_send(delivery).value());
            }
            ASSERT_TRUE(act(job)) << name;
            EXPECT_FALSE(next_notice()) << name;
            EXPECT_FALSE(due("PACS")) << name;
            EXPECT_TRUE(noted(job, "notice_withdrawn")) << name;
            EXPECT_EQ(notice_state(job), made ? "withdrawn" : "none") << name;
            if (made) {
                EXPECT_FALSE(store->may_send(delivery).value());
            } else {
                EXPECT_EQ(store->notice_source(claimed).error().kind, ErrorKind::LeaseLost);
                EXPECT_EQ(store->finish_notice(claimed, page(uid)).error().kind,
                          ErrorKind::LeaseLost);
                EXPECT_EQ(store->fail_notice(claimed, kHopeless).error().kind,
                          ErrorKind::LeaseLost);
            }
            if (state(job) == JobState::Ready) {
                ASSERT_TRUE(store->cancel(job));
            }
        }
}

TEST_F(NoticeTest, ARetryWithdrawsADeadJobsNoticeAndTheSameEndIsNotToldOfTwice) {
    const JobId job = dead_job();
    make();
    ASSERT_TRUE(store->retry(job));
    EXPECT_EQ(notice_state(job), "withdrawn");
    ASSERT_TRUE(store->finish_failed(claim(), kHopeless));
    EXPECT_FALSE(next_notice()) << "it was made";
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1) << "and had not been sent";
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_failed(claim(), kHopeless));
    EXPECT_FALSE(next_notice());
    EXPECT_FALSE(due("PACS")) << "it was sent";
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::InvalidInput, "another end", {}, {}}));
    make("second");
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1);
}

TEST_F(NoticeTest, ANoticeThatWasOnItsWayWhenItWasWithdrawnIsNoMistake) {
    const JobId job = dead_job();
    make();
    const std::int64_t delivery = due_now("PACS").at(0).delivery_id;
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"})));
    record(delivery, SendResult::Accepted);
    EXPECT_EQ(notice_state(job), "accepted");
    EXPECT_FALSE(noted(job, "retraction_due"));
    EXPECT_EQ(state(job), JobState::Derived) << "no result has had an outcome";
}

TEST_F(NoticeTest, ANoticeThatArrivedUnderACorrectedIdentityIsToBeRetracted) {
    const Sender renamed{.name = "CORRECTED", .association = "c1"};
    const JobId late = dead_job();
    make();
    const std::int64_t delivery = due_now("PACS").at(0).delivery_id;
    accept(slice(1, renamed, {.header = "renamed"}));
    EXPECT_FALSE(noted(late, "retraction_due")) << "it had not arrived then";
    record(delivery, SendResult::Accepted);
    EXPECT_TRUE(noted(late, "retraction_due"));
}

TEST_F(NoticeTest, EveryWayToGiveUpIsToldOf) {
    options.interruptions_max = 1;
    open();
    std::vector<std::string> told;
    const auto tell = [&](const std::string& tag) {
        const NoticeClaim claimed = notice();
        told.push_back(claimed.reasons.at(0));
        ASSERT_TRUE(store->finish_notice(claimed, page(tag)));
    };
    ready_job({.series = "1"});
    for (int attempt = 1; attempt <= 3; ++attempt) {
        claim(1'000);
        clock.advance(1'000);
        tick();
    }
    tell("1");
    ready_job({.series = "2"});
    claim();
    ASSERT_TRUE(store->release_worker("w1", WorkerEnd::WithNode));
    tell("2");
    ready_job({.series = "3"});
    for (int attempt = 1; attempt <= 3; ++attempt) {
        EXPECT_FALSE(next_notice()) << "it is tried again";
        ASSERT_TRUE(store->finish_failed(claim(), kPassing));
        clock.advance(options.work_retry.max_ms);
        tick();
    }
    tell("3");
    EXPECT_EQ(told, (std::vector<std::string>{"the worker died 3 times on this series",
                                              "the node ended once while it worked on this series",
                                              "disk"}));
}

// The destination that refused the results would hardly take a page about it.
TEST_F(NoticeTest, AJobThatADestinationRefusedIsNotToldOf) {
    const JobId job = derived_job({"PACS", "ARCHIVE"});
    send_all("PACS", SendResult::Permanent);
    send_all("ARCHIVE", SendResult::Accepted);
    ASSERT_EQ(state(job), JobState::Dead);
    EXPECT_FALSE(next_notice());
}

TEST_F(NoticeTest, ARefusedNoticeChangesNothingForItsJob) {
    const JobId job = dead_job();
    make();
    EXPECT_EQ(send_all("PACS", SendResult::Permanent), 1);
    EXPECT_EQ(state(job), JobState::Dead);
    ASSERT_TRUE(store->retry(job));
    EXPECT_EQ(state(job), JobState::Ready) << "it is computed again, not the page sent again";
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"})));
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
    EXPECT_EQ(state(job), JobState::Delivered);
    EXPECT_EQ(notice_state(job), "refused");
}

TEST_F(NoticeTest, ARefusedNoticeWhoseFileIsGoneDoesNotMakeTheResultsAnew) {
    const JobId job = dead_job();
    make();
    send_all("PACS", SendResult::Permanent);
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"})));
    send_all("PACS", SendResult::Permanent);
    ASSERT_EQ(state(job), JobState::Dead);
    ASSERT_TRUE(std::filesystem::remove(options.data_dir / page().files[0].path));
    ASSERT_TRUE(store->retry(job));
    EXPECT_EQ(state(job), JobState::Delivering) << "the results are sound: they are sent again";
}

TEST_F(NoticeTest, WarningImagesThatWereNotAcceptedDoNotKeepItBack) {
    const JobId job = derived_job({"PACS"}, kThisPatient);
    record(due_now("PACS").at(0).delivery_id, SendResult::Transient);
    ASSERT_TRUE(store->cancel(accept(slice(9, kThatPatient)).job));
    ASSERT_EQ(state(job), JobState::Held);
    make();
    const auto batch = due("PACS");
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->job, job);
    EXPECT_EQ(batch->instances.size(), 1U);
}

TEST_F(NoticeTest, TheNoticeOfAnEarlierDeclineIsNotSentOfADeadJob) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_declined(claim(), {"unknown age"}, page("declined")));
    ASSERT_TRUE(store->release(job, {.override_reasons = true}));
    ASSERT_TRUE(store->finish_failed(claim(), kHopeless));
    EXPECT_FALSE(due("PACS"));
    make("dead");
    EXPECT_EQ(due_now("PACS").at(0).sop_instance_uid, page("dead").files[0].sop_instance_uid);
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1);
}

TEST_F(NoticeTest, NothingIsToldUnderAnIdentityThatWasCorrected) {
    const Sender renamed{.name = "CORRECTED", .association = "c1"};
    const JobId dead = dead_job();
    make();
    accept(slice(1, renamed, {.header = "renamed"}));
    EXPECT_EQ(notice_state(dead), "withdrawn");
    EXPECT_FALSE(due("PACS"));
    const JobId outdated = accept(slice(7, kThisPatient)).job;
    ASSERT_EQ(state(outdated), JobState::Held);
    EXPECT_FALSE(next_notice());
}

}  // namespace
}  // namespace iqt::queue
