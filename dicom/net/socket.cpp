// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <system_error>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace iqt::dicom::net {
namespace {

constexpr int kBacklog = 128;

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string where_of(const std::string& address, int port) {
    return address + " port " + std::to_string(port);
}

int bound_port(int fd) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    std::array<char, 8> service{};
    auto* address = reinterpret_cast<sockaddr*>(&bound);
    if (::getsockname(fd, address, &size) != 0 ||
        ::getnameinfo(address, size, nullptr, 0, service.data(), service.size(), NI_NUMERICSERV) !=
            0)
        return 0;
    return std::atoi(service.data());
}

std::string numeric_address(const sockaddr_storage& from, socklen_t size) {
    std::array<char, NI_MAXHOST> host{};
    if (::getnameinfo(reinterpret_cast<const sockaddr*>(&from), size, host.data(), host.size(),
                      nullptr, 0, NI_NUMERICHOST) != 0)
        return {};
    constexpr std::string_view kMapped = "::ffff:";
    std::string text(host.data());
    if (text.starts_with(kMapped) && text.find('.') != std::string::npos)
        text.erase(0, kMapped.size());
    return text;
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

int UniqueFd::release() {
    return std::exchange(fd_, -1);
}

void UniqueFd::reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

bool wait_for(int socket, int events, std::int64_t limit_ms) {
    using std::chrono::milliseconds;
    using std::chrono::steady_clock;
    const auto deadline = steady_clock::now() + milliseconds(std::max<std::int64_t>(0, limit_ms));
    for (;;) {
        const std::int64_t left_ms =
            std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
        pollfd waiting{socket, static_cast<short>(events), 0};
        const int ready = ::poll(&waiting, 1,
                                 static_cast<int>(std::clamp<std::int64_t>(
                                     left_ms, 0, std::numeric_limits<int>::max())));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

void acknowledge_at_once(int socket) {
    const int saved = errno;
    const int on = 1;  // holds only until the system changes its mind
    ::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    errno = saved;
}

std::string errno_text(int error) {
    return std::generic_category().message(error);
}

Result<Listener> open_listener(const std::string& address, int port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    addrinfo* found = nullptr;
    if (port < 0 || port > 65535 ||
        ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        return fail(ErrorKind::Config, "not a numeric address and port to listen on",
                    where_of(address, port), "use an address of this machine, 0.0.0.0 or ::");
    const AddressList list(found, &::freeaddrinfo);

    UniqueFd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket)
        return fail(ErrorKind::Io, "no socket: " + errno_text(errno), where_of(address, port));
    const int on = 1;
    const int off = 0;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (found->ai_family == AF_INET6)
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 ||
        ::listen(socket.get(), kBacklog) != 0)
        return fail(ErrorKind::Config, "cannot listen: " + errno_text(errno),
                    where_of(address, port),
                    "check that no other program has this port and that this machine has the "
                    "address; ports below 1024 need a privilege");
    const int real_port = bound_port(socket.get());
    return Listener{std::move(socket), real_port};
}

Result<Connection> accept_connection(const Listener& listener) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    UniqueFd socket(
        ::accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
    if (socket) return Connection{std::move(socket), numeric_address(from, size)};
    switch (errno) {
        case EAGAIN:
        case EINTR:
        case ECONNABORTED:
            return fail(ErrorKind::NotFound, "no connection waits");
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            return fail(ErrorKind::OutOfResources, "cannot take a connection: " + errno_text(errno),
                        {}, "raise the limit of open files (LimitNOFILE)");
        default:
            return fail(ErrorKind::Io, "cannot take a connection: " + errno_text(errno));
    }
}

}  // namespace iqt::dicom::net
