// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/process.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fakes/temp_folder.hpp"

namespace iqt::integration {
namespace {

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& out,
                         const std::string& err, const std::vector<std::string>& env) {
    ::setpgid(0, 0);
    const auto redirect = [](const std::string& file, int target) {
        const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (fd >= 0) ::dup2(fd, target);
    };
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, 0);
    redirect(out, 1);
    redirect(err, 2);
    // A program that outlives a listener of the test (DCMTK's is inherited) would keep its port.
    ::close_range(3, ~0U, 0);
    for (const std::string& one : env) ::putenv(const_cast<char*>(one.c_str()));
    std::vector<char*> argv;
    for (const std::string& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::filesystem::path& out,
                 const std::filesystem::path& err, const std::vector<std::string>& env) {
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) become(arguments, out.string(), err.string(), env);
    ::setpgid(pid_, pid_);
}

Process::~Process() {
    if (pid_ <= 0) return;
    if (running()) ::kill(-pid_, SIGKILL);
    wait(std::chrono::seconds(10));
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_), ended_(other.ended_) {}

Process& Process::operator=(Process&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(status_, other.status_);
    std::swap(ended_, other.ended_);
    return *this;
}

bool Process::running() {
    if (ended_ || pid_ <= 0) return false;
    int raw = 0;
    if (::waitpid(pid_, &raw, WNOHANG) != pid_) return true;
    ended_ = true;
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return false;
}

void Process::signal(int number) const {
    if (pid_ > 0 && !ended_) ::kill(pid_, number);
}

int Process::wait(std::chrono::seconds limit) {
    eventually([this] { return !running(); }, limit);
    return ended_ ? status_ : -1;
}

Finished run(const std::vector<std::string>& arguments, std::chrono::seconds limit,
             const std::vector<std::string>& env) {
    const fakes::TempFolder folder;
    const auto out = folder.path() / "out", err = folder.path() / "err";
    Finished finished;
    {
        Process process(arguments, out, err, env);
        finished.status = process.wait(limit);
    }
    finished.out = read_file(out);
    finished.err = read_file(err);
    return finished;
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

int free_port() {
    // Below those that the system gives to outgoing connections: a node that is down for a moment
    // would find its port taken by one of them.
    constexpr int kFirst = 10240, kLast = 32767, kTries = 1000;
    std::random_device random;
    std::uniform_int_distribution<int> any(kFirst, kLast);
    for (int tries = 0; tries < kTries; ++tries) {
        const int port = any(random), fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool is_free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(fd);
        if (is_free) return port;
    }
    throw std::runtime_error("no free port");
}

bool have_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/sbin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (::access((folder + "/" + name).c_str(), X_OK) == 0) return true;
    return false;
}

}  // namespace iqt::integration
