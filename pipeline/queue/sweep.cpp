// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/sweep.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "pipeline/log/log.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

struct Attempt {
    std::int64_t job = 0, token = 0;
    std::optional<std::int64_t> notice;  ///< the token is that of this notice; else of the job
};

// Both take what they are after off the front of the text, where it is there.
bool take_number(std::string_view& text, std::int64_t& number) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{}) return false;
    text = {read.ptr, static_cast<std::size_t>(end - read.ptr)};
    return true;
}
bool take_word(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

// Of a folder name "<job>-<token>" or "<job>-notice-<notice>-<token>".
std::optional<Attempt> attempt_of(std::string_view name) {
    Attempt attempt;
    if (!take_number(name, attempt.job) || !take_word(name, "-")) return std::nullopt;
    if (take_word(name, "notice-")) {
        attempt.notice = 0;
        if (!take_number(name, *attempt.notice) || !take_word(name, "-")) return std::nullopt;
    }
    if (!take_number(name, attempt.token) || !name.empty()) return std::nullopt;
    return attempt;
}

// Whether a worker may be writing it now.
bool is_in_hand(Database::Reader& reader, const Attempt& attempt) {
    if (attempt.notice) {
        Query making = reader.query(
            "SELECT 1 FROM notices WHERE id = ? AND job_id = ? AND token = ? AND state = 'due' "
            "AND lease_boot IS NOT NULL",
            *attempt.notice, attempt.job, attempt.token);
        return making.next();
    }
    Query running =
        reader.query("SELECT 1 FROM jobs WHERE id = ? AND token = ? AND state = 'running'",
                     attempt.job, attempt.token);
    return running.next();
}

bool is_wanted(Database::Reader& reader, const Attempt& attempt, const std::string& name) {
    if (is_in_hand(reader, attempt)) return true;
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
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(state.options.data_dir / "results", code))
        if (entry.is_directory(code)) folders.push_back(entry.path());
    // Read after the folders were seen: whoever made one had its lease by then.
    Database::Reader reader = state.read();
    for (const fs::path& folder : folders) {
        const std::string name = folder.filename().string();
        const auto attempt = attempt_of(name);
        if (!attempt || is_wanted(reader, *attempt, name)) continue;
        if (fs::remove_all(folder, code) > 0 && !code)
            log::event(log::Level::Info, "queue.orphan_removed");
    }
}

}  // namespace iqt::queue
