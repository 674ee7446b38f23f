// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/scene.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <utility>

namespace iqt::faults {
namespace {

using namespace std::chrono_literals;
using integration::Json;
namespace fs = std::filesystem;

constexpr std::array<int, 3> kSmall{24, 28, 8};  // 20 results of each kind
constexpr double kSmallSlice_mm = 2.5;
constexpr unsigned kHeads = 2;
constexpr int kStartsMax = 20;
constexpr std::size_t kWhyMax = 1500;  // the end of the log

Json retry_soon(int port) {
    return {{"ae_title", "TESTPACS"},
            {"address", "127.0.0.1"},
            {"port", port},
            {"timeout_s", 10},
            {"retry", {{"first_s", 1}, {"longest_s", 1}, {"attempts_max", 10'000}}}};
}

fs::path canonical_folder(const fs::path& folder) {
    fs::create_directories(folder);
    return fs::canonical(folder);
}

}  // namespace

Scene::Scene(SceneSetup setup) : port_(integration::free_port()) {
    const fs::path data_dir = canonical_folder(
        setup.data_dir.empty() ? folder_.path() / "node" / "data" : setup.data_dir);
    Json extra{
        {"settle", {{"quiet_s", 0}, {"open_association_s", 10}, {"incomplete_hold_s", 3600}}},
        {"inference", {{"attempts_max", 100}, {"interruptions_max", 1000}, {"lease_s", 5}}},
        {"destinations", {{"pacs", retry_soon(pacs_.port())}}},
        {"retention", {{"min_free_bytes", 0}}}};
    if (setup.second_destination) {
        second_ = std::make_unique<integration::CountingPacs>();
        extra["destinations"]["second"] = retry_soon(second_->port());
        extra["routes"] = Json::array({{{"name", "all"},
                                        {"model", "cubic"},
                                        {"outputs", {"enhanced", "warning"}},
                                        {"destinations", {"pacs", "second"}}}});
    }
    extra.merge_patch(setup.extra);
    faults_ = std::make_unique<FaultSwitch>(folder_.path() / "faults");
    integration::NodeSetup node{.folder = folder_.path() / "node",
                                .dicom_port = port_,
                                .model = "cubic",
                                .pacs_port = pacs_.port(),
                                .extra = extra,
                                .env = faults_->environment(IQT_FAULT_SHIM, data_dir),
                                .data_dir = data_dir};
    node_ = std::make_unique<integration::Node>(std::move(node));
}

Scene::Made Scene::make(bool enhanced) {
    integration::MadeSeries series;
    series.number = next_number_++;
    series.size = kSmall;
    series.slice_mm = kSmallSlice_mm;
    series.head = static_cast<unsigned>(series.number) % kHeads;
    series.enhanced = enhanced;
    return make(series);
}

Scene::Made Scene::make(integration::MadeSeries series) {
    next_number_ = std::max(next_number_, series.number + 1);
    const fs::path in = folder_.path() / "in" / std::to_string(series.number) / series.patient_id;
    Made made{series, integration::write_series(in, series)};
    ledger_.expect(series, made.files.instances.size());
    return made;
}

void Scene::send_in_background(const Made& made, integration::Again again) {
    scanners_.emplace_back([this, made, again](std::stop_token stop) {
        integration::send_until_acknowledged(
            made.files, port_, std::move(stop), again, [&](const OutgoingInstance& one) {
                ledger_.acknowledge(made.series.number, one.sop_instance_uid);
            });
    });
}

void Scene::join_scanners() {
    for (std::jthread& scanner : scanners_) scanner.join();  // without asking them to stop
    scanners_.clear();
}

bool Scene::send(const Made& made, std::chrono::seconds limit) {
    std::atomic<bool> done = false;
    std::jthread scanner([&](std::stop_token stop) {
        integration::send_until_acknowledged(
            made.files, port_, std::move(stop), integration::Again::WholeSeries,
            [&](const OutgoingInstance& one) {
                ledger_.acknowledge(made.series.number, one.sop_instance_uid);
            });
        done = true;
    });
    integration::eventually([&] { return done.load(); }, limit);
    scanner.request_stop();
    scanner.join();
    return ledger_.entries().at(made.series.number).complete();
}

void Scene::start(integration::Node::Until until) {
    std::string why;
    for (int n = 0; n < kStartsMax; ++n) {
        try {
            node_->start(until);
            return;
        } catch (const std::runtime_error& error) {
            why = error.what();
            why = why.substr(why.size() - std::min(why.size(), kWhyMax));
        }
    }
    throw std::runtime_error("the node does not start any more: " + why);
}

void Scene::kill_and_start(integration::Node::Until until) {
    node_->kill_node();
    start(until);
}

bool Scene::start_if_gone() {
    if (node_->running()) return false;
    start();
    return true;
}

std::string Scene::newest_state() const {
    const fs::path peek = folder_.path() / "peek";
    fs::create_directories(peek);
    for (const char* name : {"queue.sqlite", "queue.sqlite-wal"}) {
        std::error_code code;  // a log need not be there
        fs::remove(peek / name, code);
        fs::copy_file(node_->data_dir() / name, peek / name, code);
    }
    const integration::Finished asked =
        integration::run({"sqlite3", (peek / "queue.sqlite").string(),
                          "select state from jobs order by id desc limit 1"},
                         30s);
    if (asked.status != 0) return "unknown";
    return asked.out.empty() ? "none" : asked.out.substr(0, asked.out.find('\n'));
}

bool Scene::rest(std::chrono::seconds limit) {
    const auto expected = ledger_.entries().size();
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < deadline) {
        start_if_gone();
        for (const std::string& job :
             integration::column(*node_, "select id from jobs where state = 'failed'"))
            integration::run({integration::program("iqt-node"), "queue", "retry", job, "--config",
                              node_->config().string()},
                             30s);
        if (integration::settled_with_releases(*node_, expected, 5s)) return true;
    }
    return false;
}

Audit Scene::close(const Reference& reference) {
    faults_->disarm();
    start_if_gone();
    join_scanners();
    rest();
    std::vector<const integration::CountingPacs*> destinations{&pacs_};
    if (second_) destinations.push_back(second_.get());
    Audit found = audit(ledger_, *node_, destinations, reference);
    if (node_->stop() != 0) {
        ++found.stuck;
        found.findings.push_back("the node did not stop cleanly after this");
    }
    return found;
}

Reference make_reference() {
    Scene scene;
    scene.start();
    std::vector<Scene::Made> sent;
    for (unsigned head = 0; head < kHeads; ++head) {
        sent.push_back(scene.make());
        if (!scene.send(sent.back())) throw std::runtime_error("the node takes nothing");
    }
    if (!scene.rest()) throw std::runtime_error("the undisturbed run does not end");
    Reference reference;
    for (const Scene::Made& made : sent) {
        const auto images = enhanced_series(scene.pacs().stores(), made.series);
        if (images.size() != 1) throw std::runtime_error("no results of the undisturbed run");
        reference[made.series.head] = images.front();
    }
    return reference;
}

void wait_ms(std::uint64_t ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

}  // namespace iqt::faults
