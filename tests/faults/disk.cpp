// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/faults/campaign.hpp"
#include "tests/faults/scene.hpp"

namespace iqt::faults {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A file system of its own of 256 MB, in memory; gone with the object.
class SmallFileSystem {
  public:
    explicit SmallFileSystem(const fs::path& folder) : folder_(folder) {
        fs::create_directories(folder);
        mounted_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=256m") == 0;
        if (!mounted_)
            why_ = std::string("a file system cannot be mounted here: ") + std::strerror(errno);
    }
    ~SmallFileSystem() {
        if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
    }
    SmallFileSystem(const SmallFileSystem&) = delete;
    SmallFileSystem& operator=(const SmallFileSystem&) = delete;
    const std::string& why_not() const { return why_; }

    /// Takes all the space that is left.
    void fill() const {
        const int fd = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        const std::string block(1U << 16U, 'x');
        while (::write(fd, block.data(), block.size()) > 0) continue;
        ::close(fd);
    }
    void empty() const { fs::remove(ballast()); }

  private:
    fs::path ballast() const { return folder_ / "ballast"; }
    fs::path folder_;
    bool mounted_ = false;
    std::string why_;
};

bool answers_echo(const Scene& scene) {
    return integration::run({"echoscu", "-aet", "SCANNER", "-aec", "IQTNODE", "127.0.0.1",
                             std::to_string(scene.port())},
                            30s)
               .status == 0;
}

// What storescu says of one object of a series.
std::string said_to(const Scene& scene, const Scene::Made& made) {
    const auto sent =
        integration::run({"storescu", "-v", "-R", "-aet", "SCANNER", "-aec", "IQTNODE", "127.0.0.1",
                          std::to_string(scene.port()), made.files.instances.front().file.string()},
                         60s, {"TCP_NODELAY=1"});
    return sent.out + sent.err;
}

// The disk becomes full while one series is worked on and another one wants in.
void fill_once(Scene& scene, const SmallFileSystem& disk, Audit& audit) {
    const Scene::Made inside = scene.make(), outside = scene.make();
    audit.expect(scene.send(inside), "a series was not taken although there was space");
    disk.fill();
    const std::string said = said_to(scene, outside);
    audit.expect(said.find("OutOfResources") != std::string::npos,
                 "a full disk was not answered with A700: " + said.substr(0, 300));
    audit.expect(scene.node().running() && answers_echo(scene), "the node went down");
    disk.empty();
    audit.expect(scene.send(outside, 120s), "it took nothing when there was space again");
    // Alone: nobody retries what failed for want of space.
    audit.expect(
        integration::settled_with_releases(scene.node(), scene.ledger().entries().size(), 180s),
        "it did not go on alone when there was space again");
}

struct Damage {
    std::string what;
    std::function<void(const fs::path& database)> make;
};

void overwrite(const fs::path& file, std::int64_t at, std::size_t bytes) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(at);
    stream << std::string(bytes, '\x5a');
}

std::vector<Damage> damages(const integration::Node& node) {
    std::vector<Damage> all{
        {"the first 100 bytes are overwritten",
         [](const fs::path& file) { overwrite(file, 0, 100); }},
        {"half of the file is gone",
         [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 8192 * 4096); }},
        {"the file is empty", [](const fs::path& file) { fs::resize_file(file, 0); }},
        {"the file is gone", [](const fs::path& file) { fs::remove(file); }}};
    for (const char* table :
         {"series", "jobs", "instances", "results", "deliveries", "events", "notices"}) {
        const std::string page =
            integration::column(node, "select rootpage from sqlite_master where name = '" +
                                          std::string(table) + "'")
                .at(0);
        all.push_back(
            {std::string("a page of ") + table + " is overwritten", [page](const fs::path& file) {
                 overwrite(file, (std::stoll(page) - 1) * 4096, 512);
             }});
    }
    return all;
}

// Whether the node refuses to start and says what is wrong and what to do.
bool refuses(Scene& scene) {
    const std::size_t before = scene.node().log().size();
    try {
        scene.node().start();
        return false;
    } catch (const std::runtime_error&) {
        const std::string said = scene.node().log().substr(before);
        return said.find("\"not_started\"") != std::string::npos &&
               said.find("corrupt") != std::string::npos &&
               said.find("restore the last backup") != std::string::npos;
    }
}

}  // namespace

Row full_disk(const Reference& reference, const Amounts& amounts) {
    Row row{.fault = "disk full (a real file system of 256 MB)"};
    const fakes::TempFolder folder;
    const SmallFileSystem disk(folder.path() / "disk");
    row.skipped = disk.why_not();
    if (!row.skipped.empty()) return row;
    Audit on_the_way;
    {
        Scene scene({.data_dir = folder.path() / "disk" / "data"});
        scene.start();
        for (int n = 0; n < amounts.full_disks; ++n) {
            fill_once(scene, disk, on_the_way);
            ++row.others;
        }
        row.audit = scene.close(reference);
    }
    row.audit.add(on_the_way);
    return row;
}

Row damaged_database(const Reference& reference) {
    Row row{.fault = "database damaged, cut off, emptied or missing at start"};
    Audit on_the_way;
    Scene scene;
    scene.start();
    scene.send(scene.make());
    scene.rest();
    on_the_way.expect(scene.node().stop() == 0, "the node did not stop cleanly");
    const fs::path database = scene.node().data_dir() / "queue.sqlite";
    const fs::path sound = scene.folder() / "sound.sqlite";
    const auto all = damages(scene.node());
    fs::copy_file(database, sound);
    for (const Damage& damage : all) {
        damage.make(database);
        on_the_way.expect(refuses(scene), "it did not refuse to start although " + damage.what);
        ++row.others;
        for (const char* left : {"-wal", "-shm"}) fs::remove(database.string() + left);
        fs::copy_file(sound, database, fs::copy_options::overwrite_existing);
    }
    scene.start();
    scene.send(scene.make());
    row.audit = scene.close(reference);
    row.audit.add(on_the_way);
    return row;
}

}  // namespace iqt::faults
