// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

constexpr int kThreads = 8;

void on_threads(const std::function<void(int)>& body) {
    std::vector<std::jthread> threads;
    for (int n = 0; n < kThreads; ++n) threads.emplace_back([&body, n] { body(n); });
}

class Racing : public StoreTest {
  protected:
    /// A store of its own on the same folder, as another process has it.
    std::unique_ptr<SqliteStore> another() {
        StoreOptions others = options;
        others.opener = Opener::Other;
        auto opened = SqliteStore::open(others, clock);
        EXPECT_TRUE(opened);
        return *std::move(opened);
    }
};

TEST_F(Racing, EachJobIsClaimedOnceByManyThreadsOfTwoProcesses) {
    constexpr int kJobs = 60;
    for (int n = 0; n < kJobs; ++n) accept(slice(1, {.series = std::to_string(n)}));
    store->association_ended("a1", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    ASSERT_EQ(tick().settled, kJobs);
    const auto second = another();
    std::mutex mutex;
    std::multiset<std::int64_t> claimed;
    on_threads([&](int n) {
        SqliteStore& mine = n % 2 == 0 ? *store : *second;
        while (true) {
            const auto claim = mine.claim("w" + std::to_string(n), 60'000);
            ASSERT_TRUE(claim) << to_string(claim.error());
            if (!*claim) return;
            const std::lock_guard lock(mutex);
            claimed.insert(to_int((*claim)->job));
        }
    });
    EXPECT_EQ(claimed.size(), static_cast<std::size_t>(kJobs));
    EXPECT_EQ(std::set(claimed.begin(), claimed.end()).size(), claimed.size());
}

TEST_F(Racing, OneSeriesOverManyAssociationsIsOneJob) {
    constexpr int kEach = 20;
    std::mutex mutex;
    std::set<std::int64_t> jobs;
    on_threads([&](int n) {
        const std::string association = "t" + std::to_string(n);
        for (int k = 0; k < kEach; ++k) {
            const auto receipt = store->accept(slice(n * kEach + k, {.association = association}));
            ASSERT_TRUE(receipt) << to_string(receipt.error());
            const std::lock_guard lock(mutex);
            jobs.insert(to_int(receipt->job));
        }
        store->association_ended(association, AssociationEnd::Released);
    });
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(show(JobId{*jobs.begin()}).job.instances, kThreads * kEach);
}

TEST_F(Racing, OneInstanceFromManyThreadsIsStoredOnce) {
    std::atomic<int> fresh{0};
    on_threads([&](int n) {
        const auto receipt = store->accept(
            slice(1, {.association = std::to_string(n)}, {.encoding = std::to_string(n)}));
        ASSERT_TRUE(receipt) << to_string(receipt.error());
        if (!receipt->duplicate) ++fresh;
    });
    EXPECT_EQ(fresh, 1);
}

TEST_F(Racing, AllPartsOfTheNodeWorkAtOnce) {
    constexpr int kSeries = 12;
    const auto worker = another();
    std::atomic<bool> sent{false};
    {
        std::vector<std::jthread> threads;
        threads.emplace_back([&] {
            for (int n = 0; n < kSeries; ++n)
                EXPECT_TRUE(store->accept(enhanced_object({.series = std::to_string(n)})));
            sent = true;
        });
        threads.emplace_back([&] {
            int settled = 0;
            while (settled < kSeries) {
                const auto done = store->tick();
                ASSERT_TRUE(done) << to_string(done.error());
                settled += done->settled;
            }
        });
        threads.emplace_back([&] {
            for (int finished = 0; finished < kSeries;) {
                const auto claim = worker->claim("w", 60'000);
                ASSERT_TRUE(claim) << to_string(claim.error());
                if (!*claim) continue;
                EXPECT_TRUE(worker->heartbeat(**claim, 60'000));
                EXPECT_TRUE(worker->snapshot(**claim));
                EXPECT_TRUE(worker->finish_derived(
                    **claim, record_for({"PACS"}, std::to_string(to_int((*claim)->job)))));
                ++finished;
            }
        });
        threads.emplace_back([&] {
            for (int accepted = 0; accepted < kSeries * 4;) {
                const auto batch = store->due("PACS");
                ASSERT_TRUE(batch) << to_string(batch.error());
                if (!*batch) continue;
                for (const OutgoingInstance& one : (*batch)->instances) {
                    EXPECT_TRUE(store->record({one.delivery_id, SendResult::Accepted, 0, {}}));
                    ++accepted;
                }
            }
        });
        threads.emplace_back([&] {
            while (!sent) {
                EXPECT_TRUE(store->list({}));
                EXPECT_TRUE(store->counts());
            }
        });
    }
    EXPECT_EQ(store->list({.state = JobState::Delivered})->size(),
              static_cast<std::size_t>(kSeries));
}

}  // namespace
}  // namespace iqt::queue
