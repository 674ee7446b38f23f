// SPDX-License-Identifier: Apache-2.0
// What becomes of a notice that is due: leases, attempts, where its header comes from.
#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/pipeline/queue/notice_fixture.hpp"

namespace iqt::queue {
namespace {

class NoticeMaking : public NoticeTest {
  protected:
    void run_sql(const std::string& sql) {
        SQLite::Database((options.data_dir / "queue.sqlite").string(), SQLite::OPEN_READWRITE)
            .exec(sql);
    }
};

TEST_F(NoticeMaking, ACrashWhileItIsMadeCostsAnAttemptAndAFewOfThemEndIt) {
    const JobId job = dead_job();
    NoticeClaim last;
    for (int attempt = 1; attempt <= options.notice_retry.attempts_max; ++attempt) {
        const NoticeClaim claimed = notice();
        EXPECT_GT(claimed.token, last.token);
        if (attempt > 1) {
            EXPECT_EQ(store->finish_notice(last, page()).error().kind, ErrorKind::LeaseLost);
        }
        last = claimed;
        if (attempt == 1) {
            open();  // the whole node went with it
            clock.advance(29'999);
            EXPECT_FALSE(next_notice()) << "its lease runs";
            clock.advance(1);
        } else {
            ASSERT_TRUE(store->release_worker("w1", WorkerEnd::ByItself));
            EXPECT_FALSE(next_notice()) << "not at once";
            clock.advance(options.notice_retry.max_ms);
        }
    }
    EXPECT_FALSE(next_notice());
    EXPECT_TRUE(noted(job, "notice_abandoned"));
    EXPECT_EQ(store->finish_notice(last, page()).error().kind, ErrorKind::LeaseLost);
    EXPECT_EQ(state(job), JobState::Dead);
    clock.advance(100'000'000);
    EXPECT_FALSE(next_notice()) << "for good";
}

TEST_F(NoticeMaking, ALeaseOfAnotherBootIsOverForThemToo) {
    dead_job();
    const NoticeClaim claimed = notice();
    clock.advance(options.notice_retry.first_ms);
    clock.reboot();
    options.testing.boot_id = "boot-2";
    open();
    EXPECT_GT(notice().token, claimed.token);
}

TEST_F(NoticeMaking, AFailureThatMayPassIsTriedAgainAndOneForGoodIsNot) {
    const JobId job = dead_job();
    for (int attempt = 1; attempt < options.notice_retry.attempts_max; ++attempt) {
        ASSERT_TRUE(store->fail_notice(notice(), kPassing));
        EXPECT_FALSE(next_notice());
        clock.advance(options.notice_retry.max_ms);
    }
    ASSERT_TRUE(store->fail_notice(notice(), kPassing));
    clock.advance(options.notice_retry.max_ms);
    EXPECT_FALSE(next_notice());
    EXPECT_TRUE(noted(job, "notice_abandoned"));
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::InvalidInput, "another end", {}, {}}));
    ASSERT_TRUE(store->fail_notice(notice(), kHopeless));
    clock.advance(options.notice_retry.max_ms);
    EXPECT_FALSE(next_notice());
    EXPECT_EQ(state(job), JobState::Dead);
}

TEST_F(NoticeMaking, ARouteThatWantsNoneIsAskedAgainOnlyWhenTheJobEndsAgain) {
    const JobId job = dead_job();
    ASSERT_TRUE(store->finish_notice(notice(), {}));
    EXPECT_FALSE(next_notice());
    EXPECT_FALSE(due("PACS"));
    EXPECT_FALSE(noted(job, "notice_made"));
    ASSERT_TRUE(store->retry(job));
    ASSERT_TRUE(store->finish_failed(claim(), kHopeless));
    make();
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1);
}

TEST_F(NoticeMaking, OneThatIsMadeOutlivesARestart) {
    const JobId job = dead_job();
    make();
    open();
    EXPECT_FALSE(next_notice());
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1);
    EXPECT_EQ(state(job), JobState::Dead);
}

TEST_F(NoticeMaking, ItsHeaderComesFromTheFirstObjectThatIsAsItWasReceived) {
    ready_job();
    const Claim work = claim();
    run_sql("UPDATE instances SET data = CAST('pixels1|spoiled' AS BLOB) WHERE id = 1");
    const auto snapshot = store->snapshot(work);
    ASSERT_FALSE(snapshot);
    ASSERT_TRUE(store->finish_failed(work, snapshot.error()));
    const NoticeClaim claimed = notice();
    const auto about = store->notice_source(claimed);
    ASSERT_TRUE(about) << to_string(about.error());
    EXPECT_EQ(about->object.data, "pixels2|header|explicit");
    EXPECT_EQ(about->series_uid, "1.2.3");
    EXPECT_EQ(about->calling_ae, "SCANNER");
    EXPECT_EQ(about->called_ae, "IQTNODE");
    ASSERT_EQ(about->instances.size(), 3U);
    EXPECT_EQ(about->instances[0].sop_instance_uid, "1.2.3.1");
    run_sql("UPDATE instances SET data = CAST('spoiled' AS BLOB)");
    EXPECT_EQ(store->notice_source(claimed).error().kind, ErrorKind::Corrupt);
    run_sql("UPDATE instances SET data = NULL");
    EXPECT_EQ(store->notice_source(claimed).error().kind, ErrorKind::NotFound);
}

TEST_F(NoticeMaking, FoldersOfAttemptsThatLeftNoRowsAreRemovedAtTheStart) {
    const JobId job = dead_job();
    const NoticeClaim claimed = notice();
    const std::string own =
        std::to_string(to_int(job)) + "-notice-" + std::to_string(claimed.id) + "-";
    const auto results = options.data_dir / "results";
    const auto of_now = results / (own + std::to_string(claimed.token)),
               of_before = results / (own + std::to_string(claimed.token - 1));
    for (const auto& one : {of_now, of_before}) {
        std::filesystem::create_directories(one / "notice");
        std::ofstream(one / "notice" / "00001.dcm") << "x";
    }
    open();
    EXPECT_TRUE(std::filesystem::exists(of_now)) << "its worker may be writing";
    EXPECT_FALSE(std::filesystem::exists(of_before));
    DerivedRecord made = page();
    const auto inside = std::filesystem::relative(of_now, options.data_dir) / "notice" / "1.dcm";
    std::filesystem::rename(options.data_dir / made.files[0].path, options.data_dir / inside);
    made.files[0].path = inside.string();
    ASSERT_TRUE(store->finish_notice(claimed, made));
    open();
    EXPECT_TRUE(std::filesystem::exists(options.data_dir / inside)) << "a row names it";
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 1);
}

TEST_F(NoticeMaking, AFileThatIsNotThereIsRefusedAndTheNoticeStaysDue) {
    dead_job();
    const NoticeClaim claimed = notice();
    DerivedRecord broken = page();
    ++broken.files[0].size;
    EXPECT_EQ(store->finish_notice(claimed, broken).error().kind, ErrorKind::InvalidInput);
    EXPECT_TRUE(store->finish_notice(claimed, page()));
}

}  // namespace
}  // namespace iqt::queue
