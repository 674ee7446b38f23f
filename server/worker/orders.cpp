// SPDX-License-Identifier: Apache-2.0
#include "server/worker/orders.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace iqt::server::worker {
namespace {

constexpr int kReportFd = 3;

// Descriptor 3 is ours only where it is a pipe: started by hand it may be anything, or closed.
int report_pipe() {
    struct stat what {};
    if (::fstat(kReportFd, &what) != 0 || !S_ISFIFO(what.st_mode)) return -1;
    ::fcntl(kReportFd, F_SETFL, O_NONBLOCK);
    ::fcntl(kReportFd, F_SETFD, FD_CLOEXEC);
    return kReportFd;
}

}  // namespace

Orders::Orders() {
    report_fd_ = report_pipe();  // before anything else can be given that number
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &stops, nullptr);
    signal_fd_ = ::signalfd(-1, &stops, SFD_CLOEXEC);
    ended_fd_ = ::eventfd(0, EFD_CLOEXEC);
}

Orders::~Orders() {
    ::close(signal_fd_);
    ::close(ended_fd_);
}

Order Orders::follow(const std::function<void()>& on_wake) {
    std::array<pollfd, 3> ways{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{signal_fd_, POLLIN, 0},
                               pollfd{ended_fd_, POLLIN, 0}};
    std::array<char, 64> bytes{};
    while (true) {
        if (::poll(ways.data(), ways.size(), -1) < 0 && errno != EINTR) return Order::Signal;
        if (ways[2].revents != 0) return Order::WorkEnded;
        if (ways[1].revents != 0) return Order::Signal;
        if (ways[0].revents == 0) continue;
        const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return Order::ParentGone;
        on_wake();
    }
}

void Orders::work_ended() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(ended_fd_, &one, sizeof(one));
}

void Orders::report(char what) {
    // A full pipe means that as many reports are still unread: one more would say nothing new.
    if (report_fd_ < 0) return;
    [[maybe_unused]] const ssize_t ignored = ::write(report_fd_, &what, 1);
}

}  // namespace iqt::server::worker
