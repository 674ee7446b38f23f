// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "tests/pipeline/queue/jobs_in_every_state.hpp"
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

constexpr std::array kAllStates{JobState::Receiving, JobState::Held,     JobState::Ready,
                                JobState::Running,   JobState::Derived,  JobState::Delivering,
                                JobState::Delivered, JobState::Declined, JobState::Failed,
                                JobState::Dead,      JobState::Cancelled};

/// A copy of a database that an earlier version left behind.
class SchemaOne : public StoreTest {
  protected:
    void SetUp() override {
        std::filesystem::create_directories(options.data_dir);
        std::filesystem::copy_file(IQT_SOURCE_DIR "/tests/fixtures/schema_1.sqlite",
                                   options.data_dir / "queue.sqlite");
        options.testing.boot_id = "a later boot";
        clock.advance(1'000'000'000);
        clock.reboot();
        open();
    }

    JobRow job_of(JobState state) {
        const auto rows = store->list({});
        for (const JobRow& row : *rows)
            if (row.series_uid == fixture_series(state)) return row;
        ADD_FAILURE() << "no job for " << to_string(state);
        return {};
    }
};

TEST_F(SchemaOne, HasAJobInEveryState) {
    EXPECT_EQ(store->list({})->size(), kAllStates.size());
    for (const JobState expected : kAllStates) {
        const JobRow row = job_of(expected);
        EXPECT_EQ(row.state, expected);
        EXPECT_EQ(row.instances, 3);
        EXPECT_EQ(row.calling_ae, "SCANNER");
        EXPECT_FALSE(show(row.id).events.empty());
    }
    EXPECT_EQ(job_of(JobState::Declined).reasons, std::vector<std::string>{"fewer than 8 slices"});
    EXPECT_EQ(job_of(JobState::Delivered).model_id, "cubic");
    EXPECT_TRUE(store->check_integrity());
}

TEST_F(SchemaOne, GoesOnWhereItStopped) {
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(job_of(JobState::Receiving).state, JobState::Ready) << "its quiet time is over";
    EXPECT_EQ(job_of(JobState::Held).state, JobState::Ready);
    EXPECT_EQ(job_of(JobState::Running).state, JobState::Ready) << "its lease was of another boot";
    EXPECT_EQ(job_of(JobState::Failed).state, JobState::Ready) << "its time has come";
    std::set<std::string> claimed;
    while (const auto claim = store->claim("w", 60'000).value()) {
        const auto contents = objects(*claim);
        EXPECT_EQ(contents.size(), 3U);
        for (const std::string& one : contents) EXPECT_TRUE(one.starts_with("synthetic object"));
        claimed.insert(show(claim->job).job.series_uid);
    }
    EXPECT_EQ(claimed.size(), 5U);
}

TEST_F(SchemaOne, SendsWhatWasNotSentAndNothingTwice) {
    int sent = 0;
    while (const auto batch = due(kFixtureDestination))
        for (const OutgoingInstance& one : batch->instances) {
            EXPECT_FALSE(
                one.sop_instance_uid.starts_with(fixture_series(JobState::Delivered) + "."));
            record(one.delivery_id, SendResult::Accepted);
            ++sent;
        }
    EXPECT_EQ(sent, 4) << "two objects each of the derived and the delivering job";
    EXPECT_EQ(job_of(JobState::Derived).state, JobState::Delivered);
    EXPECT_EQ(job_of(JobState::Delivering).state, JobState::Delivered);
}

TEST_F(SchemaOne, JobsThatWereHeldOrDeadBeforeGetNoNotice) {
    const auto none = store->claim_notice("w", 60'000);
    ASSERT_TRUE(none) << to_string(none.error());
    EXPECT_FALSE(*none);
    ASSERT_TRUE(store->retry(job_of(JobState::Dead).id));
    while (const auto claim = store->claim("w", 60'000).value()) {
        const Status failed =
            store->finish_failed(*claim, {ErrorKind::InvalidInput, "no pixels", {}, {}});
        ASSERT_TRUE(failed) << to_string(failed.error());
    }
    const auto fresh = store->claim_notice("w", 60'000);
    ASSERT_TRUE(fresh && *fresh) << "what ends now gets one";
    EXPECT_EQ((*fresh)->cause, NoticeCause::GivenUp);
}

TEST_F(SchemaOne, TakesLateInstancesOfOldSeries) {
    ReceivedInstance late = slice(4, {.series = fixture_series(JobState::Delivered)});
    late.facts.study_uid = "1.2.826.0.1.3680043.2.1143";
    late.facts.patient_id = "SYNTHETIC";
    late.facts.identity_digest = digest::sha256_hex("synthetic");
    const Receipt receipt = accept(std::move(late));
    EXPECT_EQ(show(receipt.job).job.revision, 2);
    EXPECT_EQ(show(receipt.job).job.instances, 4);
}

}  // namespace
}  // namespace iqt::queue
