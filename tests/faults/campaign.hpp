// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/faults/audit.hpp"
#include "tests/faults/fault_control.hpp"

/// The parts of the crash and fault campaign. Each works on a node and a data folder of its own,
/// and ends with an audit.
namespace iqt::faults {

/// One line of the table.
struct Row {
    std::string fault;
    std::int64_t kills = 0, injected = 0;  ///< processes killed; file operations made to fail
    std::int64_t others = 0;               ///< faults of other kinds: peers, clocks, full disks
    std::map<std::string, std::int64_t> states = {};  ///< of the newest job, after how many kills
    Audit audit = {};
    std::string skipped = {};  ///< why it could not be had here; empty: it was
    double seconds = 0;
};

/// How much of each; the defaults are those of the whole campaign.
struct Amounts {
    std::uint32_t seed = 20261128;
    int random_kills = 200;
    int stride = 1;         ///< every so manieth durable boundary of a series
    int torn_stride = 30;   ///< the same of its writes
    int boundaries = 1000;  ///< no more than these: a series has about 60
    int faults_of_a_kind = 20;
    int large_objects = 6;
    int clock_jumps = 12;
    int corrections = 12;
    int dropped_associations = 12;
    int full_disks = 3;
};

// kills.cpp
Row random_kills(const Reference& reference, const Amounts& amounts);
/// A kill at each operation of a kind that one of the programs does for one series, in turn.
Row boundary_kills(const Reference& reference, const Amounts& amounts, Program program,
                   Fault fault);

// injections.cpp
Row injections(const Reference& reference, const Amounts& amounts, Program program, Fault fault);
/// A rename of a received object that fails; objects of more than 16 MB.
Row failed_renames(const Reference& reference, const Amounts& amounts);
/// A truncation that fails: SQLite cuts its log when the node starts.
Row failed_truncations(const Reference& reference, const Amounts& amounts);

// disk.cpp
Row full_disk(const Reference& reference, const Amounts& amounts);
Row damaged_database(const Reference& reference);

// destinations.cpp
Row pacs_down_for_a_day(const Reference& reference);
Row pacs_that_accepts_and_fails(const Reference& reference);

// peers.cpp
Row slow_and_silent_peers(const Reference& reference);
Row dropped_associations(const Reference& reference, const Amounts& amounts);

// changes.cpp
Row clock_jumps(const Reference& reference, const Amounts& amounts);
Row identity_corrections(const Reference& reference, const Amounts& amounts);

/// All parts, one after the other; `done` hears of each row.
std::vector<Row> run_campaign(const Amounts& amounts, const std::function<void(const Row&)>& done);

// report.cpp
std::string markdown(const std::vector<Row>& rows);
nlohmann::json json_of(const std::vector<Row>& rows, const Amounts& amounts);
/// Nothing lost, differing, stuck or under an old identity.
bool passed(const std::vector<Row>& rows);
std::string name_of(Fault fault);
std::string name_of(Program program);

}  // namespace iqt::faults
