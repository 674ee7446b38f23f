// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

TEST_F(StoreTest, AcceptedInstancesOfOneSeriesShareAJob) {
    const Receipt first = accept(slice(1));
    const Receipt second = accept(slice(2));
    EXPECT_EQ(first.job, second.job);
    EXPECT_FALSE(second.duplicate);
    const JobRow row = show(first.job).job;
    EXPECT_EQ(row.state, JobState::Receiving);
    EXPECT_EQ(row.instances, 2);
    EXPECT_EQ(row.revision, 1);
    EXPECT_EQ(row.calling_ae, "SCANNER");
    EXPECT_EQ(row.series_uid, "1.2.3");
    EXPECT_EQ(row.series_digest.size(), 16U);
}

TEST_F(StoreTest, DifferentSeriesStudiesAndIssuersAreDifferentJobs) {
    const JobId one = accept(slice(1)).job;
    EXPECT_NE(accept(slice(1, {.series = "1.2.4"})).job, one);
}

TEST_F(StoreTest, EqualBytesAgainChangeNothing) {
    const JobId job = accept(slice(1)).job;
    const Receipt again = accept(slice(1));
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.job, job);
    EXPECT_EQ(show(job).job.instances, 1);
}

TEST_F(StoreTest, EqualContentInAnotherEncodingChangesNothing) {
    const JobId job = accept(slice(1)).job;
    EXPECT_TRUE(accept(slice(1, {}, {.encoding = "jpeg"})).duplicate);
    EXPECT_EQ(show(job).job.instances, 1);
}

TEST_F(StoreTest, AnotherHeaderUnderAKnownUidIsKeptAndOpensARevision) {
    const JobId first = accept(slice(1)).job;
    accept(slice(2));
    const Receipt changed = accept(slice(1, {}, {.header = "other"}));
    EXPECT_FALSE(changed.duplicate);
    EXPECT_NE(changed.job, first);
    EXPECT_EQ(state(first), JobState::Cancelled);
    const JobRow row = show(changed.job).job;
    EXPECT_EQ(row.revision, 2);
    EXPECT_EQ(row.instances, 2);
    store->association_ended("a1", AssociationEnd::Released);
    clock.advance(options.settle.quiet_ms);
    tick();
    EXPECT_EQ(objects(claim()),
              (std::vector<std::string>{"pixels1|other|explicit", "pixels2|header|explicit"}));
}

TEST_F(StoreTest, AWholeSeriesSentAgainWithOtherHeadersIsOneRevisionNotMany) {
    send_series(3);
    JobId last{};
    for (int k = 1; k <= 3; ++k)
        last = accept(slice(k, {.association = "a2"}, {.header = "new"})).job;
    EXPECT_EQ(show(last).job.revision, 2);
    EXPECT_EQ(show(last).job.instances, 3);
}

TEST_F(StoreTest, WhatCannotBeComparedIsKept) {
    options.content_equal = [](const ObjectBytes&, const ObjectBytes&) -> Result<bool> {
        return fail(ErrorKind::InvalidInput, "cannot decode");
    };
    open();
    const JobId first = accept(slice(1)).job;
    const Receipt other = accept(slice(1, {}, {.encoding = "jpeg"}));
    EXPECT_FALSE(other.duplicate);
    EXPECT_NE(other.job, first);
}

TEST_F(StoreTest, PatientIdsAreComparedAsRawBytes) {
    Sender from{.patient = std::string("\x1b$B\x00;3\xff", 7)};
    const JobId job = accept(slice(1, from)).job;
    EXPECT_EQ(accept(slice(2, from)).job, job);
    open();
    EXPECT_EQ(accept(slice(3, from)).job, job) << "also when read back from disk";
}

TEST_F(StoreTest, LargeObjectsBecomeFilesAndComeBackWhole) {
    options.blob_bytes_max = 100;
    open();
    const fs::path spilled = folder.path() / "spilled";
    const std::string bytes(5'000, 'x');
    std::ofstream(spilled) << bytes;
    ReceivedInstance instance = enhanced_object();
    instance.object = {{}, spilled, bytes.size()};
    accept(std::move(instance));
    EXPECT_FALSE(fs::exists(spilled)) << "moved, not copied";
    tick();
    auto snapshot = store->snapshot(claim());
    ASSERT_TRUE(snapshot) << to_string(snapshot.error());
    ASSERT_EQ(snapshot->objects.size(), 1U);
    EXPECT_TRUE(snapshot->objects[0].data.empty());
    std::ifstream file(snapshot->objects[0].file);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), bytes);
}

TEST_F(StoreTest, ASpilledFileOfASmallObjectGoesIntoTheDatabase) {
    const fs::path spilled = folder.path() / "spilled";
    std::ofstream(spilled) << "small";
    ReceivedInstance instance = enhanced_object();
    instance.object = {{}, spilled, 5};
    accept(std::move(instance));
    EXPECT_FALSE(fs::exists(spilled));
    tick();
    EXPECT_EQ(objects(claim()), std::vector<std::string>{"small"});
}

TEST_F(StoreTest, ALargeDuplicateLeavesNoSecondFile) {
    options.blob_bytes_max = 4;
    open();
    accept(slice(1));
    EXPECT_TRUE(accept(slice(1)).duplicate);
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(options.data_dir / "objects"))
        files += entry.is_regular_file() ? 1 : 0;
    EXPECT_EQ(files, 1);
}

TEST_F(StoreTest, FilesWithoutARowAreSweptAtTheListenersStart) {
    options.blob_bytes_max = 4;
    open();
    accept(slice(1));
    const fs::path orphan = options.data_dir / "objects" / "ab" / "orphan";
    fs::create_directories(orphan.parent_path());
    std::ofstream(orphan) << "left by a kill";
    open();
    EXPECT_FALSE(fs::exists(orphan));
    clock.advance(options.settle.quiet_ms + options.settle.incomplete_hold_ms);
    tick();
    auto snapshot = store->snapshot(claim());
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(fs::exists(snapshot->objects.at(0).file));
}

TEST_F(StoreTest, AChangedByteOnDiskIsFoundBeforeItBecomesAnImage) {
    options.blob_bytes_max = 4;
    open();
    ReceivedInstance instance = enhanced_object();
    accept(std::move(instance));
    for (const auto& entry : fs::recursive_directory_iterator(options.data_dir / "objects"))
        if (entry.is_regular_file()) {
            std::fstream file(entry.path());
            file << 'X';
        }
    tick();
    const auto snapshot = store->snapshot(claim());
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().kind, ErrorKind::Corrupt);
}

TEST_F(StoreTest, DataAreReadableByTheirOwnerOnly) {
    accept(slice(1));
    for (const auto& entry : fs::directory_iterator(options.data_dir)) {
        struct stat info {};
        ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 077U, 0U) << entry.path();
    }
    struct stat info {};
    ASSERT_EQ(::stat(options.data_dir.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077U, 0U);
}

TEST_F(StoreTest, ObjectsWithoutBytesOrUidsAreRefused) {
    ReceivedInstance empty = slice(1);
    empty.object.data.clear();
    EXPECT_EQ(store->accept(empty).error().kind, ErrorKind::InvalidInput);
    ReceivedInstance anonymous = slice(1);
    anonymous.facts.series_uid.clear();
    EXPECT_EQ(store->accept(anonymous).error().kind, ErrorKind::InvalidInput);
}

TEST_F(StoreTest, TheNotifierIsCalledForNewWorkOutsideOfAnyLock) {
    int calls = 0;
    options.notify = [&] {
        ++calls;
        EXPECT_TRUE(store->tick());  // would never return under the write lock
    };
    open();
    accept(slice(1));
    EXPECT_EQ(calls, 1);
    accept(slice(1));
    EXPECT_EQ(calls, 1) << "a duplicate is no work";
}

}  // namespace
}  // namespace iqt::queue
