// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/object_receiver.hpp"

#include <fstream>
#include <iterator>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/dicom/net/scp_fixture.hpp"

namespace iqt::dicom::net {
namespace {

Status admit_all(std::uint64_t) {
    return {};
}

TEST(ObjectReceiver, KeepsASmallObjectInMemoryBehindItsPrefix) {
    const fakes::TempFolder folder;
    const ObjectLimits limits{100, 1000, folder.path()};
    ObjectReceiver receiver(limits, "head", 10, admit_all);
    receiver.append("abc");
    receiver.append("def");
    const auto object = receiver.finish();
    ASSERT_TRUE(object);
    EXPECT_EQ(object->data, "headabcdef");
    EXPECT_EQ(object->size, 10u);
    EXPECT_TRUE(object->file.empty());
    EXPECT_TRUE(files_in(folder.path()).empty());
}

TEST(ObjectReceiver, SpillsALargeObjectIntoAFileOfItsOwnOnly) {
    const fakes::TempFolder folder;
    const ObjectLimits limits{8, 1000, folder.path()};
    ObjectReceiver receiver(limits, "head", 0, admit_all);
    for (const char* part : {"abc", "def", "ghi", "jkl"}) receiver.append(part);
    const auto object = receiver.finish();
    ASSERT_TRUE(object);
    EXPECT_TRUE(object->data.empty());
    EXPECT_EQ(object->size, 16u);
    struct stat info {};
    ASSERT_EQ(::stat(object->file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    std::ifstream in(object->file, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "headabcdefghijkl");
}

TEST(ObjectReceiver, RemovesTheFileOfAnObjectThatIsNotFinished) {
    const fakes::TempFolder folder;
    {
        const ObjectLimits limits{4, 1000, folder.path()};
        ObjectReceiver receiver(limits, "", 0, admit_all);
        receiver.append("more than four");
        EXPECT_EQ(files_in(folder.path()).size(), 1u);
    }
    EXPECT_TRUE(files_in(folder.path()).empty());
}

TEST(ObjectReceiver, StopsKeepingAtTheSizeLimitAndGoesOnCounting) {
    const fakes::TempFolder folder;
    const ObjectLimits limits{4, 10, folder.path()};
    ObjectReceiver receiver(limits, "", 0, admit_all);
    receiver.append("0123456789");
    EXPECT_TRUE(receiver.status());
    receiver.append("x");
    ASSERT_FALSE(receiver.status());
    EXPECT_EQ(receiver.status().error().kind, ErrorKind::TooLarge);
    receiver.append("yz");
    EXPECT_EQ(receiver.received_bytes(), 13u);
    EXPECT_EQ(receiver.finish().error().kind, ErrorKind::TooLarge);
}

TEST(ObjectReceiver, ShowsTheBeginningOfWhatItKeepsInMemoryOrInAFile) {
    const fakes::TempFolder folder;
    const ObjectLimits limits{8, 20, folder.path()};
    ObjectReceiver receiver(limits, "head", 0, admit_all);
    receiver.append("abc");
    EXPECT_EQ(receiver.beginning(), "headabc");
    receiver.append("defghi");
    EXPECT_EQ(files_in(folder.path()).size(), 1u);
    EXPECT_EQ(receiver.beginning(), "headabcdefghi");
    receiver.append("beyond the limit");
    EXPECT_EQ(receiver.beginning(), "") << "nothing is kept of an object that failed";
}

TEST(ObjectReceiver, AsksForRoomFirstAndAgainAsTheObjectGrows) {
    const fakes::TempFolder folder;
    const ObjectLimits limits{1000, 100, folder.path()};
    std::vector<std::uint64_t> asked;
    ObjectReceiver receiver(limits, "", 8, [&](std::uint64_t bytes) -> Status {
        asked.push_back(bytes);
        return {};
    });
    for (int i = 0; i < 40; ++i) receiver.append("x");
    EXPECT_EQ(asked, (std::vector<std::uint64_t>{8, 18, 38, 78}));
}

TEST(ObjectReceiver, KeepsTheFirstErrorOfAnyKind) {
    const fakes::TempFolder folder;
    const ObjectLimits limits{1000, 2, folder.path()};
    ObjectReceiver receiver(limits, "", 0, [](std::uint64_t) -> Status {
        return fail(ErrorKind::OutOfResources, "the queue is full");
    });
    receiver.append("far too long");
    EXPECT_EQ(receiver.finish().error().kind, ErrorKind::OutOfResources);
}

TEST(ObjectReceiver, ReportsAFolderThatIsNotThere) {
    const fakes::TempFolder folder;
    const ObjectLimits limits{2, 100, folder.path() / "absent"};
    ObjectReceiver receiver(limits, "", 0, admit_all);
    receiver.append("too long for memory");
    ASSERT_FALSE(receiver.status());
    EXPECT_EQ(receiver.status().error().kind, ErrorKind::Io);
}

TEST(ObjectReceiver, ReportsAFileThatCannotGrow) {
    const fakes::TempFolder folder;
    const ObjectLimits limits{0, 1 << 20, folder.path()};
    const FileSizeLimit quota(4096);
    {
        ObjectReceiver receiver(limits, "", 0, admit_all);
        receiver.append(std::string(64 * 1024, 'x'));
        ASSERT_FALSE(receiver.status());
        EXPECT_EQ(receiver.status().error().kind, ErrorKind::Io);
        EXPECT_EQ(receiver.received_bytes(), 64u * 1024u);
    }
    EXPECT_TRUE(files_in(folder.path()).empty());
}

}  // namespace
}  // namespace iqt::dicom::net
