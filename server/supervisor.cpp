// SPDX-License-Identifier: Apache-2.0
#include "server/supervisor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/log/log.hpp"
#include "server/spawn.hpp"

namespace iqt::server {
namespace {

using log::Level;

// Words for how a process ended, from waitpid's status.
std::string ending(int status) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Supervisor::Supervisor(WorkerProcess process, WorkerEvents events, const Clock& clock)
    : process_(std::move(process)), events_(std::move(events)), clock_(clock) {}

void Supervisor::run(std::stop_token stop) {
    std::int64_t backoff_ms = process_.first_backoff_ms;
    while (!stop.stop_requested()) {
        if (events_.started) events_.started();
        if (auto spawned = spawn(); spawned) {
            const std::stop_callback on_stop(stop, [this] { close_stdin(); });
            listen();
            const int status = reap();
            if (events_.gone) events_.gone();
            const bool planned = [this] {
                const std::lock_guard lock(mutex_);
                return std::exchange(restarting_, false);
            }();
            if (stop.stop_requested() || planned) continue;
            if (lived_ms() >= process_.healthy_ms) backoff_ms = process_.first_backoff_ms;
            log::event(Level::Error, "worker.died",
                       {{"worker", process_.name},
                        {"how", ending(status)},
                        {"restart_in_ms", backoff_ms}});
        } else {
            log::event(Level::Error, "worker.not_started", spawned.error(),
                       {{"worker", process_.name}, {"restart_in_ms", backoff_ms}});
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, std::chrono::milliseconds(backoff_ms),
                          [this] { return std::exchange(restarting_, false); });
        backoff_ms = std::min(backoff_ms * 2, process_.longest_backoff_ms);
    }
}

Status Supervisor::spawn() {
    auto child = server::spawn(process_.program, process_.arguments);
    if (!child) return fail(child.error());
    {
        const std::lock_guard lock(mutex_);
        pid_ = child->pid;
        stdin_fd_ = child->stdin_fd;
    }
    status_fd_ = child->status_fd;
    started_ms_ = clock_.steady_ms();
    ++starts_;
    log::event(Level::Info, "worker.started",
               {{"worker", process_.name}, {"pid", static_cast<std::int64_t>(child->pid)}});
    return {};
}

// Reads what the worker says until it says no more: it has exited, or was killed.
void Supervisor::listen() {
    std::array<char, 64> bytes{};
    while (true) {
        const ssize_t count = ::read(status_fd_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        const std::string_view said(bytes.data(), static_cast<std::size_t>(count));
        if (said.find('r') != std::string_view::npos) ready_ = true;
        if (events_.said) events_.said();
    }
    ready_ = false;
    ::close(std::exchange(status_fd_, -1));
}

int Supervisor::reap() {
    close_stdin();
    pid_t child = 0;
    {
        const std::lock_guard lock(mutex_);
        child = pid_;
    }
    // The process stays a zombie until `pid_` is forgotten, so that kill() can never hit a
    // stranger.
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    int status = 0;
    const std::lock_guard lock(mutex_);
    pid_ = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

void Supervisor::close_stdin() {
    const std::lock_guard lock(mutex_);
    if (stdin_fd_ >= 0) ::close(std::exchange(stdin_fd_, -1));
}

std::int64_t Supervisor::lived_ms() const {
    return clock_.steady_ms() - started_ms_;
}

void Supervisor::wake() {
    const std::lock_guard lock(mutex_);
    // A full pipe already holds more wake-ups than the worker has read; a dead reader is noticed
    // by `listen`. Neither is an error here.
    if (stdin_fd_ < 0) return;
    [[maybe_unused]] const ssize_t ignored = ::write(stdin_fd_, "w", 1);
}

void Supervisor::restart() {
    {
        const std::lock_guard lock(mutex_);
        restarting_ = true;
    }
    changed_.notify_all();
    close_stdin();
}

void Supervisor::kill() {
    const std::lock_guard lock(mutex_);
    if (pid_ > 0) ::kill(-pid_, SIGKILL);  // its process group: whatever it may have started too
}

pid_t Supervisor::pid() const {
    const std::lock_guard lock(mutex_);
    return pid_;
}

Result<std::filesystem::path> find_worker_program() {
    namespace fs = std::filesystem;
    std::error_code code;
    if (const char* named = std::getenv("IQT_WORKER"); named != nullptr && *named != '\0')
        return fs::path(named);
    const fs::path self = fs::read_symlink("/proc/self/exe", code);
    if (!code && fs::exists(self.parent_path() / "iqt-worker", code))
        return self.parent_path() / "iqt-worker";
    std::string_view path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
    while (!path.empty()) {
        const std::size_t end = std::min(path.find(':'), path.size());
        const fs::path candidate = fs::path(path.substr(0, end)) / "iqt-worker";
        if (end > 0 && ::access(candidate.c_str(), X_OK) == 0) return candidate;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return fail(ErrorKind::NotFound, "the program iqt-worker was not found", {},
                "install it beside iqt-node, or name it in IQT_WORKER");
}

}  // namespace iqt::server
