// SPDX-License-Identifier: Apache-2.0
#pragma once

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
};

/// Takes one waiting connection. Errors: NotFound where none waits any more, OutOfResources where
/// the process has no descriptor left, Io.
Result<Connection> accept_connection(const Listener& listener);

/// What the operating system says about an errno.
std::string errno_text(int error);

}  // namespace iqt::dicom::net
