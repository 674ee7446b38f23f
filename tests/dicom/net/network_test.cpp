// SPDX-License-Identifier: Apache-2.0
// What every connection and the process are set to, whatever DCMTK's own defaults are.
#include "dicom/net/network.hpp"

#include <optional>

#include <dcmtk/dcmnet/dul.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "dicom/net/requestor.hpp"
#include "tests/dicom/net/raw_peer.hpp"
#include "tests/dicom/net/scp_fixture.hpp"

namespace iqt::dicom::net {
namespace {

/// Nothing where the descriptor is no TCP socket.
std::optional<bool> sends_without_delay(int socket) {
    int on = 0;
    socklen_t size = sizeof on;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, &size) != 0) return std::nullopt;
    return on != 0;
}

/// The descriptor of this process that is connected to a port of the loopback; -1: none.
int socket_connected_to(int port) {
    for (int fd = 0; fd < 1024; ++fd) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
            peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
            return fd;
    }
    return -1;
}

TEST(Network, LooksNoPeerUpByItsAddress) {
    start_network();
    EXPECT_TRUE(dcmDisableGethostbyaddr.get());
}

TEST(Network, AcceptedSocketsSendWithoutDelay) {
    auto listener = open_listener("127.0.0.1", 0);
    ASSERT_TRUE(listener) << to_string(listener.error());
    const auto network = AcceptorNetwork::open(*listener, {});
    ASSERT_TRUE(network) << to_string(network.error());
    RawPeer peer(listener->port);
    peer.request_association(kCalledAe, kCallingAe);
    auto connection = accept_connection(*listener);
    ASSERT_TRUE(connection) << to_string(connection.error());
    const int socket = connection->socket.get();
    EXPECT_EQ(sends_without_delay(socket), false) << "the system's default";
    const auto association = network->receive(std::move(connection->socket), 16384);
    ASSERT_TRUE(association) << to_string(association.error());
    EXPECT_EQ(sends_without_delay(socket), true);
}

TEST(Network, RequestingSocketsSendWithoutDelay) {
    fakes::TempFolder folder;
    FakeSink sink;
    RunningScp scp(test_options(folder.path()), sink);
    Destination destination;
    destination.ae_title = kCalledAe;
    destination.own_ae_title = kCallingAe;
    destination.address = "127.0.0.1";
    destination.port = scp.port();
    const std::vector<std::string> classes{UID_VerificationSOPClass};
    auto requestor = Requestor::open(destination, classes);
    ASSERT_TRUE(requestor) << to_string(requestor.error());
    EXPECT_EQ(sends_without_delay(socket_connected_to(scp.port())), true);
    requestor->release();
}

}  // namespace
}  // namespace iqt::dicom::net
