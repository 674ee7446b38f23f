// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "tests/dicom/net/raw_peer.hpp"
#include "tests/dicom/net/scp_fixture.hpp"
#include "tests/faults/campaign.hpp"
#include "tests/faults/scene.hpp"

namespace iqt::faults {
namespace {

using namespace std::chrono_literals;
using dicom::net::RawPeer;
namespace fs = std::filesystem;

constexpr int kTimeout_s = 4;
constexpr const char* kMrStorage = "1.2.840.10008.5.1.4.1.1.4";

std::int64_t open_files(pid_t process) {
    const fs::directory_iterator all("/proc/" + std::to_string(process) + "/fd");
    return std::distance(fs::begin(all), fs::end(all));
}

std::string data_set_of(const fs::path& file) {
    DcmFileFormat format;
    if (format.loadFile(file.c_str()).bad())
        throw std::runtime_error("cannot read " + file.string());
    return dicom::net::encode(format);
}

/// Peers that hold a connection and do not get on, each in its own way.
class BadPeers {
  public:
    BadPeers(int port, int of_each_kind) {
        const auto add = [&](auto& peers) -> RawPeer& {
            peers.push_back(std::make_unique<RawPeer>(port));
            return *peers.back();
        };
        for (int n = 0; n < of_each_kind; ++n) {
            add(quiet_);                                           // connects and says nothing
            add(quiet_).send(std::string("\1\0\0\0\1\0\0\1", 8));  // 8 bytes of a request of 262
            RawPeer& half = add(quiet_);                           // stops within a data set
            if (half.associate()) {
                half.send_store_command(kMrStorage, "1.2.3." + std::to_string(n + 1));
                half.send(std::string("\4\0\0\0\1\0\0\0\0\374\1\2", 12));
            }
            add(slow_).send(std::string("\1\0\0\0\1\0", 6));  // goes on, byte by byte
        }
        drip_ = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                for (const auto& peer : slow_) peer->send(std::string(1, '\1'));
                wait_ms(200);
            }
        });
    }
    std::int64_t count() const { return static_cast<std::int64_t>(quiet_.size() + slow_.size()); }

  private:
    std::vector<std::unique_ptr<RawPeer>> quiet_, slow_;
    std::jthread drip_;  // last: ends before its peers
};

// Objects that are answered, then half of one, then nothing: out of range of the Wi-Fi.
void drop_in_the_middle(Scene& scene, const Scene::Made& made, std::size_t whole) {
    RawPeer scanner(scene.port());
    if (!scanner.associate()) return;
    for (std::size_t n = 0; n <= whole; ++n) {
        const OutgoingInstance& one = made.files.instances[n];
        const std::string data_set = data_set_of(one.file);
        if (n < whole) {
            const auto answer = scanner.store(one.sop_class_uid, one.sop_instance_uid, data_set);
            if (answer.status == 0)
                scene.ledger().acknowledge(made.series.number, one.sop_instance_uid);
            continue;
        }
        scanner.send_store_command(one.sop_class_uid, one.sop_instance_uid);
        scanner.send_pdv(RawPeer::Part::Data,
                         std::string_view(data_set).substr(0, data_set.size() / 2));
    }
    scanner.reset();
}

}  // namespace

Row slow_and_silent_peers(const Reference& reference) {
    Row row{.fault = "peers that say nothing, stop half-way or send a byte at a time"};
    Audit on_the_way;
    Scene scene({.extra = {{"dicom", {{"timeout_s", kTimeout_s}}}}});
    scene.start();
    on_the_way.expect(scene.send(scene.make()), "a series was not taken");
    scene.rest();
    const std::int64_t before = open_files(scene.node().pid());
    for (const int of_each_kind : {2, 10}) {  // fewer than the node's places, and more
        const BadPeers peers(scene.port(), of_each_kind);
        row.others += peers.count();
        on_the_way.expect(scene.send(scene.make(), 60s),
                          "a scanner was kept out by peers that do nothing");
    }
    on_the_way.expect(
        integration::eventually([&] { return open_files(scene.node().pid()) <= before + 2; }, 60s),
        "connections of peers that are gone stay open");
    row.audit = scene.close(reference);
    row.audit.add(on_the_way);
    return row;
}

Row dropped_associations(const Reference& reference, const Amounts& amounts) {
    Row row{.fault = "scanner drops its Wi-Fi and sends the whole series again"};
    std::mt19937 random(amounts.seed);
    Audit on_the_way;
    Scene scene;
    scene.start();
    for (int n = 0; n < amounts.dropped_associations; ++n) {
        const Scene::Made made = scene.make();
        drop_in_the_middle(scene, made, random() % made.files.instances.size());
        wait_ms(random() % 500);
        on_the_way.expect(scene.send(made), "the series was not taken when it came again");
        ++row.others;
    }
    row.audit = scene.close(reference);
    row.audit.add(on_the_way);
    return row;
}

}  // namespace iqt::faults
