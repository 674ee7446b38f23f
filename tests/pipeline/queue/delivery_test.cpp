// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

std::string state_at(const JobDetail& detail, const std::string& destination, OutputKind kind) {
    std::string states;
    for (const DeliveryRow& row : detail.deliveries)
        if (row.destination == destination && row.kind == kind)
            states += row.state + ":" + std::to_string(row.instances) + " ";
    return states;
}

TEST_F(StoreTest, AJobWithoutDestinationsIsDelivered) {
    EXPECT_EQ(state(derived_job({})), JobState::Delivered);
}

TEST_F(StoreTest, ResultsAndDeliveriesAreThereWithTheStateDerived) {
    const JobId job = derived_job({"A", "B"});
    const JobDetail detail = show(job);
    EXPECT_EQ(detail.job.state, JobState::Derived);
    EXPECT_EQ(detail.job.route, "all");
    EXPECT_EQ(detail.job.model_id, "cubic");
    for (const char* destination : {"A", "B"})
        for (const OutputKind kind : {OutputKind::Warning, OutputKind::Enhanced})
            EXPECT_EQ(state_at(detail, destination, kind), "pending:2 ");
}

TEST_F(StoreTest, ResultsThatAreNotOnDiskAreNotRecorded) {
    ready_job();
    const Claim working = claim();
    DerivedRecord record = record_for({"PACS"});
    record.files[0].size += 1;
    EXPECT_EQ(store->finish_derived(working, record).error().kind, ErrorKind::InvalidInput);
    record = record_for({"PACS"});
    record.files[0].path = "../escape";
    EXPECT_EQ(store->finish_derived(working, record).error().kind, ErrorKind::InvalidInput);
    EXPECT_TRUE(store->finish_derived(working, record_for({"PACS"}))) << "the lease is still held";
}

TEST_F(StoreTest, NoEnhancedSeriesIsQueuedWithoutItsWarnings) {
    ready_job();
    DerivedRecord record;
    record.files = {result(OutputKind::Enhanced, 1)};
    record.destinations = {"PACS"};
    const Status refused = store->finish_derived(claim(), record);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("warning"), std::string::npos);
}

TEST_F(StoreTest, WarningImagesGoFirstAndTheRestOnlyWhenAllAreAccepted) {
    const JobId job = derived_job({"PACS"});
    const auto warnings = due("PACS");
    ASSERT_TRUE(warnings);
    ASSERT_EQ(warnings->instances.size(), 2U);
    for (const OutgoingInstance& one : warnings->instances) {
        EXPECT_TRUE(one.sop_instance_uid.starts_with(series_uid_of(OutputKind::Warning) + "."));
        EXPECT_TRUE(std::filesystem::exists(one.file));
    }
    record(warnings->instances[0].delivery_id, SendResult::Accepted);
    EXPECT_EQ(state(job), JobState::Delivering);
    const auto rest = due("PACS");
    ASSERT_EQ(rest->instances.size(), 1U) << "the other warning image, no enhanced one";
    record(rest->instances[0].delivery_id, SendResult::Accepted);
    const auto enhanced = due("PACS");
    ASSERT_EQ(enhanced->instances.size(), 2U);
    for (const OutgoingInstance& one : enhanced->instances) {
        EXPECT_TRUE(one.sop_instance_uid.starts_with(series_uid_of(OutputKind::Enhanced) + "."));
        record(one.delivery_id, SendResult::Accepted);
    }
    EXPECT_EQ(state(job), JobState::Delivered);
    EXPECT_FALSE(due("PACS"));
}

TEST_F(StoreTest, APostponedWarningKeepsTheEnhancedImagesBack) {
    derived_job({"PACS"});
    const auto warnings = due("PACS");
    record(warnings->instances[0].delivery_id, SendResult::Accepted);
    record(warnings->instances[1].delivery_id, SendResult::Transient, 0xa700);
    EXPECT_FALSE(due("PACS"));
    EXPECT_EQ(store->next_due_utc_ms("PACS").value(),
              clock.utc_ms() + options.delivery_retry.first_ms)
        << "the wait is for the warning image; enhanced ones do not make it look due";
}

TEST_F(StoreTest, ARefusedWarningWithholdsTheEnhancedSeriesFromThatDestinationOnly) {
    const JobId job = derived_job({"A", "B"});
    const auto warnings = due("A");
    record(warnings->instances[0].delivery_id, SendResult::Permanent, 0x0122, "not supported");
    EXPECT_EQ(state_at(show(job), "A", OutputKind::Enhanced), "withheld:2 ");
    EXPECT_EQ(send_all("B", SendResult::Accepted), 4);
    EXPECT_EQ(state(job), JobState::Delivering) << "one warning image to A is still pending";
    record(warnings->instances[1].delivery_id, SendResult::Accepted);
    EXPECT_FALSE(due("A")) << "withheld for good";
    const JobRow dead = show(job).job;
    EXPECT_EQ(dead.state, JobState::Dead);
    EXPECT_NE(dead.reasons.at(0).find("A did not take 1"), std::string::npos);
    EXPECT_NE(dead.reasons.at(0).find("0122"), std::string::npos);
}

TEST_F(StoreTest, WhatOnlyAddsGoesLastAndItsRefusalHoldsNothingBack) {
    constexpr std::array kAdding{OutputKind::Uncertainty, OutputKind::Flags, OutputKind::Report};
    const JobId job = ready_job();
    DerivedRecord written = record_for({"PACS"});
    for (const OutputKind kind : kAdding)
        written.files.insert(written.files.begin(), result(kind, 1));
    ASSERT_TRUE(store->finish_derived(claim(), written));
    for (const OutgoingInstance& one : due_now("PACS"))
        record(one.delivery_id, SendResult::Accepted);
    const auto enhanced = due_now("PACS");
    ASSERT_EQ(enhanced.size(), 2U);
    for (const OutgoingInstance& one : enhanced) {
        EXPECT_TRUE(one.sop_instance_uid.starts_with(series_uid_of(OutputKind::Enhanced) + "."))
            << "before what adds to it";
        record(one.delivery_id, SendResult::Transient, 0xa700);
    }
    for (const OutputKind kind : kAdding) {
        const auto adding = due_now("PACS");
        ASSERT_EQ(adding.size(), 1U);
        EXPECT_TRUE(adding[0].sop_instance_uid.starts_with(series_uid_of(kind) + "."));
        record(adding[0].delivery_id, SendResult::Permanent, 0x0122, "not supported");
    }
    EXPECT_EQ(state_at(show(job), "PACS", OutputKind::Enhanced), "pending:2 ");
    clock.advance(options.delivery_retry.first_ms);
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 2);
    EXPECT_EQ(state_at(show(job), "PACS", OutputKind::Enhanced), "accepted:2 ");
    const JobRow dead = show(job).job;
    EXPECT_EQ(dead.state, JobState::Dead) << "and the refusal is told";
    EXPECT_NE(dead.reasons.at(0).find("PACS did not take 3"), std::string::npos);
}

TEST_F(StoreTest, WhatOnlyAddsWaitsForTheImagesOfLaterJobs) {
    ready_job();
    DerivedRecord written = record_for({"PACS"});
    written.files.push_back(result(OutputKind::Flags, 1));
    ASSERT_TRUE(store->finish_derived(claim(), written));
    const auto accept_two = [&](const std::string& prefix) {
        const auto sent = due_now("PACS");
        ASSERT_EQ(sent.size(), 2U);
        for (const OutgoingInstance& one : sent) {
            EXPECT_TRUE(one.sop_instance_uid.starts_with(prefix)) << one.sop_instance_uid;
            record(one.delivery_id, SendResult::Accepted);
        }
    };
    accept_two(series_uid_of(OutputKind::Warning) + ".r");
    accept_two(series_uid_of(OutputKind::Enhanced) + ".r");
    Sender later;
    later.series = "4.5.6";
    ready_job(later);
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"}, "s")));
    accept_two(series_uid_of(OutputKind::Warning) + ".s");
    accept_two(series_uid_of(OutputKind::Enhanced) + ".s");
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1) << "the flags of the first job";
}

TEST_F(StoreTest, ADeadDestinationBlocksNoOther) {
    const JobId job = derived_job({"DOWN", "UP"});
    for (const OutgoingInstance& one : due_now("DOWN"))
        record(one.delivery_id, SendResult::Transient, 0, "no answer");
    EXPECT_EQ(send_all("UP", SendResult::Accepted), 4);
    EXPECT_FALSE(due("DOWN"));
    EXPECT_EQ(state(job), JobState::Delivering);
    clock.advance(options.delivery_retry.first_ms);
    EXPECT_EQ(send_all("DOWN", SendResult::Accepted), 4);
    EXPECT_EQ(state(job), JobState::Delivered);
}

TEST_F(StoreTest, TransientFailuresAreTriedAgainWithGrowingWaits) {
    derived_job({"PACS"});
    for (const std::int64_t wait_ms : {10'000, 20'000, 40'000}) {
        for (const OutgoingInstance& one : due_now("PACS"))
            record(one.delivery_id, SendResult::Transient);
        EXPECT_EQ(store->next_due_utc_ms("PACS").value(), clock.utc_ms() + wait_ms);
        clock.advance(wait_ms - 1);
        EXPECT_FALSE(due("PACS"));
        clock.advance(1);
        EXPECT_TRUE(due("PACS"));
    }
}

TEST_F(StoreTest, WhatFailedTogetherIsTriedAgainTogether) {
    options.jitter = [turn = 0]() mutable { return ++turn % 2 == 0 ? 0.1 : 0.9; };
    open();
    derived_job({"PACS"});
    for (const OutgoingInstance& one : due_now("PACS"))
        record(one.delivery_id, SendResult::Transient);
    clock.advance(store->next_due_utc_ms("PACS").value().value() - clock.utc_ms());
    EXPECT_EQ(due_now("PACS").size(), 2U) << "one association, not one for each instance";
}

TEST_F(StoreTest, EachDestinationCanHaveItsOwnSchedule) {
    options.delivery_retry_by_destination["PACS"] = {.first_ms = 77, .attempts_max = 5};
    open();
    derived_job({"PACS"});
    for (const OutgoingInstance& one : due_now("PACS"))
        record(one.delivery_id, SendResult::Transient);
    EXPECT_EQ(store->next_due_utc_ms("PACS").value(), clock.utc_ms() + 77);
}

TEST_F(StoreTest, APacsThatIsDownForADayGetsEverythingOnceAfterwards) {
    const JobId job = derived_job({"PACS"});
    const std::int64_t end_ms = clock.utc_ms() + 86'400'000;
    while (clock.utc_ms() < end_ms) {
        while (const auto batch = due("PACS"))
            for (const OutgoingInstance& one : batch->instances)
                record(one.delivery_id, SendResult::Transient, 0, "no answer");
        clock.advance(store->next_due_utc_ms("PACS").value().value() - clock.utc_ms());
    }
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
    EXPECT_EQ(state(job), JobState::Delivered);
}

TEST_F(StoreTest, GivingUpOnADestinationIsADeadJobThatRetryResumes) {
    options.delivery_retry.attempts_max = 3;
    open();
    const JobId job = derived_job({"PACS"});
    while (state(job) != JobState::Dead) {
        while (const auto batch = due("PACS"))
            for (const OutgoingInstance& one : batch->instances)
                record(one.delivery_id, SendResult::Transient, 0, "no answer");
        clock.advance(options.delivery_retry.max_ms);
    }
    EXPECT_NE(show(job).job.reasons.at(0).find("given up after 3 attempts: no answer"),
              std::string::npos);
    ASSERT_TRUE(store->retry(job));
    EXPECT_EQ(state(job), JobState::Delivering);
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
    EXPECT_EQ(state(job), JobState::Delivered);
}

TEST_F(StoreTest, RetrySendsOnlyWhatWasNotAcceptedAndStillWarningsFirst) {
    const JobId job = derived_job({"PACS"});
    const auto warnings = due("PACS");
    record(warnings->instances[0].delivery_id, SendResult::Accepted);
    record(warnings->instances[1].delivery_id, SendResult::Permanent, 0xc000);
    ASSERT_EQ(state(job), JobState::Dead);
    ASSERT_TRUE(store->retry(job));
    const auto again = due("PACS");
    ASSERT_EQ(again->instances.size(), 1U);
    EXPECT_EQ(again->instances[0].delivery_id, warnings->instances[1].delivery_id);
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 3);
    EXPECT_EQ(state(job), JobState::Delivered);
}

TEST_F(StoreTest, AnAcceptedObjectIsNeverDueAgainAlsoAfterARestart) {
    derived_job({"PACS"});
    const auto warnings = due("PACS");
    record(warnings->instances[0].delivery_id, SendResult::Accepted);
    open();
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 3);
    open();
    EXPECT_FALSE(due("PACS"));
    EXPECT_EQ(store->next_due_utc_ms("PACS").value(), std::nullopt);
}

TEST_F(StoreTest, OutcomesThatComeTwiceOrTooLateChangeNothing) {
    const JobId job = derived_job({"PACS"});
    const auto first = due_now("PACS").at(0);
    record(first.delivery_id, SendResult::Accepted);
    record(first.delivery_id, SendResult::Permanent, 0xc000);
    EXPECT_EQ(state_at(show(job), "PACS", OutputKind::Warning), "accepted:1 pending:1 ");
    EXPECT_EQ(store->record({987'654, SendResult::Accepted, 0, {}}).error().kind,
              ErrorKind::NotFound);
}

TEST_F(StoreTest, AClockThatWasSetBackDoesNotPutOffSending) {
    derived_job({"PACS"});
    for (const OutgoingInstance& one : due_now("PACS"))
        record(one.delivery_id, SendResult::Transient);
    clock.set_utc_ms(clock.utc_ms() - 30 * std::int64_t{86'400'000});
    EXPECT_TRUE(due("PACS"));
    EXPECT_EQ(store->next_due_utc_ms("PACS").value(), clock.utc_ms());
}

TEST_F(StoreTest, ADeclinedSeriesSendsItsNoticeAndStaysDeclined) {
    const JobId job = ready_job();
    DerivedRecord notice;
    notice.files = {result(OutputKind::Notice, 1)};
    notice.destinations = {"PACS"};
    ASSERT_TRUE(store->finish_declined(claim(), {"unknown contrast", "lossy"}, notice));
    EXPECT_EQ(show(job).job.reasons, (std::vector<std::string>{"unknown contrast", "lossy"}));
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1);
    EXPECT_EQ(state(job), JobState::Declined);
}

TEST_F(StoreTest, ADeclineNeedsAReason) {
    ready_job();
    EXPECT_EQ(store->finish_declined(claim(), {}, {}).error().kind, ErrorKind::InvalidInput);
}

TEST_F(StoreTest, UrgentJobsAreSentFirst) {
    derived_job({"PACS"}, {.series = "1"});
    const JobId urgent = ready_job({.series = "2"});
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"}, "u")));
    ASSERT_TRUE(store->urgent(urgent));
    EXPECT_EQ(due("PACS")->job, urgent);
}

TEST_F(StoreTest, ComputingAgainKeepsWhatWasAcceptedAndSendsTheRest) {
    const JobId job = derived_job({"PACS"});
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"})));
    EXPECT_EQ(state(job), JobState::Delivered) << "equal UIDs: all of it is there";
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS", "NEW"})));
    EXPECT_FALSE(due("PACS"));
    EXPECT_EQ(send_all("NEW", SendResult::Accepted), 4);
    EXPECT_EQ(state(job), JobState::Delivered);
}

}  // namespace
}  // namespace iqt::queue
