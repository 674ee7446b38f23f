// SPDX-License-Identifier: Apache-2.0
#include "tests/dicom/net/raw_peer.hpp"

#include <array>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "tests/dicom/net/scp_fixture.hpp"

namespace iqt::dicom::net {
namespace {

constexpr std::uint8_t kData = 4, kReleaseRequest = 5, kAbort = 7;

void put(std::string& out, std::uint64_t value, int bytes, bool big_endian) {
    for (int i = 0; i < bytes; ++i) {
        const int shift = 8 * (big_endian ? bytes - 1 - i : i);
        out.push_back(static_cast<char>((value >> shift) & 0xff));
    }
}

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
}

std::uint32_t little_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

std::string pdu(std::uint8_t type, std::string_view body) {
    std::string out{static_cast<char>(type), '\0'};
    put(out, body.size(), 4, true);
    return out.append(body);
}

std::string item(std::uint8_t type, std::string_view body) {
    std::string out{static_cast<char>(type), '\0'};
    put(out, body.size(), 2, true);
    return out.append(body);
}

std::string padded(std::string_view title) {
    std::string out(title);
    out.resize(16, ' ');
    return out;
}

std::string read_exactly(int fd, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = ::recv(fd, bytes.data() + have, size - have, 0);
        if (got <= 0) return {};
        have += static_cast<std::size_t>(got);
    }
    return bytes;
}

}  // namespace

UniqueFd connect_loopback(int port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
    const int on = 1;
    const timeval limit{30, 0};
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return fd;
}

int free_port() {
    const auto listener = open_listener("127.0.0.1", 0);
    return listener ? listener->port : 0;
}

std::string http_get(int port, const std::string& path) {
    const UniqueFd fd = connect_loopback(port);
    if (!fd) return {};
    const std::string request = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
    ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
    std::string answer;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::recv(fd.get(), buffer.data(), buffer.size(), 0)) > 0;)
        answer.append(buffer.data(), static_cast<std::size_t>(got));
    const auto body = answer.find("\r\n\r\n");
    return body == std::string::npos ? std::string{} : answer.substr(body + 4);
}

std::string u16(unsigned value) {
    std::string out;
    put(out, value, 2, false);
    return out;
}

std::string element(std::uint16_t group, std::uint16_t number, std::string value) {
    if (value.size() % 2 != 0) value.push_back('\0');
    std::string out;
    put(out, group, 2, false);
    put(out, number, 2, false);
    put(out, value.size(), 4, false);
    return out.append(value);
}

RawPeer::RawPeer(int port) : socket_(connect_loopback(port)) {
    EXPECT_TRUE(socket_) << "nobody listens on port " << port;
}

bool RawPeer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawPeer::request_association(std::string_view called, std::string_view calling,
                                  std::string_view application_context) {
    std::string context{'\1', '\0', '\0', '\0'};
    context += item(0x30, UID_MRImageStorage) + item(0x40, UID_LittleEndianExplicitTransferSyntax);
    std::string max_length;
    put(max_length, 16384, 4, true);
    std::string body{'\0', '\1', '\0', '\0'};
    body += padded(called) + padded(calling) + std::string(32, '\0') +
            item(0x10, application_context) + item(0x20, context) +
            item(0x50, item(0x51, max_length) + item(0x52, "1.2.3.4"));
    send(pdu(1, body));
}

std::optional<RawPeer::Pdu> RawPeer::read_pdu() {
    const std::string head = read_exactly(socket_.get(), 6);
    if (head.empty()) return std::nullopt;
    const auto size = static_cast<std::size_t>(big_endian(std::string_view(head).substr(2)));
    std::string body = read_exactly(socket_.get(), size);
    if (body.size() != size) return std::nullopt;
    return Pdu{static_cast<std::uint8_t>(head[0]), std::move(body)};
}

bool RawPeer::wait_for_end() {
    for (;;) {
        char next = 0;
        const ssize_t got = ::recv(socket_.get(), &next, 1, MSG_PEEK);
        if (got == 0 || (got < 0 && errno == ECONNRESET)) return true;
        if (got < 0) return false;
        const auto pdu = read_pdu();
        if (!pdu || pdu->type == kAbort) return true;
    }
}

bool RawPeer::associate() {
    request_association(kCalledAe, kCallingAe);
    const auto answer = read_pdu();
    return answer && answer->type == 2;
}

bool RawPeer::send_pdv(Part part, std::string_view bytes, std::uint8_t context) {
    std::string pdv;
    put(pdv, bytes.size() + 2, 4, true);
    pdv.push_back(static_cast<char>(context));
    pdv.push_back(static_cast<char>(part));
    return send(pdu(kData, pdv.append(bytes)));
}

void RawPeer::send_store_command(std::string_view sop_class, std::string_view sop_instance) {
    const std::string rest = element(0, 0x0002, std::string(sop_class)) +
                             element(0, 0x0100, u16(0x0001)) + element(0, 0x0110, u16(7)) +
                             element(0, 0x0700, u16(0)) + element(0, 0x0800, u16(1)) +
                             element(0, 0x1000, std::string(sop_instance));
    std::string size;
    put(size, rest.size(), 4, false);
    send_pdv(Part::LastCommand, element(0, 0, size) + rest);
}

RawPeer::Response RawPeer::read_response() {
    const auto answer = read_pdu();
    if (!answer || answer->type != kData) return {};
    Response response;
    std::string_view left = std::string_view(answer->body).substr(6);
    while (left.size() >= 8) {
        const auto number = little_endian(left.substr(2, 2));
        const auto size = little_endian(left.substr(4, 4));
        const std::string_view value = left.substr(8, size);
        if (number == 0x0900) response.status = static_cast<int>(little_endian(value));
        if (number == 0x0902) response.comment = value;
        left.remove_prefix(8 + size);
    }
    return response;
}

RawPeer::Response RawPeer::store(std::string_view sop_class, std::string_view sop_instance,
                                 std::string_view data_set) {
    send_store_command(sop_class, sop_instance);
    constexpr std::size_t kFragment = 16000;
    while (data_set.size() > kFragment) {
        send_pdv(Part::Data, data_set.substr(0, kFragment));
        data_set.remove_prefix(kFragment);
    }
    send_pdv(Part::LastData, data_set);
    return read_response();
}

RawPeer::Response RawPeer::store_mr(const std::string& sop_instance, int side) {
    return store(UID_MRImageStorage, sop_instance, encode(*make_mr(sop_instance, side)));
}

void RawPeer::release() {
    send(pdu(kReleaseRequest, std::string(4, '\0')));
    const auto answer = read_pdu();
    EXPECT_TRUE(answer && answer->type == 6);
}

void RawPeer::reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.reset();
}

}  // namespace iqt::dicom::net
