// SPDX-License-Identifier: Apache-2.0
#include "pipeline/worker/result_files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "pipeline/digest/digest.hpp"

namespace iqt::worker {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> os_error(const std::string& doing, const fs::path& path, int code) {
    const bool full = code == ENOSPC || code == EDQUOT;
    return fail(full ? ErrorKind::OutOfResources : ErrorKind::Io,
                doing + " failed: " + std::generic_category().message(code), path.string(),
                full ? "free space on the data volume" : "check the data volume");
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

Result<queue::ResultFile> write_one(const fs::path& data_dir, const fs::path& folder,
                                    const EncodedSeries& series, std::size_t index) {
    const EncodedInstance& instance = series.instances[index];
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%05zu.dcm", index + 1);
    const fs::path file = folder / name.data();
    if (auto written = write_durably(file, instance.bytes); !written) return fail(written.error());
    queue::ResultFile row;
    row.kind = series.kind;
    row.series_uid = series.series_uid;
    row.sop_class_uid = instance.sop_class_uid;
    row.sop_instance_uid = instance.sop_instance_uid;
    row.path = fs::relative(file, data_dir).string();
    row.sha256 = digest::sha256_hex(instance.bytes);
    row.size = instance.bytes.size();
    row.number = static_cast<int>(index) + 1;
    return row;
}

Result<std::vector<queue::ResultFile>> write_all(const fs::path& data_dir, const fs::path& folder,
                                                 const std::vector<EncodedSeries>& series) {
    std::vector<queue::ResultFile> rows;
    for (const EncodedSeries& one : series) {
        const fs::path sub = folder / std::string(to_string(one.kind));
        std::error_code code;
        fs::create_directories(sub, code);
        if (code) return os_error("making the folder", sub, code.value());
        for (std::size_t index = 0; index < one.instances.size(); ++index) {
            auto row = write_one(data_dir, sub, one, index);
            if (!row) return fail(row.error());
            rows.push_back(*std::move(row));
        }
        if (auto synced = sync_folder(sub); !synced) return fail(synced.error());
    }
    for (const fs::path& parent : {folder, folder.parent_path(), data_dir})
        if (auto synced = sync_folder(parent); !synced) return fail(synced.error());
    return rows;
}

}  // namespace

Status write_durably(const fs::path& file, std::string_view bytes) {
    const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd.get() < 0) return os_error("creating the file", file, errno);
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_error("writing the file", file, errno);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(fd.get()) != 0) return os_error("syncing the file", file, errno);
    return {};
}

Status sync_folder(const fs::path& folder) {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return os_error("opening the folder", folder, errno);
    if (::fsync(fd.get()) != 0) return os_error("syncing the folder", folder, errno);
    return {};
}

std::string results_folder(const queue::Claim& claim) {
    return std::to_string(to_int(claim.job)) + "-" + std::to_string(claim.token);
}

std::string results_folder(const queue::NoticeClaim& claim) {
    return std::to_string(to_int(claim.job)) + "-notice-" + std::to_string(claim.id) + "-" +
           std::to_string(claim.token);
}

Result<std::vector<queue::ResultFile>> write_result_files(
    const fs::path& data_dir, const std::string& folder, const std::vector<EncodedSeries>& series) {
    if (series.empty()) return std::vector<queue::ResultFile>{};
    auto rows = write_all(data_dir, data_dir / "results" / folder, series);
    if (!rows) remove_result_files(data_dir, folder);
    return rows;
}

void remove_result_files(const fs::path& data_dir, const std::string& folder) {
    std::error_code ignored;  // what stays behind is only space, until the listener starts again
    fs::remove_all(data_dir / "results" / folder, ignored);
}

}  // namespace iqt::worker
