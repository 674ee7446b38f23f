// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include <sys/resource.h>

#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

TEST_F(StoreTest, NothingIsAdmittedBelowTheDiskReserve) {
    EXPECT_TRUE(store->admit(1'000));
    options.min_free_bytes = std::uint64_t{1} << 62U;
    open();
    const Status refused = store->admit(1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::OutOfResources);
}

TEST_F(StoreTest, AnObjectThatWouldEatTheReserveIsNotAdmitted) {
    EXPECT_FALSE(store->admit(std::uint64_t{1} << 62U));
}

TEST_F(StoreTest, AFullQueueTakesTheRestOfASeriesButNoNewOne) {
    options.queue_jobs_max = 1;
    open();
    accept(slice(1));
    EXPECT_TRUE(store->admit(1)) << "its series is still arriving";
    EXPECT_FALSE(accept(slice(2)).duplicate);
    const auto other = store->accept(slice(1, {.series = "9"}));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::OutOfResources);
    store->association_ended("a1", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(store->admit(1).error().kind, ErrorKind::OutOfResources);
    ASSERT_TRUE(store->finish_derived(claim(), record_for({})));
    EXPECT_TRUE(store->admit(1)) << "finished jobs do not count";
    EXPECT_TRUE(store->accept(slice(1, {.series = "9"})));
}

TEST_F(StoreTest, ASeriesBeyondItsLimitIsRefused) {
    options.instances_per_series_max = 2;
    open();
    accept(slice(1));
    accept(slice(2));
    EXPECT_EQ(store->accept(slice(3)).error().kind, ErrorKind::OutOfResources);
    EXPECT_TRUE(accept(slice(2)).duplicate);
}

TEST_F(StoreTest, AFullDatabaseIsOutOfResourcesAndKeepsWhatItHas) {
    options.testing.pages_max = 90;
    open();
    int stored = 0;
    Status last;
    for (int k = 1; k <= 200 && last; ++k) {
        ReceivedInstance one = slice(k);
        one.object.data.resize(20'000, 'x');
        const auto receipt = store->accept(std::move(one));
        if (receipt)
            ++stored;
        else
            last = fail(receipt.error());
    }
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().kind, ErrorKind::OutOfResources);
    ASSERT_GT(stored, 0);
    const auto rows = store->list({});
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->at(0).instances, stored);
    options.testing.pages_max = 0;
    open();
    EXPECT_FALSE(accept(slice(201)).duplicate) << "takes more once there is room";
    EXPECT_EQ(show(rows->at(0).id).job.instances, stored + 1);
}

// The kernel refuses to let any file grow: writes fail in the middle of a transaction.
TEST_F(StoreTest, AFailedWriteLosesNothingAndTheConnectionGoesOn) {
    accept(slice(1));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit tight{1, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto refused = store->accept(slice(2));
    const auto rows = store->list({});
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Io);
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->at(0).instances, 1);
    EXPECT_FALSE(accept(slice(2)).duplicate) << "it had not been acknowledged";
    EXPECT_EQ(show(rows->at(0).id).job.instances, 2);
}

TEST_F(StoreTest, ALargeObjectThatCannotBeWrittenIsRefusedAndLeavesNoFile) {
    options.blob_bytes_max = 100;
    open();
    std::signal(SIGXFSZ, SIG_IGN);
    ReceivedInstance large = slice(1);
    large.object.data.resize(200'000, 'x');
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit tight{65'536, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto refused = store->accept(large);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(refused);
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(options.data_dir / "objects"))
        EXPECT_FALSE(entry.is_regular_file()) << entry.path();
    EXPECT_FALSE(accept(std::move(large)).duplicate);
}

}  // namespace
}  // namespace iqt::queue
