// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>

#include "tests/faults/campaign.hpp"

namespace iqt::faults {
namespace {

std::string line_of(const Row& row) {
    std::ostringstream line;
    line << "| " << row.fault << " | ";
    if (!row.skipped.empty()) {
        line << "skipped: " << row.skipped << " | | | | | | | | |\n";
        return line.str();
    }
    line << row.kills << " | " << row.injected << " | " << row.others << " | "
         << row.audit.acknowledged << " | " << row.audit.delivered << " | " << row.audit.lost
         << " | " << row.audit.differing << " | " << row.audit.stuck << " | "
         << row.audit.old_identity << " |\n";
    return line.str();
}

Row total_of(const std::vector<Row>& rows) {
    Row total{.fault = "all"};
    for (const Row& row : rows) {
        total.kills += row.kills;
        total.injected += row.injected;
        total.others += row.others;
        total.seconds += row.seconds;
        for (const auto& [state, kills] : row.states) total.states[state] += kills;
        total.audit.add(row.audit);
    }
    return total;
}

nlohmann::json row_json(const Row& row) {
    return {{"fault", row.fault},
            {"kills", row.kills},
            {"injected", row.injected},
            {"others", row.others},
            {"acknowledged", row.audit.acknowledged},
            {"delivered", row.audit.delivered},
            {"lost", row.audit.lost},
            {"differing", row.audit.differing},
            {"stuck", row.audit.stuck},
            {"old_identity", row.audit.old_identity},
            {"states", row.states},
            {"findings", row.audit.findings},
            {"skipped", row.skipped},
            {"seconds", row.seconds}};
}

}  // namespace

std::string markdown(const std::vector<Row>& rows) {
    std::string text =
        "| fault | kills | injected | others | acknowledged | delivered | lost | differing | stuck "
        "| old identity |\n|---|---|---|---|---|---|---|---|---|---|\n";
    for (const Row& row : rows) text += line_of(row);
    const Row total = total_of(rows);
    text += line_of(total);
    if (total.states.empty()) return text;
    text += "\nKills at boundaries, by the state that the job was left in: ";
    std::string all;
    for (const auto& [state, kills] : total.states)
        all += (all.empty() ? "" : ", ") + state + ' ' + std::to_string(kills);
    return text + all + ".\n";
}

nlohmann::json json_of(const std::vector<Row>& rows, const Amounts& amounts) {
    nlohmann::json all{{"seed", amounts.seed},
                       {"rows", nlohmann::json::array()},
                       {"total", row_json(total_of(rows))}};
    for (const Row& row : rows) all["rows"].push_back(row_json(row));
    return all;
}

bool passed(const std::vector<Row>& rows) {
    return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.audit.passed(); });
}

std::string name_of(Program program) {
    switch (program) {
        case Program::Node:
            return "node";
        case Program::Worker:
            return "worker";
        case Program::Any:
            break;
    }
    return "node or worker";
}

std::string name_of(Fault fault) {
    switch (fault) {
        case Fault::None:
            break;
        case Fault::ShortWrite:
            return "write is cut short";
        case Fault::TornWrite:
            return "write is cut short, then ENOSPC";
        case Fault::WriteEio:
            return "write fails with EIO";
        case Fault::WriteEnospc:
            return "write fails with ENOSPC";
        case Fault::SyncEio:
            return "fsync fails with EIO";
        case Fault::RenameEio:
            return "rename fails with EIO";
        case Fault::TruncateEio:
            return "truncation fails with EIO";
        case Fault::KillBefore:
            return "before each sync, truncation and removal";
        case Fault::KillAfter:
            return "after each sync, truncation and removal";
        case Fault::KillWriting:
            return "in the middle of a write";
    }
    return "nothing";
}

}  // namespace iqt::faults
