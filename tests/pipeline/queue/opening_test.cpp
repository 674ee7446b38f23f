// SPDX-License-Identifier: Apache-2.0
#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

class Opening : public StoreTest {
  protected:
    std::filesystem::path file() const { return options.data_dir / "queue.sqlite"; }
    void run_sql(const std::string& sql) {
        SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec(sql);
    }
    Error refused() {
        store.reset();
        auto opened = SqliteStore::open(options, clock);
        EXPECT_FALSE(opened);
        return opened ? Error{} : opened.error();
    }
};

TEST_F(Opening, ANewerSchemaIsRefusedWithAClearSentence) {
    store.reset();
    run_sql("PRAGMA user_version = 999");
    const Error error = refused();
    EXPECT_EQ(error.kind, ErrorKind::Config);
    EXPECT_NE(error.what.find("newer version of this program"), std::string::npos);
    EXPECT_NE(error.what.find("999"), std::string::npos);
}

TEST_F(Opening, AForeignDatabaseIsRefusedUntouched) {
    store.reset();
    std::filesystem::remove_all(options.data_dir);
    std::filesystem::create_directories(options.data_dir);
    SQLite::Database(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE theirs(x)");
    EXPECT_EQ(refused().kind, ErrorKind::Config);
    EXPECT_TRUE(SQLite::Database(file().string()).tableExists("theirs"));
    EXPECT_FALSE(SQLite::Database(file().string()).tableExists("jobs"));
}

TEST_F(Opening, AFileThatIsNoDatabaseIsCorrupt) {
    store.reset();
    std::filesystem::remove_all(options.data_dir);
    std::filesystem::create_directories(options.data_dir);
    std::ofstream(file()) << std::string(8'192, 'x');
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt);
}

TEST_F(Opening, DamagedPagesAreFoundBeforeAnythingRuns) {
    for (int n = 0; n < 300; ++n) accept(slice(1, {.series = std::to_string(n)}));
    store.reset();
    run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
    std::int64_t page = 0;
    {
        SQLite::Database database(file().string());
        page = database.execAndGet("SELECT rootpage FROM sqlite_master WHERE name = 'jobs'")
                   .getInt64();
    }
    std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp((page - 1) * 4096 + 20);
    damage << std::string(200, '\x5a');
    damage.close();
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt);
}

TEST_F(Opening, AWholeCheckPassesOnASoundDatabase) {
    send_series(3);
    EXPECT_TRUE(store->check_integrity());
}

TEST_F(Opening, OnlyOneListenerRunsOnADataFolder) {
    const auto second = SqliteStore::open(options, clock);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
    options.opener = Opener::Other;
    EXPECT_TRUE(SqliteStore::open(options, clock)) << "workers and operators may come in";
}

TEST_F(Opening, AnUnusableDataFolderIsAnIoError) {
    store.reset();
    std::ofstream(folder.path() / "file") << "x";
    options.data_dir = folder.path() / "file" / "data";
    EXPECT_EQ(refused().kind, ErrorKind::Io);
}

TEST_F(Opening, AnUpgradeThatWasCutOffIsDoneAtTheNextStart) {
    store.reset();
    std::filesystem::remove_all(options.data_dir);
    std::filesystem::create_directories(options.data_dir);
    SQLite::Database(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("PRAGMA journal_mode = WAL");  // as far as a kill before the first commit leaves it
    open();
    EXPECT_FALSE(accept(slice(1)).duplicate);
}

}  // namespace
}  // namespace iqt::queue
