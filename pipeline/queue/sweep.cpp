// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/sweep.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "pipeline/log/log.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

struct Attempt {
    std::int64_t job = 0, token = 0;
};

// Of a folder name "<job>-<token>".
std::optional<Attempt> attempt_of(const std::string& name) {
    Attempt attempt;
    const char* const end = name.data() + name.size();
    const auto job = std::from_chars(name.data(), end, attempt.job);
    if (job.ec != std::errc{} || job.ptr == end || *job.ptr != '-') return std::nullopt;
    const auto token = std::from_chars(job.ptr + 1, end, attempt.token);
    if (token.ec != std::errc{} || token.ptr != end) return std::nullopt;
    return attempt;
}

bool is_wanted(Database::Reader& reader, const Attempt& attempt, const std::string& name) {
    Query running =
        reader.query("SELECT 1 FROM jobs WHERE id = ? AND token = ? AND state = 'running'",
                     attempt.job, attempt.token);
    if (running.next()) return true;
    Query named = reader.query(
        "SELECT 1 FROM results WHERE job_id = ? AND substr(path, 1, length(?2)) = ?2 LIMIT 1",
        attempt.job, "results/" + name + "/");
    return named.next();
}

}  // namespace

void sweep_objects(StoreState& state) {
    std::error_code code;
    const fs::path objects = state.options.data_dir / "objects";
    Database::Reader reader = state.read();
    for (const auto& entry : fs::recursive_directory_iterator(objects, code)) {
        if (!entry.is_regular_file(code)) continue;
        const std::string relative = fs::relative(entry.path(), state.options.data_dir).string();
        Query known = reader.query("SELECT 1 FROM instances WHERE file = ?", relative);
        if (!known.next() && fs::remove(entry.path(), code))
            log::event(log::Level::Info, "queue.orphan_removed");
    }
}

void sweep_results(StoreState& state) {
    std::error_code code;
    std::vector<fs::path> left;
    {
        Database::Reader reader = state.read();
        for (const auto& entry : fs::directory_iterator(state.options.data_dir / "results", code)) {
            const std::string name = entry.path().filename().string();
            const auto attempt = attempt_of(name);
            if (attempt && entry.is_directory(code) && !is_wanted(reader, *attempt, name))
                left.push_back(entry.path());
        }
    }
    for (const fs::path& folder : left)
        if (fs::remove_all(folder, code) > 0 && !code)
            log::event(log::Level::Info, "queue.orphan_removed");
}

}  // namespace iqt::queue
