// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "tests/faults/campaign.hpp"
#include "tests/faults/scene.hpp"

namespace iqt::faults {
namespace {

using namespace std::chrono_literals;

// Above what is kept in the database; of a field strength that is declined, so that it costs no
// inference.
integration::MadeSeries large_object(int number) {
    integration::MadeSeries series;
    series.number = number;
    series.size = {512, 512, 36};
    series.enhanced = true;
    series.field_strength_t = 3.0;
    return series;
}

}  // namespace

Row injections(const Reference& reference, const Amounts& amounts, Program program, Fault fault) {
    Row row{.fault = name_of(fault) + ", " + name_of(program)};
    std::mt19937 random(amounts.seed + static_cast<std::uint32_t>(fault) * 10U +
                        static_cast<std::uint32_t>(program));
    // So many operations of the kind are certain to follow.
    const std::uint32_t range = program == Program::Node ? 12 : 40;
    Scene scene;
    scene.start();
    for (int n = 0; n < amounts.faults_of_a_kind; ++n) {
        scene.faults().arm(fault, program, static_cast<std::int64_t>(random() % range));
        scene.send_in_background(scene.make(program == Program::Worker));
        integration::eventually([&] { return scene.faults().fired() > 0; }, 30s);
        row.injected += scene.faults().fired();
        scene.faults().disarm();
        if (n % 5 != 4) continue;
        // What a fault has left must be read well by the next process too.
        scene.kill_and_start();
        ++row.kills;
    }
    row.audit = scene.close(reference);
    return row;
}

Row failed_renames(const Reference& reference, const Amounts& amounts) {
    Row row{.fault = "rename fails with EIO, node"};
    Scene scene;
    scene.start();
    for (int n = 0; n < amounts.large_objects; ++n) {
        const Scene::Made made = scene.make(large_object(n));
        scene.ledger().expect_nothing_sent(made.series.number);
        scene.faults().arm(Fault::RenameEio, Program::Node, 0);
        scene.send(made);
        row.injected += scene.faults().fired();
        scene.faults().disarm();
    }
    row.audit = scene.close(reference);
    return row;
}

Row failed_truncations(const Reference& reference, const Amounts& amounts) {
    Row row{.fault = "truncation fails with EIO, node"};
    Scene scene;
    scene.start();
    for (int n = 0; n < amounts.large_objects; ++n) {
        scene.send_in_background(scene.make());
        wait_ms(300);
        scene.faults().arm(Fault::TruncateEio, Program::Node, 0);
        scene.kill_and_start();  // it may refuse to start once
        ++row.kills;
        row.injected += scene.faults().fired();
        scene.faults().disarm();
    }
    row.audit = scene.close(reference);
    return row;
}

}  // namespace iqt::faults
