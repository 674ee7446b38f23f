// SPDX-License-Identifier: Apache-2.0
// A data folder that is not what it was: nothing starts on a damaged or an emptied queue, and what
// is damaged of one series costs that series only.
#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

class Soundness : public StoreTest {
  protected:
    fs::path database() const { return options.data_dir / "queue.sqlite"; }

    // Closes the store with all of its log in the database file.
    void close_store() {
        store.reset();
        run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    void run(const std::string& sql) {
        SQLite::Database(database().string(), SQLite::OPEN_READWRITE).exec(sql);
    }
    std::int64_t number(const std::string& sql) {
        return SQLite::Database(database().string()).execAndGet(sql).getInt64();
    }
    Error refused() {
        store.reset();
        auto opened = SqliteStore::open(options, clock);
        EXPECT_FALSE(opened);
        return opened ? Error{} : opened.error();
    }
    void overwrite(std::int64_t at, std::size_t bytes) {
        std::fstream file(database(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(at);
        file << std::string(bytes, '\x5a');
    }
    std::vector<fs::path> object_files() const {
        std::vector<fs::path> files;
        for (const auto& entry : fs::recursive_directory_iterator(options.data_dir / "objects"))
            if (entry.is_regular_file()) files.push_back(entry.path());
        return files;
    }
    JobStore::Tick settle_now() {
        clock.advance(options.settle.quiet_ms + options.settle.incomplete_hold_ms);
        return tick();
    }
    std::string why(JobId job) {
        const auto reasons = show(job).job.reasons;
        return reasons.empty() ? "" : reasons.front();
    }
};

TEST_F(Soundness, AnEmptiedDatabaseIsNotBegunAnew) {
    accept(slice(1));
    close_store();
    fs::resize_file(database(), 0);
    const Error error = refused();
    EXPECT_EQ(error.kind, ErrorKind::Corrupt);
    EXPECT_NE(error.what.find("was in use"), std::string::npos) << error.what;
    EXPECT_NE(error.hint.find("backup"), std::string::npos) << error.hint;
    options.opener = Opener::Other;
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt) << "a worker does not make one either";
}

TEST_F(Soundness, AMissingDatabaseIsNotMadeAnew) {
    accept(slice(1));
    close_store();
    fs::remove(database());
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt);
    EXPECT_FALSE(fs::exists(database()));
}

TEST_F(Soundness, ADatabaseThatLivedInALostLogIsNotBegunAnew) {
    const fs::path copy = folder.path() / "copy";
    store.reset();
    fs::remove_all(options.data_dir);
    fs::create_directories(copy);
    options.data_dir = copy;
    std::ofstream(copy / "queue.used") << "x";
    SQLite::Database(database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("PRAGMA journal_mode = WAL");
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt);
}

TEST_F(Soundness, AnEmptyFolderIsBegunAndNoted) {
    EXPECT_TRUE(fs::exists(options.data_dir / "queue.used"));
}

TEST_F(Soundness, ATruncatedDatabaseIsCorrupt) {
    for (int n = 0; n < 300; ++n) accept(slice(1, {.series = std::to_string(n)}));
    close_store();
    fs::resize_file(database(), fs::file_size(database()) / 2 / 4096 * 4096);
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt);
}

TEST_F(Soundness, ADamagedRootPageOfAnyTableIsCorrupt) {
    derived_job({"PACS"});
    for (int n = 0; n < 300; ++n) accept(slice(1, {.series = std::to_string(n)}));
    close_store();
    const fs::path sound = folder.path() / "sound.sqlite";
    fs::copy_file(database(), sound);
    for (const char* table : {"series", "jobs", "instances", "results", "deliveries", "touches",
                              "events", "notices", "instances_by_sop", "jobs_by_state"}) {
        const auto page =
            number("SELECT rootpage FROM sqlite_master WHERE name = '" + std::string(table) + "'");
        overwrite((page - 1) * 4096, 64);
        EXPECT_EQ(refused().kind, ErrorKind::Corrupt) << table;
        for (const char* left : {"queue.sqlite-wal", "queue.sqlite-shm"})
            fs::remove(options.data_dir / left);
        fs::copy_file(sound, database(), fs::copy_options::overwrite_existing);
    }
    open();
    EXPECT_TRUE(store->check_integrity());
}

TEST_F(Soundness, AStateThatDoesNotExistIsCorrupt) {
    send_series(3);
    store.reset();
    run("UPDATE jobs SET state = 'reaey'");
    const Error error = refused();
    EXPECT_EQ(error.kind, ErrorKind::Corrupt);
    EXPECT_NE(error.what.find("reaey"), std::string::npos) << error.what;
}

TEST_F(Soundness, ADeliveryStateOrKindThatDoesNotExistIsCorrupt) {
    derived_job({"PACS"});
    store.reset();
    run("UPDATE deliveries SET state = 'pendinc' WHERE id = 1");
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt);
    run("UPDATE deliveries SET state = 'pending', kind = 'warninf' WHERE id = 1");
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt);
}

TEST_F(Soundness, ACauseOrStateOfANoticeThatDoesNotExistIsCorrupt) {
    ready_job();
    ASSERT_TRUE(store->finish_failed(claim(), {ErrorKind::InvalidInput, "no pixels", {}, {}}));
    store.reset();
    ASSERT_EQ(number("SELECT count(*) FROM notices"), 1);
    run("UPDATE notices SET state = 'duf'");
    EXPECT_EQ(refused().kind, ErrorKind::Corrupt);
    run("UPDATE notices SET state = 'due', cause = 'given_uq'");
    const Error error = refused();
    EXPECT_EQ(error.kind, ErrorKind::Corrupt);
    EXPECT_NE(error.what.find("given_uq"), std::string::npos) << error.what;
}

TEST_F(Soundness, ALogThatWasLeftIsWrittenBackWhenTheListenerStarts) {
    accept(slice(1));
    const fs::path copy = folder.path() / "copy";
    fs::create_directories(copy);
    for (const char* name : {"queue.sqlite", "queue.sqlite-wal", "queue.used"})  // as a kill leaves
        fs::copy_file(options.data_dir / name, copy / name);
    ASSERT_GT(fs::file_size(copy / "queue.sqlite-wal"), 0U);
    store.reset();
    options.data_dir = copy;
    open();
    fs::copy_file(database(), folder.path() / "alone.sqlite");
    SQLite::Database alone((folder.path() / "alone.sqlite").string(), SQLite::OPEN_READWRITE);
    EXPECT_EQ(alone.execAndGet("SELECT count(*) FROM instances").getInt(), 1);
}

TEST_F(Soundness, AMissingObjectIsReportedAtStartAndCostsItsSeriesOnly) {
    options.blob_bytes_max = 0;
    open();
    const JobId broken = send_series(3);
    const JobId whole = send_series(3, {.series = "9.9.9", .association = "a2"});
    fs::remove(object_files().front());
    store.reset();
    testing::internal::CaptureStderr();
    open();
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("queue.object_missing"), std::string::npos) << said;
    settle_now();
    while (const auto next = store->claim("w", 30'000).value()) {
        const auto snapshot = store->snapshot(*next);
        if (snapshot) {
            EXPECT_TRUE(store->finish_derived(*next, record_for({})));
            continue;
        }
        EXPECT_EQ(snapshot.error().kind, ErrorKind::Corrupt);
        EXPECT_TRUE(store->finish_failed(*next, snapshot.error()));
    }
    const JobId dead = state(broken) == JobState::Dead ? broken : whole;
    const JobId done = dead == broken ? whole : broken;
    EXPECT_EQ(state(dead), JobState::Dead);
    EXPECT_NE(why(dead).find("sent again"), std::string::npos) << why(dead);
    EXPECT_EQ(state(done), JobState::Delivered);
}

TEST_F(Soundness, AMissingObjectThatComesAgainIsPutBack) {
    options.blob_bytes_max = 0;
    open();
    const JobId job = send_series(3);
    for (const fs::path& file : object_files()) fs::remove(file);
    settle_now();
    const Claim first = claim();
    ASSERT_TRUE(store->finish_failed(first, store->snapshot(first).error()));
    ASSERT_EQ(state(job), JobState::Dead);
    EXPECT_FALSE(accept(slice(1)).duplicate) << "it is stored anew";
    EXPECT_FALSE(accept(slice(2)).duplicate);
    EXPECT_FALSE(accept(slice(3)).duplicate);
    EXPECT_TRUE(accept(slice(3)).duplicate);
    ASSERT_TRUE(store->retry(job));
    const auto snapshot = store->snapshot(claim());
    ASSERT_TRUE(snapshot) << to_string(snapshot.error());
    EXPECT_EQ(snapshot->objects.size(), 3U);
}

TEST_F(Soundness, DamagedBytesAreNoDuplicateOfWhatComesAgain) {
    const JobId job = send_series(3);
    store.reset();
    run("UPDATE instances SET data = x'00' WHERE id = 2");
    open();
    EXPECT_TRUE(accept(slice(1)).duplicate);
    EXPECT_FALSE(accept(slice(2)).duplicate);
    EXPECT_TRUE(accept(slice(2)).duplicate);
    settle_now();
    EXPECT_EQ(objects(claim()).size(), 3U);
    EXPECT_EQ(show(job).job.instances, 3);
}

TEST_F(Soundness, DamagedBytesAreNoDuplicateOfTheirContentInAnotherEncoding) {
    send_series(3);
    store.reset();
    run("UPDATE instances SET data = CAST('pixels2|header|explicix' AS BLOB) WHERE id = 2");
    open();
    EXPECT_TRUE(accept(slice(1, {}, {.encoding = "implicit"})).duplicate);
    EXPECT_FALSE(accept(slice(2, {}, {.encoding = "implicit"})).duplicate);
    settle_now();
    const std::vector<std::string> now = objects(claim());
    ASSERT_EQ(now.size(), 3U);
    EXPECT_EQ(now[1], "pixels2|header|implicit");
}

TEST_F(Soundness, FoldersOfAttemptsThatLeftNoRowsAreRemovedAtTheStart) {
    const JobId job = ready_job();
    const Claim running = claim();
    const std::string own = std::to_string(to_int(job)) + "-";
    const fs::path results = options.data_dir / "results";
    const fs::path of_now = results / (own + std::to_string(running.token)),
                   of_before = results / (own + std::to_string(running.token - 1)),
                   foreign = results / "notes";
    for (const fs::path& one : {of_now, of_before, foreign}) {
        fs::create_directories(one / "enhanced");
        std::ofstream(one / "enhanced" / "00001.dcm") << "x";
    }
    open();
    EXPECT_TRUE(fs::exists(of_now)) << "its worker may be writing";
    EXPECT_FALSE(fs::exists(of_before));
    EXPECT_TRUE(fs::exists(foreign)) << "not a folder of ours";
    DerivedRecord record = record_for({"PACS"});
    for (ResultFile& file : record.files) {
        const fs::path inside =
            fs::relative(of_now, options.data_dir) / "enhanced" / file.sop_instance_uid;
        fs::rename(options.data_dir / file.path, options.data_dir / inside);
        file.path = inside.string();
    }
    ASSERT_TRUE(store->finish_derived(running, record));
    open();
    EXPECT_TRUE(fs::exists(of_now)) << "rows name it";
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
}

TEST_F(Soundness, AResultThatIsNotWhatWasMadeIsMadeAgain) {
    const JobId job = derived_job({"PACS"});
    const auto warnings = due_now("PACS");
    ASSERT_EQ(warnings.size(), 2U);
    record(warnings[0].delivery_id, SendResult::Accepted);
    EXPECT_EQ(warnings[1].sha256, digest::sha256_hex(warnings[1].sop_instance_uid));
    std::ofstream(warnings[1].file) << "damaged";
    record(warnings[1].delivery_id, SendResult::Permanent, 0, "differs from what was made");
    ASSERT_EQ(state(job), JobState::Dead);
    ASSERT_TRUE(store->retry(job));
    EXPECT_EQ(state(job), JobState::Ready) << "sending it again would not help";
    ASSERT_TRUE(store->finish_derived(claim(), record_for({"PACS"})));
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 3) << "the accepted one is not sent again";
    EXPECT_EQ(state(job), JobState::Delivered);
}

}  // namespace
}  // namespace iqt::queue
