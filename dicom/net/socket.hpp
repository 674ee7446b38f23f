// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "pipeline/core/result.hpp"

namespace iqt::dicom::net {

/// Owns a file descriptor. Movable; closes on destruction.
class UniqueFd {
  public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept;
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release();  ///< gives the descriptor away
    void reset();

  private:
    int fd_ = -1;
};

/// A listening socket and the port that it really has.
struct Listener {
    UniqueFd socket;  ///< non-blocking
    int port = 0;
};

/// Binds and listens. `address` is numeric: "127.0.0.1", "::1", "0.0.0.0" (all IPv4) or "::" (all
/// of IPv6 and IPv4); `port` 0 takes any free port.
/// Errors: Config where the address is not one or the port may not be bound.
Result<Listener> open_listener(const std::string& address, int port);

/// One taken connection; the socket blocks.
struct Connection {
    UniqueFd socket;
    std::string peer_address;  ///< numeric, IPv4-mapped addresses as IPv4
    bool tls = false;          ///< came to the port for TLS, where nothing else is spoken
};

/// Takes one waiting connection. Errors: NotFound where none waits any more, OutOfResources where
/// the process has no descriptor left, Io.
Result<Connection> accept_connection(const Listener& listener);

/// Waits until a socket shows one of the events of poll(2), or its end or fault; false once
/// `limit_ms` is over (below 0 is as 0). Signals do not cut it short.
bool wait_for(int socket, int events, std::int64_t limit_ms);

/// Has the system acknowledge what was read without delay, for now. A peer that leaves Nagle's
/// algorithm on (as DCMTK does by default) waits for that before it sends the rest of a message;
/// the system would wait 40 ms. Keeps errno.
void acknowledge_at_once(int socket);

/// What the operating system says about an errno.
std::string errno_text(int error);

}  // namespace iqt::dicom::net
