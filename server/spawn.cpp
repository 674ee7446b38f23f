// SPDX-License-Identifier: Apache-2.0
#include "server/spawn.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

extern char** environ;

namespace iqt::server {
namespace {

constexpr int kStatusFdOfChild = 3;

class Pipe {
  public:
    Pipe() { failed_ = ::pipe2(ends_.data(), O_CLOEXEC) != 0; }
    ~Pipe() {
        for (const int end : ends_)
            if (end >= 0) ::close(end);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    bool failed() const { return failed_; }
    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }
    int release(std::size_t end) { return std::exchange(ends_[end], -1); }

  private:
    std::array<int, 2> ends_{-1, -1};
    bool failed_ = false;
};

// Everything that posix_spawn is told, freed together.
class SpawnSettings {
  public:
    SpawnSettings() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSettings() {
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    // Both pipe ends are first lifted above the numbers that they are to be given, so that one
    // dup2 cannot overwrite the other's source.
    void redirect(int stdin_reader, int status_writer) {
        constexpr int kLifted = 100;
        posix_spawn_file_actions_adddup2(&actions, stdin_reader, kLifted);
        posix_spawn_file_actions_adddup2(&actions, status_writer, kLifted + 1);
        posix_spawn_file_actions_adddup2(&actions, kLifted, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, kLifted + 1, kStatusFdOfChild);
        posix_spawn_file_actions_addclosefrom_np(&actions, kStatusFdOfChild + 1);
    }

    void reset_signals() {
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes,
                                 static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETPGROUP));
    }

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

}  // namespace

Result<Child> spawn(const std::filesystem::path& program,
                    const std::vector<std::string>& arguments) {
    Pipe stdin_pipe, status_pipe;
    if (stdin_pipe.failed() || status_pipe.failed())
        return fail(ErrorKind::OutOfResources, "cannot make a pipe to the program",
                    program.string(), "raise the limit of open files");
    SpawnSettings settings;
    settings.redirect(stdin_pipe.reader(), status_pipe.writer());
    settings.reset_signals();
    std::string name = program.string();
    std::vector<std::string> words = arguments;
    std::vector<char*> argv{name.data()};
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    Child child;
    const int code = ::posix_spawn(&child.pid, name.c_str(), &settings.actions,
                                   &settings.attributes, argv.data(), environ);
    if (code != 0)
        return fail(code == ENOENT ? ErrorKind::NotFound : ErrorKind::Io,
                    "cannot start the program: " + std::generic_category().message(code), name,
                    "check the installation");
    child.stdin_fd = stdin_pipe.release(1);
    child.status_fd = status_pipe.release(0);
    ::fcntl(child.stdin_fd, F_SETFL, O_NONBLOCK);
    return child;
}

}  // namespace iqt::server
