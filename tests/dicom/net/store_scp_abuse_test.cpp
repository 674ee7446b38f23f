// SPDX-License-Identifier: Apache-2.0
// Peers that go away, lie or dawdle: the listener ends their association and goes on.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "dicom/net/store_scp.hpp"
#include "tests/dicom/net/raw_peer.hpp"
#include "tests/dicom/net/scp_fixture.hpp"

namespace iqt::dicom::net {
namespace {

constexpr const char* kAbusedUid = "1.2.826.0.1.3680043.10.511.9.4.1";
using Part = RawPeer::Part;

class StoreScpAbuse : public testing::Test {
  protected:
    // Each test ends with this: the listener still works.
    static void expect_service(int port) {
        RawPeer peer(port);
        ASSERT_TRUE(peer.associate());
        EXPECT_EQ(peer.store_mr(kAbusedUid).status, 0);
        peer.release();
    }
    void expect_aborted() {
        EXPECT_EQ(sink_.ends(1), std::vector{AssociationEnd::Aborted});
        EXPECT_TRUE(sink_.received().empty()) << "half an object never reaches the sink";
    }

    fakes::TempFolder folder_;
    FakeSink sink_;
};

TEST_F(StoreScpAbuse, PeerGoesAwayInTheMiddleOfAFragment) {
    RunningScp scp(test_options(folder_.path()), sink_);
    {
        RawPeer peer(scp.port());
        ASSERT_TRUE(peer.associate());
        peer.send_store_command(UID_MRImageStorage, kAbusedUid);
        // A P-DATA-TF of 1006 bytes, of which 16 come.
        peer.send(std::string("\4\0\0\0\3\xee\0\0\3\xea\1\0", 12) + "0123");
    }
    expect_aborted();
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, PeerResetsBetweenTwoFragments) {
    RunningScp scp(test_options(folder_.path()), sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    peer.send_store_command(UID_MRImageStorage, kAbusedUid);
    peer.send_pdv(Part::Data, std::string(4000, 'x'));
    peer.reset();
    expect_aborted();
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, PeerAbortsInTheMiddleOfALargeObject) {
    auto options = test_options(folder_.path());
    options.object.memory_bytes = 1000;
    RunningScp scp(options, sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    peer.send_store_command(UID_MRImageStorage, kAbusedUid);
    for (int i = 0; i < 10; ++i) peer.send_pdv(Part::Data, std::string(4000, 'x'));
    peer.send(std::string("\7\0\0\0\0\4\0\0\0\0", 10));  // A-ABORT
    expect_aborted();
    EXPECT_TRUE(files_in(folder_.path()).empty());
    EXPECT_TRUE(peer.wait_for_end());
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, PeerAbortsInAnObjectThatHasShownItsSeries) {
    for (const std::uint64_t memory_bytes : {std::uint64_t{1} << 20, std::uint64_t{1000}}) {
        FakeSink sink;
        auto options = test_options(folder_.path());
        options.object.memory_bytes = memory_bytes;
        RunningScp scp(options, sink);
        RawPeer peer(scp.port());
        ASSERT_TRUE(peer.associate());
        peer.send_store_command(UID_MRImageStorage, kAbusedUid);
        peer.send_pdv(Part::Data, encode(*make_mr(kAbusedUid, 64)).substr(0, 5000));
        peer.send(std::string("\7\0\0\0\0\4\0\0\0\0", 10));  // A-ABORT
        EXPECT_EQ(sink.ends(1), std::vector{AssociationEnd::Aborted});
        EXPECT_EQ(sink.cut_off(), std::vector<std::string>{kSeriesUid}) << memory_bytes;
    }
    EXPECT_TRUE(files_in(folder_.path()).empty());
}

TEST_F(StoreScpAbuse, PeerAbortsBeforeTheObjectHasShownItsSeries) {
    RunningScp scp(test_options(folder_.path()), sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    peer.send_store_command(UID_MRImageStorage, kAbusedUid);
    const std::string whole = encode(*make_mr(kAbusedUid));
    peer.send_pdv(Part::Data, whole.substr(0, whole.find(kSeriesUid) + 5));
    peer.send(std::string("\7\0\0\0\0\4\0\0\0\0", 10));
    expect_aborted();
    EXPECT_TRUE(sink_.cut_off().empty()) << "half a UID is none";
}

TEST_F(StoreScpAbuse, PeerGoesAwayWithoutRelease) {
    RunningScp scp(test_options(folder_.path()), sink_);
    {
        RawPeer peer(scp.port());
        ASSERT_TRUE(peer.associate());
        EXPECT_EQ(peer.store_mr(kAbusedUid).status, 0);
    }
    EXPECT_EQ(sink_.ends(1), std::vector{AssociationEnd::Aborted});
    EXPECT_EQ(sink_.received().size(), 1u) << "what was acknowledged stays";
}

TEST_F(StoreScpAbuse, PeerReleasesInTheMiddleOfAnObject) {
    RunningScp scp(test_options(folder_.path()), sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    peer.send_store_command(UID_MRImageStorage, kAbusedUid);
    peer.send_pdv(Part::Data, "half of it");
    peer.send(std::string("\5\0\0\0\0\4\0\0\0\0", 10));
    expect_aborted();
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, LengthsThatCannotBe) {
    RunningScp scp(test_options(folder_.path()), sink_);
    const std::string lies[] = {
        std::string("\4\0\xff\xff\xff\xff\0\0\0\4\1\0xx", 14),  // a PDU of 4 GB
        std::string("\4\0\0\0\0\10\0\0\xff\xff\1\0xx", 14),     // a fragment larger than its PDU
        std::string("\4\0\0\0\0\10\0\0\0\0\1\0xx", 14),         // a fragment without its header
        std::string("\4\0\0\0\0\10\0\0\0\1\1\0xx", 14),         // half of its header
        std::string("\x63\0\0\0\0\4abcd", 10),                  // no PDU type
    };
    std::size_t ended = 0;
    for (const std::string& lie : lies) {
        RawPeer peer(scp.port());
        ASSERT_TRUE(peer.associate());
        peer.send_store_command(UID_MRImageStorage, kAbusedUid);
        peer.send(lie);
        peer.close();
        EXPECT_EQ(sink_.ends(++ended).back(), AssociationEnd::Aborted) << ended;
    }
    EXPECT_TRUE(sink_.received().empty());
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, FragmentOfAnotherContextOrOfACommand) {
    RunningScp scp(test_options(folder_.path()), sink_);
    {
        RawPeer peer(scp.port());
        ASSERT_TRUE(peer.associate());
        peer.send_store_command(UID_MRImageStorage, kAbusedUid);
        peer.send_pdv(Part::LastData, "data", 3);
        EXPECT_TRUE(peer.wait_for_end());
    }
    {
        RawPeer peer(scp.port());
        ASSERT_TRUE(peer.associate());
        peer.send_store_command(UID_MRImageStorage, kAbusedUid);
        peer.send_pdv(Part::LastCommand, "command");
        EXPECT_TRUE(peer.wait_for_end());
    }
    EXPECT_EQ(sink_.ends(2), (std::vector{AssociationEnd::Aborted, AssociationEnd::Aborted}));
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, ObjectOverTheSizeLimitThatNeverEnds) {
    auto options = test_options(folder_.path());
    options.object.object_bytes_max = 100'000;
    options.object.memory_bytes = 10'000;
    options.object_timeout_s = 1;
    RunningScp scp(options, sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    peer.send_store_command(UID_MRImageStorage, kAbusedUid);
    const std::string fragment(16'000, 'x');
    while (peer.send_pdv(Part::Data, fragment)) continue;
    expect_aborted();
    EXPECT_TRUE(files_in(folder_.path()).empty());
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, SilentPeersHitTheirTimeLimits) {
    auto options = test_options(folder_.path());
    options.acse_timeout_s = options.dimse_timeout_s = options.object_timeout_s = 1;
    RunningScp scp(options, sink_);
    RawPeer never_asks(scp.port()), stops_asking(scp.port()), idle(scp.port()),
        in_object(scp.port()), in_fragment(scp.port());
    stops_asking.send(std::string("\1\0\0\0\0\xcd\0\1\0\0IQT", 13));
    ASSERT_TRUE(idle.associate());
    ASSERT_TRUE(in_object.associate());
    ASSERT_TRUE(in_fragment.associate());
    in_object.send_store_command(UID_MRImageStorage, kAbusedUid);
    in_object.send_pdv(Part::Data, "half of it");
    in_fragment.send_store_command(UID_MRImageStorage, kAbusedUid);
    in_fragment.send(std::string("\4\0\0\0\3\xee\0\0\3\xea\1\0", 12) + "0123");
    for (RawPeer* peer : {&never_asks, &stops_asking, &idle, &in_object, &in_fragment})
        EXPECT_TRUE(peer->wait_for_end());
    EXPECT_EQ(sink_.ends(3), std::vector(3, AssociationEnd::Aborted));
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, SteadyTrickleHitsTheLimitOfTheWholeObject) {
    auto options = test_options(folder_.path());
    options.object_timeout_s = 1;
    RunningScp scp(options, sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    peer.send_store_command(UID_MRImageStorage, kAbusedUid);
    const std::string trickle("\4\0\0\0\0\10\0\0\0\4\1\0xx", 14);
    while (peer.send(trickle)) continue;
    expect_aborted();
    expect_service(scp.port());
}

TEST_F(StoreScpAbuse, GarbageInsteadOfAnAssociation) {
    RunningScp scp(test_options(folder_.path()), sink_);
    for (const std::string& garbage :
         {std::string("GET / HTTP/1.1\r\nHost: node\r\n\r\n"), std::string(300, '\0'),
          std::string("\1\0\xff\xff\xff\xff", 6), std::string("\1\0\0\0\0\2\0\1", 8)}) {
        RawPeer peer(scp.port());
        peer.send(garbage);
        peer.close();
    }
    expect_service(scp.port());
    EXPECT_EQ(sink_.ends(1).size(), 1u) << "what was never an association has no end";
}

TEST_F(StoreScpAbuse, ConnectionsThatAreGoneBeforeTheyAreLookedAt) {
    RunningScp scp(test_options(folder_.path()), sink_);
    for (int i = 0; i < 200; ++i)
        if (auto fd = connect_loopback(scp.port())) {
            const linger at_once{1, 0};
            ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
    bool served = false;  // connections over the limit are closed at once
    for (int i = 0; i < 1000 && !served; ++i) served = RawPeer(scp.port()).associate();
    EXPECT_TRUE(served);
}

}  // namespace
}  // namespace iqt::dicom::net
