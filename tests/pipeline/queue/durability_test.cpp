// SPDX-License-Identifier: Apache-2.0
// What an acknowledged object rests on: a commit that is synced, and a write-ahead log.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "pipeline/queue/database.hpp"
#include "pipeline/queue/store_state.hpp"
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

constexpr int kFull = 2;  // of PRAGMA synchronous: every commit reaches the disk before it returns

void expect_durable(SQLite::Database& connection) {
    EXPECT_EQ(connection.execAndGet("PRAGMA synchronous").getInt(), kFull);
    EXPECT_EQ(connection.execAndGet("PRAGMA journal_mode").getString(), "wal");
}

TEST(Durability, EveryConnectionSyncsItsCommitsInAWriteAheadLog) {
    fakes::TempFolder folder;
    const DatabaseOptions options{.file = folder.path() / "queue.sqlite"};
    Connection first(options), second(options);
    expect_durable(first.raw());
    expect_durable(second.raw());
}

TEST(Durability, TheWriterOfADatabaseSyncsItsCommits) {
    fakes::TempFolder folder;
    auto database = Database::open({.file = folder.path() / "queue.sqlite"});
    ASSERT_TRUE(database) << to_string(database.error());
    Database::Writer writer(**database);
    Query synchronous = writer.query("PRAGMA synchronous");
    ASSERT_TRUE(synchronous.next());
    EXPECT_EQ(synchronous.small(0), kFull);
}

TEST(Durability, AStoreOpensItsDatabaseSyncedUnlessATestAsksOtherwise) {
    StoreOptions options;
    EXPECT_TRUE(database_options(options).synchronous_full);
    options.testing.synchronous = Synchronous::Off;
    EXPECT_FALSE(database_options(options).synchronous_full);
}

TEST_F(StoreTest, KeepsItsDatabaseInAWriteAheadLog) {
    SQLite::Database file((options.data_dir / "queue.sqlite").string(), SQLite::OPEN_READWRITE);
    EXPECT_EQ(file.execAndGet("PRAGMA journal_mode").getString(), "wal");
}

}  // namespace
}  // namespace iqt::queue
