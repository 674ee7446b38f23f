// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/campaign.hpp"
#include "tests/faults/scene.hpp"

namespace iqt::faults {
namespace {

using namespace std::chrono_literals;

constexpr int kSeries = 3;
constexpr std::int64_t kHour_ms = 3'600'000;
constexpr std::uint16_t kOutOfResources = 0xa700;

std::size_t results_per_series(const Reference& reference) {
    return 2 * reference.begin()->second.size();  // enhanced and warning images
}

bool has_everything(const integration::CountingPacs& pacs, const Reference& reference) {
    return pacs.stores().size() >= kSeries * results_per_series(reference);
}

void send_all(Scene& scene, Audit& audit) {
    for (int n = 0; n < kSeries; ++n)
        audit.expect(scene.send(scene.make()), "a series was not taken");
}

// Every object came once: what happens at one destination costs another one nothing.
void expect_undisturbed(const integration::CountingPacs& other, Audit& audit) {
    for (const auto& [uid, one] : other.stores())
        audit.expect(one.requests == 1 && one.accepted == 1,
                     "the other destination was sent an object again: " + uid);
}

}  // namespace

Row pacs_down_for_a_day(const Reference& reference) {
    Row row{.fault = "PACS down for 24 h (wall clock set), another one up", .others = 1};
    Audit on_the_way;
    Scene scene({.second_destination = true,
                 .extra = {{"destinations",
                            {{"pacs", {{"retry", {{"first_s", 600}, {"longest_s", 3600}}}}}}}}});
    scene.start();
    scene.pacs().stop();
    send_all(scene, on_the_way);
    on_the_way.expect(
        integration::eventually([&] { return has_everything(scene.second(), reference); }, 120s),
        "the other destination did not get everything while the PACS was down");
    for (const std::int64_t hours : {1, 6, 12, 23}) {
        scene.faults().set_wall_offset_ms(hours * kHour_ms);
        wait_ms(3'000);  // it looks at least every two seconds
    }
    on_the_way.expect(scene.pacs().stores().empty(), "something was sent to a PACS that is down");
    scene.pacs().start();
    scene.faults().set_wall_offset_ms(25 * kHour_ms);
    on_the_way.expect(
        integration::eventually([&] { return has_everything(scene.pacs(), reference); }, 120s),
        "the PACS did not get everything after it had come back");
    expect_undisturbed(scene.second(), on_the_way);
    row.audit = scene.close(reference);
    row.audit.add(on_the_way);
    return row;
}

Row pacs_that_accepts_and_fails(const Reference& reference) {
    Row row{.fault = "PACS aborts after an answer, or is out of resources for a while"};
    Audit on_the_way;
    Scene scene({.second_destination = true});
    scene.start();
    scene.pacs().answer(std::vector<std::uint16_t>(30, kOutOfResources));
    constexpr int kAnswers = 15;
    scene.pacs().drop_every(kAnswers);
    send_all(scene, on_the_way);
    scene.rest();
    int requests = 0;
    for (const auto& [uid, one] : scene.pacs().stores()) requests += one.requests;
    row.others = requests / kAnswers;
    expect_undisturbed(scene.second(), on_the_way);
    row.audit = scene.close(reference);
    row.audit.add(on_the_way);
    return row;
}

}  // namespace iqt::faults
