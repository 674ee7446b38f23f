// SPDX-License-Identifier: Apache-2.0
// What becomes of one object: admitted, refused with its status, kept in memory or in a file.
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "dicom/net/store_scp.hpp"
#include "tests/dicom/net/raw_peer.hpp"
#include "tests/dicom/net/scp_fixture.hpp"

namespace iqt::dicom::net {
namespace {

constexpr const char* kSentUid = "1.2.826.0.1.3680043.10.511.9.3.1";

class StoreScpObjects : public testing::Test {
  protected:
    fakes::TempFolder folder_;
    FakeSink sink_;
};

TEST_F(StoreScpObjects, AsksForRoomBeforeItTakesAnObjectAndAnswersA700) {
    RunningScp scp(test_options(folder_.path()), sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    sink_.refuse_admission(Error{ErrorKind::OutOfResources, "the disk is full", {}, {}});
    const auto refused = peer.store_mr(kSentUid, 200);  // several fragments, all to be drained
    EXPECT_EQ(refused.status, 0xa700);
    EXPECT_EQ(refused.comment, "the disk is full");
    sink_.refuse_admission({});
    EXPECT_EQ(peer.store_mr(kSentUid).status, 0) << "the association goes on after a refusal";
    peer.release();
    EXPECT_EQ(sink_.received().size(), 1u);
}

TEST_F(StoreScpObjects, AnswersEveryErrorOfTheSinkByTheTable) {
    RunningScp scp(test_options(folder_.path()), sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    for (const auto& [kind, status] :
         {std::pair{ErrorKind::Io, 0xa700}, std::pair{ErrorKind::OutOfResources, 0xa700},
          std::pair{ErrorKind::InvalidInput, 0xc000}}) {
        sink_.refuse_accept(Error{kind, "told so", {}, {}});
        EXPECT_EQ(peer.store_mr(kSentUid).status, status);
    }
    peer.release();
    EXPECT_TRUE(sink_.received().empty());
}

TEST_F(StoreScpObjects, AnswersA900WhereCommandAndDataSetDisagree) {
    RunningScp scp(test_options(folder_.path()), sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    const std::string data_set = encode(*make_mr(kSentUid));
    EXPECT_EQ(peer.store(UID_MRImageStorage, "1.2.3.4.5", data_set).status, 0xa900);
    auto other_class = make_mr(kSentUid);
    other_class->getDataset()->putAndInsertString(DCM_SOPClassUID, UID_EnhancedMRImageStorage);
    EXPECT_EQ(peer.store(UID_MRImageStorage, kSentUid, encode(*other_class)).status, 0xa900);
    EXPECT_EQ(peer.store(UID_CTImageStorage, kSentUid, data_set).status, 0x0122);
    peer.release();
    EXPECT_TRUE(sink_.received().empty());
}

TEST_F(StoreScpObjects, AnswersC000ForWhatItCannotUnderstand) {
    RunningScp scp(test_options(folder_.path()), sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    EXPECT_EQ(peer.store(UID_MRImageStorage, kSentUid, std::string(5000, '\x5a')).status, 0xc000);
    EXPECT_EQ(peer.store(UID_MRImageStorage, kSentUid, "").status, 0xc000);
    EXPECT_EQ(peer.store_mr("../../etc/passwd").status, 0xc000);
    for (const DcmTagKey& required :
         {DCM_SOPInstanceUID, DCM_StudyInstanceUID, DCM_SeriesInstanceUID}) {
        auto lacking = make_mr(kSentUid);
        lacking->getDataset()->findAndDeleteElement(required);
        const auto response = peer.store(UID_MRImageStorage, kSentUid, encode(*lacking));
        EXPECT_EQ(response.status, 0xc000) << required.toString();
        EXPECT_FALSE(response.comment.empty());
        EXPECT_LE(response.comment.size(), 64u);
    }
    std::string cut = encode(*make_mr(kSentUid));
    cut.resize(cut.size() - 100);  // the length of the pixel data says more
    EXPECT_EQ(peer.store(UID_MRImageStorage, kSentUid, cut).status, 0xc000);
    EXPECT_EQ(peer.store_mr(kSentUid).status, 0) << "the association goes on after a refusal";
    peer.release();
    EXPECT_EQ(sink_.received().size(), 1u);
}

TEST_F(StoreScpObjects, RefusesAnObjectOverTheLimitAndGoesOn) {
    auto options = test_options(folder_.path());
    options.object.object_bytes_max = 50'000;
    options.object.memory_bytes = 10'000;
    RunningScp scp(options, sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    EXPECT_EQ(peer.store_mr(kSentUid, 200).status, 0xc000);  // 80 kB
    EXPECT_TRUE(files_in(folder_.path()).empty()) << "what was spilled of it is removed";
    EXPECT_EQ(peer.store_mr(kSentUid, 16).status, 0);
    peer.release();
    EXPECT_EQ(sink_.ends(1), std::vector{AssociationEnd::Released});
}

TEST_F(StoreScpObjects, DrainsAnObjectManyTimesOverTheLimitAndGoesOn) {
    auto options = test_options(folder_.path());
    options.object.object_bytes_max = 50'000;
    options.object.memory_bytes = 10'000;
    RunningScp scp(options, sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    const auto refused = peer.store_mr(kSentUid, 800);  // 1.3 MB
    EXPECT_EQ(refused.status, 0xc000);
    EXPECT_TRUE(refused.comment.starts_with("object exceeds the size limit"));
    EXPECT_TRUE(files_in(folder_.path()).empty());
    EXPECT_EQ(peer.store_mr(kSentUid, 16).status, 0);
    peer.release();
    EXPECT_EQ(sink_.ends(1), std::vector{AssociationEnd::Released});
}

TEST_F(StoreScpObjects, SpillsALargeObjectToAFileThatTheSinkOwns) {
    auto options = test_options(folder_.path());
    options.object.memory_bytes = 10'000;
    RunningScp scp(options, sink_);
    const std::string data_set = encode(*make_mr(kSentUid, 200));
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    EXPECT_EQ(peer.store(UID_MRImageStorage, kSentUid, data_set).status, 0);
    sink_.refuse_accept(Error{ErrorKind::Io, "told so", {}, {}});
    EXPECT_EQ(peer.store(UID_MRImageStorage, kSentUid, data_set).status, 0xa700);
    peer.release();
    const auto received = sink_.received();
    ASSERT_EQ(received.size(), 1u);
    const ObjectBytes& object = received[0].object;
    EXPECT_TRUE(object.data.empty());
    EXPECT_EQ(files_in(folder_.path()), std::vector{object.file}) << "the refused one is removed";
    std::ifstream in(object.file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    EXPECT_EQ(bytes.size(), object.size);
    EXPECT_TRUE(bytes.ends_with(data_set));
}

}  // namespace
}  // namespace iqt::dicom::net
