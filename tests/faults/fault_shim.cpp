// SPDX-License-Identifier: Apache-2.0
// A library for LD_PRELOAD (or to link with) that makes file operations below one folder fail, or
// kills the process at one, and that can set the wall clock. It stands in front of what SQLite and
// the node use of the C library: write, pwrite64, fsync, fdatasync, ftruncate, rename, unlink,
// clock_gettime. Environment: IQT_FAULT_CONTROL names the file of the shared Control,
// IQT_FAULT_FOLDER the folder (canonical). The kernel is called directly, so that nothing here
// needs the symbols that it replaces.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/faults/fault_control.hpp"

namespace iqt::faults {
namespace {

enum class Operation { Write, Sync, Rename, Truncate, Unlink };

constexpr std::size_t kPathMax = 4096;

Control* control = nullptr;
char folder_text[kPathMax];
std::string_view folder;  // of folder_text
Program self = Program::Any;
thread_local bool torn = false;  // the next write of this thread finds no space

void use(Control* with, const char* below) {
    const int length = std::snprintf(folder_text, sizeof folder_text, "%s", below);
    if (length <= 0 || static_cast<std::size_t>(length) >= sizeof folder_text) return;
    folder = {folder_text, static_cast<std::size_t>(length)};
    control = with;
}

Program program_of_this_process() {
    char path[kPathMax];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0) return Program::Any;
    const std::string_view name(path, static_cast<std::size_t>(length));
    if (name.ends_with("/iqt-node")) return Program::Node;
    if (name.ends_with("/iqt-worker")) return Program::Worker;
    return Program::Any;
}

[[gnu::constructor]] void attach() {
    const char* file = std::getenv("IQT_FAULT_CONTROL");
    const char* below = std::getenv("IQT_FAULT_FOLDER");
    if (file == nullptr || below == nullptr) return;
    self = program_of_this_process();
    const int fd = ::open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void* page = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (page != MAP_FAILED) use(static_cast<Control*>(page), below);
}

bool is_below(std::string_view path) {
    return path == folder || (path.starts_with(folder) && path.substr(folder.size())[0] == '/');
}

bool is_below(int fd) {
    char link[64], path[kPathMax];
    const int before = errno;
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = ::readlink(link, path, sizeof path);
    errno = before;
    return length > 0 && is_below(std::string_view(path, static_cast<std::size_t>(length)));
}

bool concerns(Fault fault, Operation operation) {
    switch (fault) {
        case Fault::None:
            return false;
        case Fault::ShortWrite:
        case Fault::TornWrite:
        case Fault::WriteEio:
        case Fault::WriteEnospc:
        case Fault::KillWriting:
            return operation == Operation::Write;
        case Fault::SyncEio:
            return operation == Operation::Sync;
        case Fault::RenameEio:
            return operation == Operation::Rename;
        case Fault::TruncateEio:
            return operation == Operation::Truncate;
        case Fault::KillBefore:
        case Fault::KillAfter:
            return operation != Operation::Write;
    }
    return false;
}

/// The fault that hits this operation on `target` (a descriptor or a path); None: it goes on.
template <class Target>
Fault hit(Operation operation, Target target) {
    if (control == nullptr) return Fault::None;
    const auto fault = static_cast<Fault>(control->fault.load());
    if (!concerns(fault, operation)) return Fault::None;
    const auto program = static_cast<Program>(control->program.load());
    if (program != Program::Any && program != self) return Fault::None;
    if (!is_below(target)) return Fault::None;
    const std::int64_t skip = control->skip, times = control->times;
    const std::int64_t number = control->seen.fetch_add(1);
    if (number < skip || (times >= 0 && number >= skip + times)) return Fault::None;
    control->fired.fetch_add(1);
    return fault;
}

[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

int failed_with(int code) {
    errno = code;
    return -1;
}

/// `real` writes so many of the bytes.
template <class Real>
ssize_t write_with_faults(int fd, std::size_t size, Real real) {
    if (torn && is_below(fd)) {
        torn = false;
        return failed_with(ENOSPC);
    }
    const std::size_t half = size > 1 ? size / 2 : size;
    switch (hit(Operation::Write, fd)) {
        case Fault::ShortWrite:
            return real(half);
        case Fault::TornWrite:
            torn = true;
            return real(half);
        case Fault::WriteEio:
            return failed_with(EIO);
        case Fault::WriteEnospc:
            return failed_with(ENOSPC);
        case Fault::KillWriting:
            real(half);
            die();
        default:
            return real(size);
    }
}

template <class Target, class Real>
int with_faults(Operation operation, Target target, Real real) {
    switch (hit(operation, target)) {
        case Fault::SyncEio:
        case Fault::RenameEio:
        case Fault::TruncateEio:
            return failed_with(EIO);
        case Fault::KillBefore:
            die();
        case Fault::KillAfter:
            real();
            die();
        default:
            return real();
    }
}

}  // namespace
}  // namespace iqt::faults

using iqt::faults::Operation;
using iqt::faults::with_faults;
using iqt::faults::write_with_faults;

extern "C" {

void iqt_fault_use(iqt::faults::Control* control, const char* folder) {
    iqt::faults::use(control, folder);
}

ssize_t write(int fd, const void* data, size_t size) {
    return write_with_faults(fd, size, [&](size_t part) {
        return static_cast<ssize_t>(::syscall(SYS_write, fd, data, part));
    });
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
    return write_with_faults(fd, size, [&](size_t part) {
        return static_cast<ssize_t>(::syscall(SYS_pwrite64, fd, data, part, at));
    });
}

int fsync(int fd) {
    return with_faults(Operation::Sync, fd,
                       [&] { return static_cast<int>(::syscall(SYS_fsync, fd)); });
}

int fdatasync(int fd) {
    return with_faults(Operation::Sync, fd,
                       [&] { return static_cast<int>(::syscall(SYS_fdatasync, fd)); });
}

int ftruncate64(int fd, off64_t size) noexcept {
    return with_faults(Operation::Truncate, fd,
                       [&] { return static_cast<int>(::syscall(SYS_ftruncate, fd, size)); });
}

int rename(const char* from, const char* to) noexcept {
    return with_faults(Operation::Rename, std::string_view(to), [&] {
        return static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
    });
}

int unlink(const char* path) noexcept {
    return with_faults(Operation::Unlink, std::string_view(path), [&] {
        return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
    });
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
    const auto got = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
    if (got != 0 || clock != CLOCK_REALTIME || iqt::faults::control == nullptr) return got;
    const std::int64_t offset_ms = iqt::faults::control->wall_offset_ms;
    constexpr std::int64_t kNsPerMs = 1'000'000, kNsPerS = 1'000'000'000;
    std::int64_t ns = now->tv_nsec + offset_ms % 1000 * kNsPerMs;
    std::int64_t seconds = now->tv_sec + offset_ms / 1000;
    if (ns < 0) {
        ns += kNsPerS;
        --seconds;
    }
    now->tv_sec = seconds + ns / kNsPerS;
    now->tv_nsec = ns % kNsPerS;
    return 0;
}

}  // extern "C"
