// SPDX-License-Identifier: Apache-2.0
// The whole campaign: campaign OUT_FOLDER [SEED]. Writes faults.md and faults.json there, prints
// each line as it is done; 1 where anything was lost, differs or is stuck, or where fewer kills or
// faults fell than the campaign promises.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/faults/campaign.hpp"

namespace {

using namespace iqt::faults;

constexpr std::int64_t kKillsMin = 500, kInjectedMin = 200;

void print(const Row& row) {
    std::printf(
        "%-75s %4lld kills %4lld injected %4lld others  lost %lld differing %lld stuck %lld "
        "old identity %lld  %.0f s%s%s\n",
        row.fault.c_str(), static_cast<long long>(row.kills), static_cast<long long>(row.injected),
        static_cast<long long>(row.others), static_cast<long long>(row.audit.lost),
        static_cast<long long>(row.audit.differing), static_cast<long long>(row.audit.stuck),
        static_cast<long long>(row.audit.old_identity), row.seconds,
        row.skipped.empty() ? "" : "  skipped: ", row.skipped.c_str());
    for (const std::string& finding : row.audit.findings) std::printf("    %s\n", finding.c_str());
    std::fflush(stdout);
}

// After each row, so that a run that is cut off leaves what it has found.
void write_report(const std::filesystem::path& out, const std::vector<Row>& rows,
                  const Amounts& amounts) {
    std::filesystem::create_directories(out);
    std::ofstream(out / "faults.md") << markdown(rows);
    std::ofstream(out / "faults.json") << json_of(rows, amounts).dump(1) << '\n';
}

int run(const std::filesystem::path& out, const Amounts& amounts) {
    std::printf("seed %u\n", amounts.seed);
    std::vector<Row> so_far;
    const auto rows = run_campaign(amounts, [&](const Row& row) {
        print(row);
        so_far.push_back(row);
        write_report(out, so_far, amounts);
    });
    const nlohmann::json json = json_of(rows, amounts);
    bool enough = json.at("total").at("kills") >= kKillsMin &&
                  json.at("total").at("injected") >= kInjectedMin;
    for (const char* state :
         {"receiving", "ready", "running", "derived", "delivering", "delivered"})
        enough = enough && json.at("total").at("states").contains(state);
    if (!enough) std::printf("fewer kills or faults fell than were to, or not in every state\n");
    std::printf("\n%s\n%s\n", markdown(rows).c_str(),
                passed(rows) && enough ? "passed" : "NOT PASSED");
    return passed(rows) && enough ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2 || count > 3) {
        std::fprintf(stderr, "usage: campaign OUT_FOLDER [SEED]\n");
        return 2;
    }
    try {
        Amounts amounts;
        if (count == 3) amounts.seed = static_cast<std::uint32_t>(std::stoul(arguments[2]));
        return run(arguments[1], amounts);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "campaign: %s\n", error.what());
        return 1;
    }
}
