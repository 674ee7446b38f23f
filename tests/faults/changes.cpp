// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>
#include <random>

#include "tests/faults/campaign.hpp"
#include "tests/faults/scene.hpp"

namespace iqt::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMinute_ms = 60'000, kJumpHour_ms = 3'600'000;

// Sends the corrected series until the node has all of it; from its first success on nothing may
// leave under the old identity.
void send_correction(Scene& scene, const Scene::Made& corrected, const std::string& old_id) {
    std::atomic<bool> known = false;
    std::jthread scanner([&](std::stop_token stop) {
        integration::send_until_acknowledged(
            corrected.files, scene.port(), std::move(stop), integration::Again::WholeSeries,
            [&](const OutgoingInstance& one) {
                if (!known.exchange(true)) scene.ledger().correct(corrected.series.number, old_id);
                scene.ledger().acknowledge(corrected.series.number, one.sop_instance_uid);
            });
    });
    integration::eventually(
        [&] {
            scene.start_if_gone();
            return known.load();
        },
        60s);
    scanner.join();
}

}  // namespace

Row clock_jumps(const Reference& reference, const Amounts& amounts) {
    Row row{.fault = "wall clock jumps, forth and back, up to two days"};
    std::mt19937 random(amounts.seed);
    constexpr std::array<std::int64_t, 8> kOffsets{
        kMinute_ms,        -kMinute_ms,        kJumpHour_ms,      -kJumpHour_ms,
        25 * kJumpHour_ms, -25 * kJumpHour_ms, 48 * kJumpHour_ms, 0};
    Scene scene;
    scene.start();
    for (int n = 0; n < amounts.clock_jumps; ++n) {
        scene.send_in_background(scene.make());
        wait_ms(random() % 900);
        scene.faults().set_wall_offset_ms(kOffsets[static_cast<std::size_t>(n) % kOffsets.size()]);
        ++row.others;
        if (n % 4 != 3) continue;
        scene.kill_and_start();
        ++row.kills;
    }
    row.audit = scene.close(reference);
    return row;
}

Row identity_corrections(const Reference& reference, const Amounts& amounts) {
    Row row{.fault = "patient identity corrected at random instants, with kills"};
    std::mt19937 random(amounts.seed);
    Audit on_the_way;
    Scene scene;
    scene.start();
    for (int n = 0; n < amounts.corrections; ++n) {
        const Scene::Made wrong = scene.make();
        on_the_way.expect(scene.send(wrong), "a series was not taken");
        wait_ms(random() % 1500);
        integration::MadeSeries corrected = wrong.series;
        corrected.patient_id = "RIGHT-" + std::to_string(n);
        const Scene::Made again = scene.make(corrected);
        if (n % 2 == 1) {
            scene.node().kill_node();
            ++row.kills;
        }
        send_correction(scene, again, wrong.series.patient_id);
        ++row.others;
        if (n % 4 < 2) continue;
        scene.kill_and_start();
        ++row.kills;
    }
    row.audit = scene.close(reference);
    row.audit.add(on_the_way);
    return row;
}

}  // namespace iqt::faults
