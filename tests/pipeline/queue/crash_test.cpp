// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

/// A pipe through which the child says what it was promised.
class Pipe {
  public:
    Pipe() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void say(int number) { EXPECT_EQ(::write(ends_[1], &number, sizeof number), kSize); }
    /// The next number, or nothing when the other side is gone.
    std::optional<int> hear() {
        int number = 0;
        if (::read(ends_[0], &number, sizeof number) != kSize) return std::nullopt;
        return number;
    }
    void close_end(std::size_t end) {
        if (ends_[end] >= 0) ::close(ends_[end]);
        ends_[end] = -1;
    }

  private:
    static constexpr ssize_t kSize = sizeof(int);
    std::array<int, 2> ends_{-1, -1};
};

class Killed : public StoreTest {
  protected:
    void SetUp() override { options.testing.synchronous = Synchronous::Full; }

    /// Runs `life` in a child that is killed after it has said `said_max` numbers; returns them
    /// all.
    std::vector<int> until_killed(int said_max, const std::function<void(Pipe&)>& life) {
        store.reset();  // the child is the only one on the data folder
        Pipe pipe;
        const pid_t child = ::fork();
        if (child == 0) {
            pipe.close_end(0);
            life(pipe);
            ::_exit(0);
        }
        pipe.close_end(1);
        std::vector<int> heard;
        while (static_cast<int>(heard.size()) < said_max)
            if (const auto number = pipe.hear())
                heard.push_back(*number);
            else
                break;
        ::kill(child, SIGKILL);
        while (const auto number = pipe.hear()) heard.push_back(*number);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status)) << "it was to die at work";
        return heard;
    }
};

TEST_F(Killed, WhileReceivingLosesNothingThatWasAcknowledged) {
    options.blob_bytes_max = 40'000;
    constexpr int kLarge = 5;  // every fifth object is a file
    const auto bytes = [](int k) {
        return std::string(k % kLarge == 0 ? 50'000 : 20'000, static_cast<char>('a' + k % 26));
    };
    int first = 1;
    for (int round = 0; round < 4; ++round) {
        const std::vector<int> acknowledged = until_killed(6 + round, [&](Pipe& pipe) {
            auto opened = SqliteStore::open(options, clock);
            for (int k = first; k < 100'000; ++k) {
                ReceivedInstance one = slice(k);
                one.object.data = bytes(k);
                if ((*opened)->accept(std::move(one))) pipe.say(k);
            }
        });
        ASSERT_FALSE(acknowledged.empty());
        open();
        for (const int k : acknowledged) {
            ReceivedInstance again = slice(k);
            again.object.data = bytes(k);
            EXPECT_TRUE(accept(std::move(again)).duplicate) << "instance " << k << " was lost";
        }
        first = acknowledged.back() + 2;  // the one in flight may or may not have made it
        EXPECT_TRUE(store->check_integrity());
    }
    clock.advance(options.settle.quiet_ms + options.settle.incomplete_hold_ms);
    tick();
    const auto snapshot = store->snapshot(claim());
    ASSERT_TRUE(snapshot) << to_string(snapshot.error());
    EXPECT_GE(static_cast<int>(snapshot->objects.size()), 6 + 7 + 8 + 9);
}

TEST_F(Killed, WhileDeliveringNeverForgetsAnAcceptedObject) {
    open();
    const JobId job = ready_job();
    DerivedRecord record;
    for (int number = 1; number <= 30; ++number)
        record.files.push_back(result(OutputKind::Warning, number));
    record.destinations = {"PACS"};
    ASSERT_TRUE(store->finish_derived(claim(), record));
    const std::vector<int> accepted = until_killed(8, [&](Pipe& pipe) {
        auto opened = SqliteStore::open(options, clock);
        auto batch = (*opened)->due("PACS");
        for (const OutgoingInstance& one : (*batch)->instances)
            if ((*opened)->record({one.delivery_id, SendResult::Accepted, 0, {}}))
                pipe.say(static_cast<int>(one.delivery_id));
    });
    open();
    const auto batch = due("PACS");
    ASSERT_TRUE(batch);
    for (const OutgoingInstance& one : batch->instances)
        EXPECT_EQ(std::count(accepted.begin(), accepted.end(), one.delivery_id), 0)
            << "sent a second time";
    const auto left = batch->instances.size();
    EXPECT_EQ(send_all("PACS", SendResult::Accepted), static_cast<int>(left));
    EXPECT_EQ(state(job), JobState::Delivered);
}

TEST_F(Killed, AtWorkLeavesAJobThatComesBackWhenItsLeaseEnds) {
    open();
    const JobId job = ready_job();
    const std::vector<int> claimed = until_killed(1, [&](Pipe& pipe) {
        auto opened = SqliteStore::open(options, clock);
        const auto claim = (*opened)->claim("w", 30'000);
        pipe.say(static_cast<int>(to_int((*claim)->job)));
        ::pause();
    });
    ASSERT_EQ(claimed, std::vector<int>{static_cast<int>(to_int(job))});
    open();
    EXPECT_EQ(state(job), JobState::Running);
    clock.advance(30'000);
    tick();
    EXPECT_EQ(claim().attempt, 2);
}

}  // namespace
}  // namespace iqt::queue
