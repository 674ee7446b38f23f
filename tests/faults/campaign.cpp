// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/campaign.hpp"

#include <exception>
#include <utility>

#include "tests/faults/scene.hpp"

namespace iqt::faults {
namespace {

using Part = std::function<Row()>;

void add_kills(std::vector<Part>& parts, const Reference& reference, const Amounts& amounts) {
    for (const Fault fault : {Fault::KillBefore, Fault::KillAfter, Fault::KillWriting})
        for (const Program program : {Program::Node, Program::Worker})
            parts.emplace_back([&reference, &amounts, program, fault] {
                return boundary_kills(reference, amounts, program, fault);
            });
    parts.emplace_back([&] { return random_kills(reference, amounts); });
}

void add_injections(std::vector<Part>& parts, const Reference& reference, const Amounts& amounts) {
    for (const Fault fault :
         {Fault::ShortWrite, Fault::TornWrite, Fault::WriteEio, Fault::WriteEnospc, Fault::SyncEio})
        for (const Program program : {Program::Node, Program::Worker})
            parts.emplace_back([&reference, &amounts, program, fault] {
                return injections(reference, amounts, program, fault);
            });
    parts.emplace_back([&] { return failed_renames(reference, amounts); });
    parts.emplace_back([&] { return failed_truncations(reference, amounts); });
}

void add_others(std::vector<Part>& parts, const Reference& reference, const Amounts& amounts) {
    parts.emplace_back([&] { return full_disk(reference, amounts); });
    parts.emplace_back([&] { return damaged_database(reference); });
    parts.emplace_back([&] { return pacs_down_for_a_day(reference); });
    parts.emplace_back([&] { return pacs_that_accepts_and_fails(reference); });
    parts.emplace_back([&] { return slow_and_silent_peers(reference); });
    parts.emplace_back([&] { return dropped_associations(reference, amounts); });
    parts.emplace_back([&] { return clock_jumps(reference, amounts); });
    parts.emplace_back([&] { return identity_corrections(reference, amounts); });
}

}  // namespace

std::vector<Row> run_campaign(const Amounts& amounts, const std::function<void(const Row&)>& done) {
    using Clock = std::chrono::steady_clock;
    const Reference reference = make_reference();
    std::vector<Part> parts;
    add_kills(parts, reference, amounts);
    add_injections(parts, reference, amounts);
    add_others(parts, reference, amounts);
    std::vector<Row> rows;
    for (const Part& part : parts) {
        const auto began = Clock::now();
        Row row;
        try {
            row = part();
        } catch (const std::exception& error) {  // a node that does not come back, say
            row.fault = "a part of the campaign broke off";
            row.audit.expect(false, error.what());
        }
        row.seconds = std::chrono::duration<double>(Clock::now() - began).count();
        done(row);
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace iqt::faults
