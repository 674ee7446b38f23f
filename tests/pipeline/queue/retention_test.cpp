// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kDay_ms = 86'400'000;

class Retention : public StoreTest {
  protected:
    void SetUp() override {
        options.delivered_keep_ms = 30 * kDay_ms;
        open();
    }
    JobId delivered_job(const Sender& from = {}, const std::string& tag = "r") {
        const JobId job = ready_job(from);
        EXPECT_TRUE(store->finish_derived(claim(), record_for({"PACS"}, tag)));
        for (auto batch = due_now("PACS"); !batch.empty(); batch = due_now("PACS"))
            for (const OutgoingInstance& instance : batch)
                record(instance.delivery_id, SendResult::Accepted);
        EXPECT_EQ(state(job), JobState::Delivered);
        return job;
    }
    int forget() {
        const auto done = store->forget(8);
        EXPECT_TRUE(done) << to_string(done.error());
        return done.value_or(-1);
    }
    int result_files() const {
        int count = 0;
        for (const auto& entry : fs::recursive_directory_iterator(options.data_dir / "results"))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }
    static bool noted(const JobDetail& detail, const std::string& event) {
        return std::any_of(detail.events.begin(), detail.events.end(),
                           [&](const JobEvent& e) { return e.event == event; });
    }
};

TEST_F(Retention, RemovesImagesAndResultsOfWhatWasDeliveredLongAgoAndKeepsTheRecord) {
    const JobId job = delivered_job();
    clock.advance(30 * kDay_ms - 1);
    EXPECT_EQ(forget(), 0);
    EXPECT_EQ(result_files(), 4);
    clock.advance(2);
    EXPECT_EQ(forget(), 1);
    EXPECT_FALSE(fs::exists(options.data_dir / "results") && result_files() > 0);
    EXPECT_TRUE(noted(show(job), "images_removed"));
    EXPECT_EQ(state(job), JobState::Delivered);
    EXPECT_EQ(forget(), 0) << "once";
}

TEST_F(Retention, LeavesAloneWhatIsNotDeliveredAndWhereItIsSwitchedOff) {
    const JobId waiting = derived_job({"PACS"});
    clock.advance(365 * kDay_ms);
    EXPECT_EQ(forget(), 0);
    EXPECT_EQ(due("PACS")->job, waiting);
    options.delivered_keep_ms = 0;
    open();
    delivered_job({.series = "2"}, "s");
    clock.advance(365 * kDay_ms);
    EXPECT_EQ(forget(), 0);
}

TEST_F(Retention, KeepsResultsThatWereToStayHere) {
    const JobId job = ready_job();
    EXPECT_TRUE(store->finish_derived(claim(), record_for({})));
    EXPECT_EQ(state(job), JobState::Delivered);
    clock.advance(365 * kDay_ms);
    EXPECT_EQ(forget(), 0);
    EXPECT_EQ(result_files(), 4);
}

TEST_F(Retention, KeepsThemAlsoWhereANoticeOfTheJobWasSentBefore) {
    const JobId job = ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::InvalidInput, "no pixels", {}, {}}));
    const auto notice = store->claim_notice("w1", 30'000);
    ASSERT_TRUE(notice && *notice);
    DerivedRecord page;
    page.files = {result(OutputKind::Notice, 1)};
    page.destinations = {"PACS"};
    ASSERT_TRUE(store->finish_notice(**notice, page));
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1);
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_derived(claim(), record_for({})));
    clock.advance(365 * kDay_ms);
    EXPECT_EQ(forget(), 0);
    EXPECT_EQ(result_files(), 5);
}

TEST_F(Retention, RemovesFilesOfLargeObjects) {
    options.blob_bytes_max = 4;
    open();
    delivered_job();
    const auto objects = [&] {
        int count = 0;
        for (const auto& entry : fs::recursive_directory_iterator(options.data_dir / "objects"))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    };
    EXPECT_EQ(objects(), 3);
    clock.advance(31 * kDay_ms);
    EXPECT_EQ(forget(), 1);
    EXPECT_EQ(objects(), 0);
}

TEST_F(Retention, TheSameSeriesAgainIsStillKnownAndMakesNoWork) {
    const JobId job = delivered_job();
    clock.advance(31 * kDay_ms);
    forget();
    const Receipt again = accept(slice(1, {.association = "later"}));
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.job, job);
}

TEST_F(Retention, ALateSliceIsHeldUntilTheWholeSeriesCameAgain) {
    const JobId job = delivered_job();
    clock.advance(31 * kDay_ms);
    forget();
    const Sender later{.association = "later"};
    const JobId late = accept(slice(4, later)).job;
    EXPECT_NE(late, job);
    store->association_ended("later", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    ASSERT_EQ(state(late), JobState::Held);
    EXPECT_NE(show(late).job.reasons.front().find("send the whole series again"),
              std::string::npos);
    const Sender all{.association = "all"};
    for (int k = 1; k <= 4; ++k) EXPECT_EQ(accept(slice(k, all)).job, late);
    store->association_ended("all", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    const Claim work = claim();
    EXPECT_EQ(work.job, late);
    EXPECT_EQ(objects(work).size(), 4U);
}

TEST_F(Retention, AJobWhoseImagesNeverCameAgainEndsWithThatReason) {
    delivered_job();
    clock.advance(31 * kDay_ms);
    forget();
    accept(slice(4, {.association = "later"}));
    store->association_ended("later", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    clock.advance(options.settle.incomplete_hold_ms);
    tick();
    const auto snapshot = store->snapshot(claim());
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().kind, ErrorKind::NotFound);
    EXPECT_NE(snapshot.error().what.find("removed after its delivery"), std::string::npos);
}

TEST_F(StoreTest, TheFirstInstanceDecidesThePriorityOfItsSeries) {
    int asked = 0;
    options.first_priority = [&](const ReceivedInstance& about, const ObjectBytes& object) {
        ++asked;
        EXPECT_FALSE(object.data.empty());
        return about.calling_ae == "STROKE" ? Priority::Urgent : Priority::Low;
    };
    open();
    const JobId low = ready_job({.series = "1"});
    const JobId urgent = ready_job({.series = "2", .calling_ae = "STROKE"});
    EXPECT_EQ(asked, 2) << "once a series";
    EXPECT_EQ(show(low).job.priority, Priority::Low);
    EXPECT_EQ(claim().job, urgent);
}

}  // namespace
}  // namespace iqt::queue
