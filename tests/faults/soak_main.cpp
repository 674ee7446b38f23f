// SPDX-License-Identifier: Apache-2.0
// Small series in a row through one node: soak SERIES. Resident memory of node and worker and their
// open files after the first tenth (at most 200 series) and after the last; then what the data
// folder holds, before and after the images' time is over. 1 where something grew or was left.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/faults/scene.hpp"

namespace {

using namespace iqt::faults;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr double kGrowthMax = 0.05;
constexpr std::uintmax_t kBytesPerSeries = 25'000'000;  // its results stay until their time is over
constexpr std::int64_t kTwoDays_ms = 2 * 86'400'000LL;

struct Size {
    long resident_kb = 0, open_files = 0;
};

Size size_of(pid_t process) {
    const std::string folder = "/proc/" + std::to_string(process);
    Size size;
    std::istringstream lines(iqt::integration::read_file(folder + "/status"));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("VmRSS:")) size.resident_kb = std::stol(line.substr(6));
    const fs::directory_iterator files(folder + "/fd");
    size.open_files = static_cast<long>(std::distance(fs::begin(files), fs::end(files)));
    return size;
}

std::size_t files_in(const fs::path& folder) {
    return fs::exists(folder) ? iqt::integration::files_below(folder).size() : 0;
}

/// Prints each thing that is checked; remembers whether all were as they should be.
class Verdict {
  public:
    void check(bool right, const std::string& what) {
        std::printf("%s  %s\n", right ? "ok  " : "FAIL", what.c_str());
        passed_ = passed_ && right;
    }
    bool passed() const { return passed_; }

  private:
    bool passed_ = true;
};

void compare(Verdict& verdict, const std::string& who, const Size& early, const Size& late) {
    const double growth =
        static_cast<double>(late.resident_kb) / static_cast<double>(early.resident_kb) - 1;
    verdict.check(growth <= kGrowthMax, who + ": " + std::to_string(early.resident_kb) + " kB, " +
                                            std::to_string(late.resident_kb) + " kB at the end (" +
                                            std::to_string(std::lround(growth * 1000)) +
                                            " per mille)");
    verdict.check(late.open_files <= early.open_files + 2,
                  who + ": " + std::to_string(early.open_files) + " open files, " +
                      std::to_string(late.open_files) + " at the end");
}

std::size_t count(Scene& scene, const std::string& sql) {
    return std::stoul(iqt::integration::column(scene.node(), sql).at(0));
}

// One series after the other, each delivered before the next is sent.
bool send(Scene& scene, int series) {
    for (int n = 0; n < series; ++n) {
        const Scene::Made made = scene.make(n % 2 == 0);
        const bool sent = scene.send(made);
        fs::remove_all(made.files.folder);
        const std::size_t done = scene.ledger().entries().size();
        if (!sent || !iqt::integration::eventually(
                         [&] {
                             return count(scene,
                                          "select count(*) from jobs where state = 'delivered'") >=
                                    done;
                         },
                         120s))
            return false;
    }
    return true;
}

void check_folder(Scene& scene, Verdict& verdict, const Reference& reference) {
    const fs::path data = scene.node().data_dir();
    const std::size_t results = count(scene, "select count(*) from results");
    verdict.check(files_in(data / "results") == results,
                  std::to_string(files_in(data / "results")) + " result files, " +
                      std::to_string(results) + " rows");
    verdict.check(files_in(data / "incoming") + files_in(data / "objects") == 0,
                  "nothing is left of what was received in pieces");
    const Audit found = audit(scene.ledger(), scene.node(), {&scene.pacs()}, reference);
    for (const std::string& finding : found.findings) std::printf("      %s\n", finding.c_str());
    verdict.check(found.passed(), std::to_string(found.acknowledged) + " instances, " +
                                      std::to_string(found.delivered) + " results, none lost");
    // The node looks for what is old when it starts, and then every hour.
    scene.faults().set_wall_offset_ms(kTwoDays_ms);
    scene.kill_and_start();
    const std::chrono::seconds limit(60 + scene.ledger().entries().size());
    const bool gone = iqt::integration::eventually(
        [&] { return count(scene, "select count(*) from instances where data is not null") == 0; },
        limit);
    verdict.check(gone, "received images are removed when their time is over");
    verdict.check(files_in(data / "results") == 0, "and so are the results");
}

bool soak(int series) {
    const Reference reference = make_reference();
    Scene scene({.extra = {{"retention", {{"delivered_days", 1}, {"min_free_bytes", 0}}}}});
    if (fs::space(scene.folder()).available < kBytesPerSeries * static_cast<unsigned>(series))
        throw std::runtime_error("not enough space in " + scene.folder().string() +
                                 "; name another folder in TMPDIR");
    scene.start();
    Verdict verdict;
    const int early = std::min(200, std::max(1, series / 10));
    verdict.check(send(scene, early), std::to_string(early) + " series delivered");
    const auto workers = scene.node().workers();
    const pid_t worker = workers.at(0), node = scene.node().pid();
    const Size node_early = size_of(node), worker_early = size_of(worker);
    verdict.check(send(scene, series - early), std::to_string(series) + " series delivered");
    verdict.check(scene.node().workers() == workers, "the same worker did all of them");
    compare(verdict, "node", node_early, size_of(node));
    compare(verdict, "worker", worker_early, size_of(worker));
    check_folder(scene, verdict, reference);
    verdict.check(scene.node().stop() == 0, "the node stopped cleanly");
    return verdict.passed();
}

}  // namespace

int main(int count_of_words, char** words) {
    try {
        const int series = count_of_words > 1 ? std::stoi(words[1]) : 2000;
        if (series < 1 || count_of_words > 2) throw std::invalid_argument("usage: soak [SERIES]");
        return soak(series) ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "soak: %s\n", error.what());
        return 1;
    }
}
