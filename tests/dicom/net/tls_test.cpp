// SPDX-License-Identifier: Apache-2.0
// Associations over TLS: who is let in, who lets us in, and what a reload changes.
#include "dicom/net/tls.hpp"

#include <fstream>
#include <optional>

#include <dcmtk/dcmnet/dimse.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "tests/dicom/net/tls_fixture.hpp"

namespace iqt::dicom::net {
namespace {

class DicomTls : public TlsTest {};

/// C-ECHO over an association that is open already.
bool answers(const Requestor& association) {
    DIC_US status = 1;
    DcmDataset* detail = nullptr;
    const OFCondition condition = DIMSE_echoUser(association.get(), association.get()->nextMsgID++,
                                                 DIMSE_NONBLOCKING, 20, &status, &detail);
    delete detail;
    return condition.good() && status == STATUS_ECHO_Success;
}

/// Descriptors of this process that are connected to a port of the loopback or from it.
std::vector<int> sockets_at(int port) {
    const auto is_at = [&](int fd, auto name_of) {
        sockaddr_in name{};
        socklen_t size = sizeof name;
        return name_of(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0 &&
               name.sin_family == AF_INET && ntohs(name.sin_port) == port;
    };
    std::vector<int> found;
    for (int fd = 0; fd < 1024; ++fd) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const bool connected = ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
        if (connected && (is_at(fd, ::getpeername) || is_at(fd, ::getsockname)))
            found.push_back(fd);
    }
    return found;
}

TEST_F(DicomTls, StoresEveryByteOverManyRecords) {
    RunningScp scp(tls_options(), sink_);
    StoreScu scu;
    ASSERT_TRUE(scu.use_tls("peer", files(pki().console)));
    std::vector<OutgoingInstance> instances;
    for (int i = 1; i <= 3; ++i) {
        const std::string uid = "1.2.826.0.1.3680043.10.511.9.7." + std::to_string(i);
        instances.push_back({i, UID_MRImageStorage, uid, write_mr(spill_.path(), uid, 300)});
    }
    int accepted = 0;
    scu.send(destination(scp.tls_port()), instances, {}, [&](const SendOutcome& outcome) {
        if (outcome.result == SendResult::Accepted) ++accepted;
        EXPECT_EQ(outcome.message, "");
    });
    EXPECT_EQ(accepted, 3);
    EXPECT_EQ(sink_.ends(1), std::vector{AssociationEnd::Released});
    const auto received = sink_.received();
    ASSERT_EQ(received.size(), 3u);
    for (const ReceivedInstance& instance : received) EXPECT_GT(instance.object.size, 180'000u);
    EXPECT_TRUE(sink_.refusals(0).empty());
}

TEST_F(DicomTls, SocketsOfBothEndsSendWithoutDelay) {
    RunningScp scp(tls_options(), sink_);
    auto tls = TlsContext::load(files(pki().console), TlsSide::Sender);
    ASSERT_TRUE(tls) << to_string(tls.error());
    const std::vector<std::string> classes{UID_VerificationSOPClass};
    auto requestor = Requestor::open(destination(scp.tls_port()), classes, *tls);
    ASSERT_TRUE(requestor) << to_string(requestor.error());
    const auto sockets = sockets_at(scp.tls_port());
    EXPECT_GE(sockets.size(), 2u);
    for (const int fd : sockets) {
        int on = 0;
        socklen_t size = sizeof on;
        ASSERT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
        EXPECT_NE(on, 0);
    }
    requestor->release();
}

TEST_F(DicomTls, PeersNeedACertificateOfATrustedAuthorityThatIsInDate) {
    RunningScp scp(tls_options(), sink_);
    EXPECT_TRUE(echo(scp.tls_port(), files(pki().console)));
    EXPECT_FALSE(echo(scp.tls_port(), files(pki().stranger))) << "of another authority";
    EXPECT_FALSE(echo(scp.tls_port(), files(pki().expired))) << "expired";
    TlsFiles none = files(pki().console);
    none.certificate.clear();
    none.private_key.clear();
    EXPECT_FALSE(echo(scp.tls_port(), none)) << "no certificate";
    EXPECT_EQ(sink_.refusals(3), std::vector(3, ConnectionRefusal::TlsHandshake));
    EXPECT_TRUE(echo(scp.tls_port(), files(pki().console))) << "it goes on";
}

TEST_F(DicomTls, WhereCertificatesAreOptionalAWrongOneIsStillRefused) {
    auto options = tls_options();
    options.tls->require_certificate = false;
    RunningScp scp(options, sink_);
    TlsFiles none = files(pki().console);
    none.certificate.clear();
    none.private_key.clear();
    EXPECT_TRUE(echo(scp.tls_port(), none));
    EXPECT_FALSE(echo(scp.tls_port(), files(pki().stranger)));
    EXPECT_EQ(sink_.refusals(1), std::vector{ConnectionRefusal::TlsHandshake});
}

TEST_F(DicomTls, SenderRefusesAListenerThatItDoesNotTrust) {
    RunningScp scp(tls_options(), sink_);
    const auto refused = echo(scp.tls_port(), files(pki().console, pki().elsewhere));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Refused);
    EXPECT_NE(refused.error().what.find("certificate is not accepted"), std::string::npos)
        << refused.error().what;
    EXPECT_NE(refused.error().where.find("127.0.0.1"), std::string::npos);

    auto options = tls_options();
    options.tls->files = files(pki().expired);
    RunningScp old(options, sink_);
    const auto expired = echo(old.tls_port(), files(pki().console));
    ASSERT_FALSE(expired);
    EXPECT_NE(expired.error().what.find("expired"), std::string::npos) << expired.error().what;
    EXPECT_EQ(sink_.refusals(2), std::vector(2, ConnectionRefusal::TlsHandshake));
}

TEST_F(DicomTls, DestinationsOwnCertificateIsEnoughToTrustItAndNoOther) {
    RunningScp scp(tls_options(), sink_);
    auto options = tls_options();
    options.tls->files = files(pki().pacs);
    RunningScp other(options, sink_);
    TlsFiles pinned = files(pki().console);
    pinned.trusted = pki().node.certificate;
    EXPECT_TRUE(echo(scp.tls_port(), pinned));
    EXPECT_FALSE(echo(other.tls_port(), pinned)) << "of the same authority, but another";
}

TEST_F(DicomTls, DestinationWithTlsGetsNothingBeforeItsKeysAreRead) {
    const auto unread = StoreScu().echo(destination(free_port()));
    ASSERT_FALSE(unread);
    EXPECT_EQ(unread.error().kind, ErrorKind::Config);
}

TEST_F(DicomTls, PinsThePeerToItsCertificate) {
    auto options = tls_options();
    options.port = 0;
    options.policy.allowed_peers[0].certificate_sha256 = {pki().pacs.sha256_hex};
    RunningScp scp(options, sink_);
    EXPECT_TRUE(echo(scp.tls_port(), files(pki().pacs)));
    const auto other = echo(scp.tls_port(), files(pki().console));
    ASSERT_FALSE(other) << "trusted, but not this peer's";
    EXPECT_EQ(other.error().kind, ErrorKind::Refused);
    EXPECT_FALSE(StoreScu().echo(destination(scp.port(), false))) << "without TLS";
    EXPECT_EQ(sink_.refusals(2), std::vector(2, ConnectionRefusal::Rejected));
}

TEST_F(DicomTls, TwoPortsServePeersWithAndWithoutTls) {
    auto options = tls_options();
    options.port = 0;
    RunningScp scp(options, sink_);
    EXPECT_NE(scp.port(), scp.tls_port());
    EXPECT_TRUE(StoreScu().echo(destination(scp.port(), false)));
    EXPECT_TRUE(echo(scp.tls_port(), files(pki().console)));
    options.policy.allowed_peers[0].needs_tls = true;
    RunningScp strict(options, sink_);
    EXPECT_FALSE(StoreScu().echo(destination(strict.port(), false)));
    EXPECT_TRUE(echo(strict.tls_port(), files(pki().console)));
}

TEST_F(DicomTls, RevokedCertificatesAreRefusedAndSoIsAnOldList) {
    Pki own;  // with lists of its own
    const auto with_list = [&](const std::filesystem::path& list) {
        auto options = tls_options();
        options.tls->files = {own.node.certificate, own.node.private_key,
                              own.hospital.certificate(), list};
        return options;
    };
    RunningScp scp(with_list(own.hospital.revocation_list("now", {own.pacs})), sink_);
    EXPECT_TRUE(echo(scp.tls_port(), files(own.console, own.hospital)));
    EXPECT_FALSE(echo(scp.tls_port(), files(own.pacs, own.hospital)));
    RunningScp late(with_list(own.hospital.revocation_list("old", {}, {-7200, -3600})), sink_);
    EXPECT_FALSE(echo(late.tls_port(), files(own.console, own.hospital)));
    EXPECT_EQ(sink_.refusals(2), std::vector(2, ConnectionRefusal::TlsHandshake));
    TlsFiles sender = files(own.console, own.hospital);
    sender.crl = own.hospital.revocation_list("node", {own.node});
    EXPECT_FALSE(echo(scp.tls_port(), sender)) << "the sender looks at revocation too";
}

TEST_F(DicomTls, ReloadCountsForNewAssociationsAndABrokenFileForNone) {
    auto options = tls_options();
    RunningScp scp(options, sink_);
    auto tls = TlsContext::load(files(pki().console), TlsSide::Sender);
    ASSERT_TRUE(tls);
    const std::vector<std::string> classes{UID_VerificationSOPClass};
    auto running = Requestor::open(destination(scp.tls_port()), classes, *tls);
    ASSERT_TRUE(running) << to_string(running.error());

    TlsFiles broken = options.tls->files;
    broken.certificate = spill_.path() / "broken.pem";
    std::ofstream(broken.certificate) << "no certificate";
    const auto refused = scp.admit(options.policy, broken);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Config);
    EXPECT_EQ(refused.error().where, broken.certificate.string());
    EXPECT_TRUE(echo(scp.tls_port(), files(pki().console))) << "the old ones stay";

    ASSERT_TRUE(scp.admit(options.policy, files(pki().stranger, pki().elsewhere)));
    EXPECT_TRUE(answers(*running)) << "what runs keeps what it began with";
    EXPECT_FALSE(echo(scp.tls_port(), files(pki().console)));
    EXPECT_TRUE(echo(scp.tls_port(), files(pki().stranger, pki().elsewhere)));
    running->release();

    options.policy.allowed_peers.clear();
    ASSERT_TRUE(scp.admit(options.policy, files(pki().stranger, pki().elsewhere)));
    EXPECT_FALSE(echo(scp.tls_port(), files(pki().stranger, pki().elsewhere))) << "peers as well";
}

TEST_F(DicomTls, FilesThatCannotBeUsedAreNamed) {
    const auto where_wrong = [](const TlsFiles& wrong, TlsSide side) -> std::string {
        const auto loaded = TlsContext::load(wrong, side);
        if (loaded) return "nothing wrong";
        EXPECT_EQ(loaded.error().kind, ErrorKind::Config);
        return loaded.error().where;
    };
    const TlsFiles good = files(pki().node);
    EXPECT_EQ(where_wrong(good, TlsSide::Listener), "nothing wrong");
    const auto with = [&](std::filesystem::path TlsFiles::*member, const std::string& name) {
        TlsFiles wrong = good;
        wrong.*member = name;
        return wrong;
    };
    const std::string absent = (spill_.path() / "absent.pem").string();
    EXPECT_EQ(where_wrong(with(&TlsFiles::certificate, absent), TlsSide::Listener), absent);
    EXPECT_EQ(where_wrong(with(&TlsFiles::private_key, absent), TlsSide::Listener), absent);
    EXPECT_EQ(where_wrong(with(&TlsFiles::trusted, absent), TlsSide::Sender), absent);
    EXPECT_EQ(where_wrong(with(&TlsFiles::crl, absent), TlsSide::Listener), absent);
    EXPECT_EQ(where_wrong(with(&TlsFiles::trusted, spill_.path().string()), TlsSide::Listener),
              spill_.path().string())
        << "a folder without certificates trusts nobody";
    const std::string key = pki().pacs.private_key.string();
    EXPECT_EQ(where_wrong(with(&TlsFiles::private_key, key), TlsSide::Listener), key);
    EXPECT_EQ(where_wrong(with(&TlsFiles::trusted, ""), TlsSide::Listener), "");
    EXPECT_EQ(where_wrong(with(&TlsFiles::trusted, ""), TlsSide::ListenerOfAnybody),
              "nothing wrong");
    EXPECT_EQ(where_wrong(with(&TlsFiles::certificate, ""), TlsSide::Sender), "nothing wrong");
}

TEST_F(DicomTls, FolderOfTrustedCertificatesIsReadFileByFile) {
    Pki own;
    const auto folder = spill_.path() / "trusted";
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(pki().elsewhere.certificate(), folder / "a.crt");
    std::filesystem::copy_file(pki().hospital.certificate(), folder / "b.pem");
    std::filesystem::copy_file(own.hospital.certificate(), folder / "c.txt");
    auto options = tls_options();
    options.tls->files.trusted = folder;
    RunningScp scp(options, sink_);
    EXPECT_TRUE(echo(scp.tls_port(), files(pki().console)));
    EXPECT_TRUE(echo(scp.tls_port(), files(pki().stranger)));
    EXPECT_FALSE(echo(scp.tls_port(), files(own.console))) << "only *.pem and *.crt";
    EXPECT_EQ(trusted_files(folder),
              (std::vector<std::filesystem::path>{folder / "a.crt", folder / "b.pem"}));
}

}  // namespace
}  // namespace iqt::dicom::net
