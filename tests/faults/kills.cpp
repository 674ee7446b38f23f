// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "tests/faults/campaign.hpp"
#include "tests/faults/scene.hpp"

namespace iqt::faults {
namespace {

using namespace std::chrono_literals;

// Waits until the fault has struck or the series is through; whether it struck.
bool struck(Scene& scene) {
    const auto at_rest = [&] {
        return scene.ledger().entries().rbegin()->second.complete() &&
               integration::column(
                   scene.node(),
                   "select 1 from jobs where state not in ('delivered', 'declined', 'cancelled')")
                   .empty();
    };
    integration::eventually([&] { return scene.faults().fired() > 0 || at_rest(); }, 60s);
    const bool hit = scene.faults().fired() > 0;
    scene.faults().disarm();
    return hit;
}

}  // namespace

Row random_kills(const Reference& reference, const Amounts& amounts) {
    Row row{.fault = "SIGKILL of node or worker at random instants"};
    std::mt19937 random(amounts.seed);
    Scene scene;
    scene.start();
    for (int n = 0; n < amounts.random_kills; ++n) {
        if (n % 3 == 0) scene.send_in_background(scene.make(n % 2 == 0));
        wait_ms(random() % 700);
        if (random() % 3 == 0) {
            if (!scene.node().workers().empty()) ++row.kills;
            scene.node().kill_worker();
        } else {
            // Also while the next one is still starting.
            scene.kill_and_start(random() % 2 == 0 ? integration::Node::Until::Listening
                                                   : integration::Node::Until::Ready);
            ++row.kills;
        }
    }
    row.audit = scene.close(reference);
    return row;
}

Row boundary_kills(const Reference& reference, const Amounts& amounts, Program program,
                   Fault fault) {
    Row row{.fault = "SIGKILL of the " + name_of(program) + " " + name_of(fault)};
    const int stride = fault == Fault::KillWriting ? amounts.torn_stride : amounts.stride;
    Scene scene;
    scene.start();
    for (int boundary = 0; boundary < amounts.boundaries; boundary += stride) {
        scene.faults().arm(fault, program, boundary);
        // Many objects for the node, which stores each; one for the worker, which is ready sooner.
        scene.send_in_background(scene.make(program == Program::Worker));
        if (!struck(scene)) break;  // a series has no more of them
        ++row.kills;
        if (program == Program::Node)
            integration::eventually([&] { return !scene.node().running(); }, 10s);
        ++row.states[scene.newest_state()];
        if (program == Program::Worker) {
            // The node as well: what the worker has left is for another process to find, and a
            // worker that dies again and again would be started more and more slowly.
            scene.kill_and_start();
            ++row.kills;
        } else {
            scene.start_if_gone();
        }
        scene.join_scanners();
        scene.rest(60s);
    }
    row.audit = scene.close(reference);
    return row;
}

}  // namespace iqt::faults
