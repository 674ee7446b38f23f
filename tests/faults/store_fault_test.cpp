// SPDX-License-Identifier: Apache-2.0
// Every write, sync, rename and truncation of an acceptance fails once, in turn: what was answered
// with success is there after a restart, byte for byte, and what failed can be sent again. The test
// is linked with the shim, so that SQLite and the store call it instead of the C library.
#include <set>

#include "tests/faults/fault_switch.hpp"
#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

using faults::Fault;
using faults::Program;
namespace fs = std::filesystem;

class FaultyDisk : public StoreTest {
  protected:
    FaultyDisk() : fault(folder.path() / "control") {
        options.testing.synchronous = Synchronous::Full;
        options.blob_bytes_max = 20'000;  // every third object is a file
    }
    void SetUp() override {
        fs::create_directories(options.data_dir);
        data_dir = fs::canonical(options.data_dir).string();
        ::iqt_fault_use(fault.control(), data_dir.c_str());
        open();
    }
    void TearDown() override {
        fault.disarm();
        ::iqt_fault_use(nullptr, data_dir.c_str());
    }

    ReceivedInstance object(int k) {
        ReceivedInstance one = slice(k);
        one.object.data = std::string(k % 3 == 0 ? 50'000 : 5'000, static_cast<char>('a' + k % 26));
        one.object.size = one.object.data.size();
        return one;
    }

    // Accepts object after object; during the k-th acceptance operation k mod 9 of those that the
    // fault concerns fails, where there are so many.
    void run(Fault kind, int acceptances) {
        for (int k = 1; k <= acceptances; ++k) {
            fault.arm(kind, Program::Any, k % 9);
            const auto receipt = store->accept(object(k));
            hits += fault.fired();
            fault.disarm();
            if (receipt)
                acknowledged.insert(k);
            else
                refused.push_back(receipt.error());
            if (k % 10 == 0) open();  // what is there is what the disk and the log hold
        }
        open();
    }

    // Every acknowledged object comes as a duplicate: its digest is known and its bytes are whole.
    void audit(int acceptances) {
        for (int k = 1; k <= acceptances; ++k) {
            const bool known = accept(object(k)).duplicate;
            if (acknowledged.contains(k)) {
                EXPECT_TRUE(known) << "object " << k << " was lost";
            }
        }
        EXPECT_TRUE(store->check_integrity());
        store->association_ended("a1", AssociationEnd::Released);
        clock.advance(options.settle.quiet_ms + options.settle.incomplete_hold_ms);
        tick();
        EXPECT_EQ(static_cast<int>(objects_of(claim()).size()), acceptances);
    }
    // The data folder as a kill of all processes leaves it: the log is read anew.
    void open_as_after_a_kill() {
        const fs::path killed = fs::canonical(folder.path()) / "killed";
        fs::copy(options.data_dir, killed, fs::copy_options::recursive);
        fs::remove(killed / "queue.sqlite-shm");
        store.reset();
        options.data_dir = killed;
        open();
    }
    std::vector<ObjectBytes> objects_of(const Claim& claim) {
        auto snapshot = store->snapshot(claim);
        EXPECT_TRUE(snapshot) << to_string(snapshot.error());
        return snapshot ? std::move(snapshot->objects) : std::vector<ObjectBytes>{};
    }

    faults::FaultSwitch fault;
    std::string data_dir;
    std::set<int> acknowledged;
    std::vector<Error> refused;
    std::int64_t hits = 0;
};

constexpr int kAcceptances = 60;

TEST_F(FaultyDisk, AFailedSyncIsNeverAcknowledged) {
    run(Fault::SyncEio, kAcceptances);
    EXPECT_GE(hits, kAcceptances / 9) << "the shim does not reach the store";
    EXPECT_FALSE(refused.empty());
    for (const Error& error : refused) EXPECT_EQ(error.kind, ErrorKind::Io) << to_string(error);
    audit(kAcceptances);
}

TEST_F(FaultyDisk, EverySyncOfAnAcceptanceThatFailsRefusesIt) {
    accept(object(1));
    for (int k = 2; k < 12; ++k) {
        fault.arm(Fault::SyncEio, Program::Any, 0);
        const auto receipt = store->accept(object(k));
        EXPECT_EQ(fault.fired(), 1) << k;
        fault.disarm();
        EXPECT_FALSE(receipt) << k;
    }
    audit(12);
}

TEST_F(FaultyDisk, AFullDiskIsOutOfResourcesAndLosesNothing) {
    run(Fault::WriteEnospc, kAcceptances);
    EXPECT_GT(hits, 0);
    EXPECT_FALSE(refused.empty());
    for (const Error& error : refused)
        EXPECT_EQ(error.kind, ErrorKind::OutOfResources) << to_string(error);
    audit(kAcceptances);
}

TEST_F(FaultyDisk, AFailedWriteLosesNothing) {
    run(Fault::WriteEio, kAcceptances);
    EXPECT_FALSE(refused.empty());
    for (const Error& error : refused) EXPECT_EQ(error.kind, ErrorKind::Io) << to_string(error);
    audit(kAcceptances);
}

TEST_F(FaultyDisk, AWriteThatIsCutShortIsFinished) {
    run(Fault::ShortWrite, kAcceptances);
    EXPECT_GT(hits, 0);
    EXPECT_TRUE(refused.empty()) << to_string(refused.front());
    audit(kAcceptances);
}

TEST_F(FaultyDisk, AWriteThatIsCutShortByAFullDiskLosesNothing) {
    run(Fault::TornWrite, kAcceptances);
    EXPECT_GT(hits, 0);
    EXPECT_FALSE(refused.empty());
    audit(kAcceptances);
}

// The log of a process that was killed after a sync had failed reads well and may not be on the
// disk: the next one writes all of it into the database file before anything is acknowledged.
TEST_F(FaultyDisk, AStartThatCannotSyncTheLogThatWasLeftIsRefused) {
    accept(object(1));
    const fs::path left = fs::canonical(folder.path()) / "left";
    fs::create_directories(left);
    for (const char* name : {"queue.sqlite", "queue.sqlite-wal", "queue.used"})
        fs::copy_file(options.data_dir / name, left / name);
    store.reset();
    options.data_dir = left;
    ::iqt_fault_use(fault.control(), left.c_str());
    fault.arm(Fault::SyncEio, Program::Any, 0, -1);
    const auto opened = SqliteStore::open(options, clock);
    fault.disarm();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::Io) << to_string(opened.error());
    open();
    EXPECT_TRUE(accept(object(1)).duplicate);
    ::iqt_fault_use(fault.control(), data_dir.c_str());
}

// Nobody can know whether a commit whose sync failed is in the log: a process that finds the log
// after all others were killed may read it as valid. Then its results have to be there.
TEST_F(FaultyDisk, AFailedCommitOfResultsThatComesBackFindsItsFiles) {
    const JobId job = ready_job();
    const Claim mine = claim();
    const DerivedRecord record = record_for({"PACS"});
    fault.arm(Fault::SyncEio, Program::Any, 0);
    const Status finished = store->finish_derived(mine, record);
    fault.disarm();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().kind, ErrorKind::Io);
    EXPECT_EQ(state(job), JobState::Running) << "for this process it did not happen";
    open_as_after_a_kill();
    EXPECT_EQ(state(job), JobState::Derived) << "for its successor it did";
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), 4);
    for (const ResultFile& file : record.files)
        EXPECT_TRUE(fs::exists(options.data_dir / file.path));
}

TEST_F(FaultyDisk, AFailedCommitOfALargeObjectThatComesBackIsMadeWholeWhenItIsSentAgain) {
    accept(object(1));
    accept(object(2));
    constexpr int kSyncsOfItsFile = 4;  // the file and the three folders above it
    fault.arm(Fault::SyncEio, Program::Any, kSyncsOfItsFile);
    const auto refused_commit = store->accept(object(3));
    EXPECT_EQ(fault.fired(), 1);
    fault.disarm();
    ASSERT_FALSE(refused_commit);
    open_as_after_a_kill();
    EXPECT_FALSE(accept(object(3)).duplicate) << "its row is there, its file is not";
    acknowledged = {1, 2, 3};
    audit(3);
}

}  // namespace
}  // namespace iqt::queue
