// SPDX-License-Identifier: Apache-2.0
#include "server/supervisor.hpp"

#include <csignal>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/temp_folder.hpp"

namespace iqt::server {
namespace {

using namespace std::chrono_literals;

// A value that several threads wait for; gives up after a time that no sane machine needs.
class Count {
  public:
    void add() {
        const std::lock_guard lock(mutex_);
        ++value_;
        changed_.notify_all();
    }
    bool reaches(int wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 30s, [&] { return value_ >= wanted; });
    }
    int value() {
        const std::lock_guard lock(mutex_);
        return value_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int value_ = 0;
};

// A worker in a few lines of shell, so that its life can be scripted.
struct Scripted {
    explicit Scripted(const std::string& script)
        : supervisor({.name = "worker-0",
                      .program = "/bin/sh",
                      .arguments = {"-c", script},
                      .first_backoff_ms = 1,
                      .longest_backoff_ms = 2},
                     {[this] { started.add(); }, [this] { said.add(); }, [this] { gone.add(); }},
                     clock),
          thread([this](std::stop_token stop) { supervisor.run(stop); }) {}

    SystemClock clock;
    Count started, said, gone;
    Supervisor supervisor;
    std::jthread thread;
};

TEST(Supervisor, StartsADeadWorkerAgainAndTellsThatItIsGone) {
    Scripted worker("exit 3");
    EXPECT_TRUE(worker.gone.reaches(3));
    EXPECT_TRUE(worker.started.reaches(4));
    worker.thread.request_stop();
    worker.thread.join();
    EXPECT_EQ(worker.gone.value(), worker.supervisor.starts());
    EXPECT_EQ(worker.supervisor.pid(), 0);
}

TEST(Supervisor, EndOfStdinStopsTheWorker) {
    Scripted worker("echo r >&3; cat >/dev/null; exit 0");
    ASSERT_TRUE(worker.said.reaches(1));
    EXPECT_TRUE(worker.supervisor.ready());
    worker.thread.request_stop();
    worker.thread.join();
    EXPECT_EQ(worker.gone.value(), 1);
    EXPECT_EQ(worker.supervisor.starts(), 1);
    EXPECT_FALSE(worker.supervisor.ready());
}

TEST(Supervisor, AKilledWorkerIsReplaced) {
    Scripted worker("echo r >&3; cat >/dev/null");
    ASSERT_TRUE(worker.said.reaches(1));
    const pid_t first = worker.supervisor.pid();
    ASSERT_GT(first, 0);
    worker.supervisor.kill();
    ASSERT_TRUE(worker.gone.reaches(1));
    ASSERT_TRUE(worker.said.reaches(2));
    EXPECT_NE(worker.supervisor.pid(), first);
}

TEST(Supervisor, WakesTheWorkerByAByteOnStdin) {
    Scripted worker("echo r >&3; head -c 1 >/dev/null; echo j >&3; cat >/dev/null");
    ASSERT_TRUE(worker.said.reaches(1));
    EXPECT_EQ(worker.said.value(), 1);
    worker.supervisor.wake();
    EXPECT_TRUE(worker.said.reaches(2));
}

TEST(Supervisor, RestartsAtOnceWhenAsked) {
    Scripted worker("echo r >&3; cat >/dev/null");
    ASSERT_TRUE(worker.said.reaches(1));
    worker.supervisor.restart();
    EXPECT_TRUE(worker.said.reaches(2));
    EXPECT_EQ(worker.supervisor.starts(), 2);
}

TEST(Supervisor, TheWorkerInheritsNoOtherDescriptor) {
    // A worker that kept the listener's socket open would keep its port after our death.
    fakes::TempFolder folder;
    const std::string list = (folder.path() / "fds").string();
    std::ofstream open_here(folder.path() / "open");
    Scripted worker("for f in /proc/$$/fd/*; do readlink $f; done >" + list +
                    "; echo r >&3; cat >/dev/null");
    ASSERT_TRUE(worker.said.reaches(1));
    std::ifstream file(list);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_NE(text.find("pipe:"), std::string::npos);
    EXPECT_EQ(text.find((folder.path() / "open").string()), std::string::npos) << text;
}

TEST(Supervisor, SurvivesAProgramThatIsNotThere) {
    SystemClock clock;
    Count tried;
    Supervisor supervisor({.name = "w",
                           .program = "/nonexistent/iqt-worker",
                           .arguments = {},
                           .first_backoff_ms = 1,
                           .longest_backoff_ms = 1},
                          {[&] { tried.add(); }, {}, {}}, clock);
    std::jthread thread([&](std::stop_token stop) { supervisor.run(stop); });
    EXPECT_TRUE(tried.reaches(3));
    EXPECT_EQ(supervisor.starts(), 0);
    thread.request_stop();
    thread.join();
}

TEST(FindWorkerProgram, TakesTheNamedOneFirst) {
    ::setenv("IQT_WORKER", "/somewhere/iqt-worker", 1);
    const auto found = find_worker_program();
    ::unsetenv("IQT_WORKER");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, "/somewhere/iqt-worker");
}

}  // namespace
}  // namespace iqt::server
