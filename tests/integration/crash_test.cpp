// SPDX-License-Identifier: Apache-2.0
// kill -9 of node and worker during receive, inference and delivery: every acknowledged instance is
// there afterwards, and the PACS holds every result with the pixels that an undisturbed run makes.
// How often it was sent one, and in which state a kill fell, is the matter of observed_kill_test.
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/integration/scanner.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int kSlices = 12;

// Twelve slices, so that a series is sent as twelve objects.
WrittenSeries made(const fs::path& folder, int n) {
    return write_series(folder, {.number = n, .head = static_cast<unsigned>(n)});
}

std::set<std::string> stored_uids(const Node& node) {
    const auto uids = column(node, "select distinct sop_instance_uid from instances");
    return {uids.begin(), uids.end()};
}

// SOP Instance UID -> digest of pixel data, of everything the PACS holds.
std::map<std::string, std::string> pacs_content(const Pacs& pacs) {
    std::map<std::string, std::string> content;
    for (const Json& instance : pacs.get("/instances?expand")) {
        const auto uid = instance.at("MainDicomTags").at("SOPInstanceUID").get<std::string>();
        EXPECT_EQ(content.count(uid), 0U) << "stored under two identities: " << uid;
        content[uid] = std::to_string(std::hash<std::string>{}(pacs.bytes(
            "/instances/" + instance.at("ID").get<std::string>() + "/content/7fe0-0010/0")));
    }
    return content;
}

// Every job with its history, for the message of a failed comparison.
std::string story(const Node& node) {
    const Finished rows =
        run({"sqlite3", (node.data_dir() / "queue.sqlite").string(),
             "select j.id, j.series_id, j.revision, j.state, j.instances, j.attempt, j.crashes, "
             "(select group_concat(e.event || ' (' || e.detail || ')', '; ') from events e "
             "where e.job_id = j.id) from jobs j"},
            30s);
    return rows.out + rows.err;
}

struct Scene {
    fakes::TempFolder folder;
    int node_port = free_port();
    Pacs pacs{folder.path() / "pacs", node_port};
    Node node{
        {.folder = folder.path() / "node",
         .dicom_port = node_port,
         .model = "cubic",
         .pacs_port = pacs.dicom_port(),
         .extra = {{"settle", {{"quiet_s", 1}, {"incomplete_hold_s", 3600}}},
                   {"inference", {{"attempts_max", 10}}},
                   {"destinations", {{"pacs", {{"retry", {{"first_s", 1}, {"longest_s", 2}}}}}}}}}};
};

std::map<std::string, std::string> undisturbed(int count) {
    Scene scene;
    scene.node.start();
    for (int n = 0; n < count; ++n) {
        const auto series = made(scene.folder.path() / "in" / std::to_string(n), n);
        EXPECT_EQ(store({series.folder.string()}, scene.node_port), 0);
    }
    EXPECT_TRUE(scene.node.settled(static_cast<std::size_t>(count), 120s)) << scene.node.log();
    EXPECT_EQ(scene.node.stop(), 0);
    return pacs_content(scene.pacs);
}

TEST(Crash, KillsDuringReceiveLoseNothingThatWasAcknowledged) {
    constexpr int kSeries = 3;
    Scene scene;
    scene.node.start();
    std::vector<std::jthread> scanners;
    for (int n = 0; n < kSeries; ++n) {
        const auto series = made(scene.folder.path() / "in" / std::to_string(n), n);
        scanners.emplace_back([=, port = scene.node_port](std::stop_token stop) {
            send_until_acknowledged(series, port, std::move(stop));
        });
    }
    std::mt19937 random(20261122);
    for (int kill = 0; kill < 8; ++kill) {
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
        scene.node.kill_node();
        scene.node.start();
    }
    for (std::jthread& scanner : scanners) scanner.join();  // everything was acknowledged
    EXPECT_EQ(stored_uids(scene.node).size(), std::size_t{kSeries * kSlices});
    ASSERT_TRUE(settled_with_releases(scene.node, kSeries, 180s)) << story(scene.node);
    EXPECT_EQ(scene.node.stop(), 0);
    EXPECT_EQ(pacs_content(scene.pacs), undisturbed(kSeries)) << story(scene.node);
}

TEST(Crash, KillsAtRandomMomentsAfterReceiveLoseNoResult) {
    constexpr int kSeries = 2;
    Scene scene;
    scene.node.start();
    for (int n = 0; n < kSeries; ++n) {
        const auto series = made(scene.folder.path() / "in" / std::to_string(n), n);
        EXPECT_EQ(store({series.folder.string()}, scene.node_port), 0);
    }
    std::mt19937 random(7);
    for (int kill = 0; kill < 10; ++kill) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300 + random() % 900));
        if (kill % 3 == 0) {
            scene.node.kill_worker();
        } else {
            scene.node.kill_node();
            scene.node.start();
        }
    }
    ASSERT_TRUE(scene.node.settled(kSeries, 180s)) << scene.node.jobs().dump(1) << scene.node.log();
    for (const Json& job : scene.node.jobs()) EXPECT_EQ(job.at("state"), "delivered") << job.dump();
    EXPECT_EQ(scene.node.stop(), 0);
    EXPECT_EQ(pacs_content(scene.pacs), undisturbed(kSeries)) << story(scene.node);
}

TEST(Crash, PacsThatComesBackGetsEverything) {
    Scene scene;
    scene.node.start();
    scene.pacs.stop();
    const auto series = made(scene.folder.path() / "in", 0);
    EXPECT_EQ(store({series.folder.string()}, scene.node_port), 0);
    ASSERT_TRUE(eventually(
        [&] {
            const Json jobs = scene.node.jobs();
            return !jobs.empty() && jobs[0].at("state") == "delivering";
        },
        60s))
        << scene.node.jobs().dump();
    scene.pacs.start();
    ASSERT_TRUE(scene.node.settled(1, 90s)) << scene.node.jobs().dump(1);
    EXPECT_EQ(scene.node.jobs()[0].at("state"), "delivered");
    EXPECT_EQ(scene.node.stop(), 0);
}

}  // namespace
}  // namespace iqt::integration
