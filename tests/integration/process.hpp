// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace iqt::integration {

/// A child program with its own process group; killed with the object.
class Process {
  public:
    /// Output goes to the given files (appended). `env` holds "NAME=value" additions.
    Process(const std::vector<std::string>& arguments, const std::filesystem::path& out,
            const std::filesystem::path& err, const std::vector<std::string>& env = {});
    ~Process();
    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    bool running();
    void signal(int number) const;
    /// Waits until it ends or the time is up; exit status, 128 + signal, or -1 on time-out.
    int wait(std::chrono::seconds limit);

  private:
    pid_t pid_ = -1;
    int status_ = -1;
    bool ended_ = false;
};

struct Finished {
    int status = -1;
    std::string out, err;
};

/// Runs a program to its end.
Finished run(const std::vector<std::string>& arguments, std::chrono::seconds limit,
             const std::vector<std::string>& env = {});

/// Asks again and again, shortly, until it is true or the time is up; says whether it was.
bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit);

std::string read_file(const std::filesystem::path& file);

/// A TCP port of 127.0.0.1 that nobody held a moment ago and no outgoing connection gets; for
/// programs that are told their port.
int free_port();

/// True where a program is on the PATH (or in /usr/sbin).
bool have_program(const std::string& name);

}  // namespace iqt::integration
