// SPDX-License-Identifier: Apache-2.0
// kill -9 in a state that was looked at: the job is seen running (and its worker frozen) or a
// result is held at the destination when node or worker die. What the destination was sent is
// counted.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "dicom/net/store_scu.hpp"
#include "tests/integration/counting_pacs.hpp"
#include "tests/integration/scanner.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Large enough that its enhancement can be seen going on: classic, 12 objects.
constexpr std::array<int, 3> kLarge{64, 72, 12};
constexpr std::size_t kResults = 120;  // 60 mm: enhanced and warning images of 1 mm

// One number about the first job.
int of_first_job(const Node& node, const std::string& column) {
    const Finished rows = run({"sqlite3", (node.data_dir() / "queue.sqlite").string(),
                               "select " + column + " from jobs order by id limit 1"},
                              30s);
    EXPECT_EQ(rows.status, 0) << rows.err;
    return std::atoi(rows.out.c_str());
}

struct Scene {
    fakes::TempFolder folder;
    CountingPacs pacs;
    Node node{
        {.folder = folder.path() / "node",
         .model = "cubic",
         .pacs_port = pacs.port(),
         .extra = {{"inference", {{"attempts_max", 50}, {"lease_s", 5}}},
                   {"destinations", {{"pacs", {{"retry", {{"first_s", 1}, {"longest_s", 1}}}}}}}}}};

    void receive(int n) {
        const WrittenSeries series = write_series(
            folder.path() / "in", {.number = n, .size = kLarge, .head = static_cast<unsigned>(n)});
        EXPECT_EQ(store({series.folder.string()}, node.dicom_port()), 0);
    }
    std::string state() const {
        const Json jobs = node.jobs();
        return jobs.empty() ? "" : jobs.back().at("state").get<std::string>();
    }
    // Stops the worker in the middle of the first job, claimed for the `claim`th time (its token
    // counts claims); whether it is.
    bool freeze_while_running(int claim = 1) {
        const auto running = [this, claim] {
            return state() == "running" && of_first_job(node, "token") >= claim;
        };
        if (!eventually(running, 120s)) return false;
        node.signal_worker(SIGSTOP);
        return running();
    }
    // Until a result waits for the destination's answer; its UID.
    std::string wait_for_held() {
        EXPECT_TRUE(eventually([this] { return !pacs.held().empty(); }, 120s)) << node.log();
        EXPECT_EQ(state(), "delivering");
        return pacs.held();
    }
};

std::map<std::string, int> requests(const std::map<std::string, Stores>& stores) {
    std::map<std::string, int> counted;
    for (const auto& [uid, one] : stores) counted[uid] = one.requests;
    return counted;
}

// Equal UIDs as keys, and one version of the pixels of each: the undisturbed one.
void expect_equal_pixels(const std::map<std::string, Stores>& got,
                         const std::map<std::string, Stores>& wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    for (const auto& [uid, stores] : wanted) {
        ASSERT_EQ(got.count(uid), 1U) << "did not arrive: " << uid;
        EXPECT_EQ(got.at(uid).pixels, stores.pixels) << uid;
    }
}

std::map<std::string, Stores> run_undisturbed() {
    Scene scene;
    scene.node.start();
    scene.receive(0);
    EXPECT_TRUE(scene.node.settled(1, 180s)) << scene.node.log();
    EXPECT_EQ(scene.state(), "delivered");
    EXPECT_EQ(scene.node.stop(), 0);
    const auto stores = scene.pacs.stores();
    EXPECT_EQ(stores.size(), kResults);
    for (const auto& [uid, one] : stores) EXPECT_EQ(one.requests, 1) << uid;
    return stores;
}

const std::map<std::string, Stores>& undisturbed() {
    static const std::map<std::string, Stores> kStores = run_undisturbed();
    return kStores;
}

TEST(ObservedKill, WorkerOrNodeKilledWhileRunningDeliversEveryResultOnce) {
    Scene scene;
    scene.node.start();
    scene.receive(0);
    ASSERT_TRUE(scene.freeze_while_running()) << scene.state();
    scene.node.kill_worker();
    ASSERT_TRUE(eventually([&] { return of_first_job(scene.node, "crashes") == 1; }, 30s));

    ASSERT_TRUE(scene.freeze_while_running(2)) << scene.state();
    const std::vector<pid_t> orphans = scene.node.workers();
    ASSERT_EQ(orphans.size(), 1U);
    scene.node.kill_node();
    ::kill(orphans[0], SIGCONT);  // it finds its node gone and gives the lease back
    scene.node.start();

    ASSERT_TRUE(scene.freeze_while_running(3)) << scene.state();
    const std::vector<pid_t> victims = scene.node.workers();
    ASSERT_EQ(victims.size(), 1U);
    scene.node.kill_node();
    ::kill(victims[0], SIGKILL);  // nobody is left to give the lease back: it runs out
    scene.node.start();

    ASSERT_TRUE(scene.node.settled(1, 180s)) << scene.node.jobs().dump(1) << scene.node.log();
    EXPECT_EQ(scene.state(), "delivered");
    EXPECT_EQ(scene.node.stop(), 0);
    const auto got = scene.pacs.stores();
    const auto& wanted = undisturbed();
    EXPECT_EQ(requests(got), requests(wanted));
    expect_equal_pixels(got, wanted);
}

TEST(ObservedKill, NodeKilledWhileDeliveringSendsAgainOnlyWhatWasInFlight) {
    Scene scene;
    std::map<std::string, int> expected;
    scene.pacs.hold_after(5);
    scene.node.start();
    scene.receive(0);
    for (const int further : {0, 20, 70, -1}) {  // 0: the same result is in flight again
        ++expected[scene.wait_for_held()];
        scene.node.kill_node();
        scene.pacs.release();
        if (further >= 0) scene.pacs.hold_after(further);
        scene.node.start();
    }
    ASSERT_TRUE(scene.node.settled(1, 180s)) << scene.node.jobs().dump(1) << scene.node.log();
    EXPECT_EQ(scene.state(), "delivered");
    EXPECT_EQ(scene.node.stop(), 0);
    EXPECT_EQ(expected.size(), 3U) << "the second kill falls into the same result as the first";
    const auto got = scene.pacs.stores();
    const auto& wanted = undisturbed();
    for (const auto& [uid, stores] : wanted) expected[uid] += stores.requests;
    EXPECT_EQ(requests(got), expected);
    expect_equal_pixels(got, wanted);
}

TEST(ObservedKill, WorkerKilledWhileDeliveringChangesNothing) {
    Scene scene;
    scene.pacs.hold_after(5);
    scene.node.start();
    scene.receive(0);
    scene.wait_for_held();
    scene.node.kill_worker();
    scene.pacs.release();
    ASSERT_TRUE(scene.node.settled(1, 180s)) << scene.node.jobs().dump(1) << scene.node.log();
    EXPECT_EQ(scene.state(), "delivered");
    EXPECT_EQ(scene.node.stop(), 0);
    const auto got = scene.pacs.stores();
    const auto& wanted = undisturbed();
    EXPECT_EQ(requests(got), requests(wanted));
    expect_equal_pixels(got, wanted);
}

TEST(ObservedKill, EveryInstanceIsAcknowledgedWhileTheWorkerIsKilledAgainAndAgain) {
    Scene scene;
    scene.node.start();
    scene.receive(0);
    ASSERT_TRUE(scene.freeze_while_running()) << scene.state();
    const WrittenSeries second =
        write_series(scene.folder.path() / "second", {.number = 1, .head = 1});
    std::size_t accepted = 0;
    int kills = 0;
    // One association: its next instance goes out with the worker just killed.
    const Destination there = node_as_destination(scene.node.dicom_port());
    dicom::net::StoreScu().send(there, second.instances, {}, [&](const SendOutcome& outcome) {
        EXPECT_EQ(outcome.result, SendResult::Accepted) << outcome.message;
        if (outcome.result == SendResult::Accepted) ++accepted;
        if (accepted % 4 != 1) return;
        EXPECT_TRUE(eventually([&] { return !scene.node.workers().empty(); }, 60s));
        scene.node.kill_worker();
        ++kills;
    });
    EXPECT_EQ(kills, 3);
    EXPECT_EQ(accepted, second.instances.size());
    ASSERT_TRUE(scene.node.settled(2, 180s)) << scene.node.jobs().dump(1) << scene.node.log();
    for (const Json& job : scene.node.jobs()) EXPECT_EQ(job.at("state"), "delivered") << job.dump();
    EXPECT_GE(of_first_job(scene.node, "crashes"), 1);
    EXPECT_EQ(scene.node.stop(), 0);
    EXPECT_EQ(scene.pacs.stores().size(), 2 * kResults);
}

TEST(ObservedKill, NodeLoadsNoTorch) {
    const Finished needed = run({"readelf", "-d", program("iqt-node")}, 30s);
    const Finished loaded = run({"ldd", program("iqt-node")}, 30s);
    ASSERT_EQ(needed.status, 0) << needed.err;
    ASSERT_NE(needed.out.find("NEEDED"), std::string::npos);
    ASSERT_EQ(loaded.status, 0) << loaded.err;
    for (const char* library : {"libtorch", "libc10"}) {
        EXPECT_EQ(needed.out.find(library), std::string::npos) << library;
        EXPECT_EQ(loaded.out.find(library), std::string::npos) << library;
    }
}

}  // namespace
}  // namespace iqt::integration
