// SPDX-License-Identifier: Apache-2.0
// What comes to a port and is not what the port is for: it ends soon, and costs nobody else.
#include "tests/dicom/net/tls_fixture.hpp"

namespace iqt::dicom::net {
namespace {

class TlsAbuse : public TlsTest {
  protected:
    void expect_service_over_tls(const RunningScp& scp) {
        const auto answered = echo(scp.tls_port(), files(pki().console));
        EXPECT_TRUE(answered) << to_string(answered.error());
    }
};

TEST_F(TlsAbuse, PlainAssociationOnTheTlsPortIsRefused) {
    RunningScp scp(tls_options(), sink_);
    RawPeer peer(scp.tls_port());
    peer.request_association(kCalledAe, kCallingAe);
    EXPECT_TRUE(peer.wait_for_end());
    EXPECT_EQ(sink_.refusals(1), std::vector{ConnectionRefusal::TlsHandshake});
    EXPECT_FALSE(StoreScu().echo(destination(scp.tls_port(), false)));
    expect_service_over_tls(scp);
}

TEST_F(TlsAbuse, TlsOnThePlainPortIsRefused) {
    auto options = tls_options();
    options.port = 0;
    RunningScp scp(options, sink_);
    const auto refused = echo(scp.port(), files(pki().console));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("no TLS"), std::string::npos) << refused.error().what;
    EXPECT_EQ(sink_.refusals(1), std::vector{ConnectionRefusal::NoRequest});
    expect_service_over_tls(scp);
}

TEST_F(TlsAbuse, PeersThatCloseInsteadOfAskingAreNoRejections) {
    auto options = tls_options();
    options.port = 0;
    RunningScp scp(options, sink_);
    RawPeer(scp.port()).close();
    EXPECT_EQ(sink_.refusals(1), std::vector{ConnectionRefusal::NoRequest});
    RawPeer(scp.tls_port()).close();
    EXPECT_EQ(sink_.refusals(2).back(), ConnectionRefusal::TlsHandshake);
}

TEST_F(TlsAbuse, SilentPeersHitTheLimitOfTheHandshake) {
    auto options = tls_options();
    options.acse_timeout_s = 1;
    RunningScp scp(options, sink_);
    RawPeer says_nothing(scp.tls_port()), stops_in_header(scp.tls_port()),
        stops_in_hello(scp.tls_port());
    stops_in_header.send(std::string("\x16\3\1", 3));
    stops_in_hello.send(std::string("\x16\3\1\x40\0\1\0\x3f\xfc\3\3", 11));  // of 16 KB
    for (RawPeer* peer : {&says_nothing, &stops_in_header, &stops_in_hello})
        EXPECT_TRUE(peer->wait_for_end());
    EXPECT_EQ(sink_.refusals(3), std::vector(3, ConnectionRefusal::TlsHandshake));
    expect_service_over_tls(scp);
}

TEST_F(TlsAbuse, GarbageInsteadOfAHandshake) {
    RunningScp scp(tls_options(), sink_);
    const std::string garbage[] = {
        "GET / HTTP/1.1\r\nHost: node\r\n\r\n", std::string(300, '\0'),
        std::string("\x16\3\1\0\4\2\0\0\0", 9),  // a ServerHello from a client
        std::string("\x15\3\1\0\2\2\x28", 7),    // a fatal alert at once
        std::string("\x17\3\3\0\4data", 9)};
    for (const std::string& bytes : garbage) {
        RawPeer peer(scp.tls_port());
        peer.send(bytes);
        EXPECT_TRUE(peer.wait_for_end());
    }
    EXPECT_EQ(sink_.refusals(5), std::vector(5, ConnectionRefusal::TlsHandshake));
    expect_service_over_tls(scp);
}

TEST_F(TlsAbuse, PeersThatGoAwayInTheHandshakeCostNobodyElse) {
    RunningScp scp(tls_options(), sink_);
    for (std::size_t i = 1; i <= 50; ++i) {
        RawPeer peer(scp.tls_port());
        peer.send(std::string("\x16\3\1\x40\0\1", 6));
        if (i % 2 == 0) peer.reset();
        peer.close();
        sink_.refusals(i);
    }
    expect_service_over_tls(scp);
}

TEST_F(TlsAbuse, AssociationThatIsNotReleasedIsAnAbort) {
    RunningScp scp(tls_options(), sink_);
    {
        auto tls = TlsContext::load(files(pki().console), TlsSide::Sender);
        ASSERT_TRUE(tls);
        const std::vector<std::string> classes{UID_MRImageStorage};
        auto requestor = Requestor::open(destination(scp.tls_port()), classes, *tls);
        ASSERT_TRUE(requestor) << to_string(requestor.error());
    }  // aborts
    EXPECT_EQ(sink_.ends(1), std::vector{AssociationEnd::Aborted});
    EXPECT_TRUE(sink_.received().empty());
    expect_service_over_tls(scp);
}

TEST_F(TlsAbuse, ListenerThatNeverAnswersHitsTheSendersLimit) {
    // Takes connections and says nothing.
    const auto silent = open_listener("127.0.0.1", 0);
    ASSERT_TRUE(silent);
    StoreScu scu;
    ASSERT_TRUE(scu.use_tls("peer", files(pki().console)));
    Destination to = destination(silent->port);
    to.timeout_s = 1;
    const auto late = scu.echo(to);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind, ErrorKind::Timeout) << to_string(late.error());
}

TEST_F(TlsAbuse, SmallKeysAreNotUsed) {
    fixtures::Authority weak(spill_.path(), "weak");
    const auto small = weak.issue("small", {}, 1024);
    const auto loaded = TlsContext::load(
        {small.certificate, small.private_key, weak.certificate(), {}}, TlsSide::Listener);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().where, small.certificate.string());
}

}  // namespace
}  // namespace iqt::dicom::net
