// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/object_file.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "pipeline/digest/digest.hpp"

namespace iqt::queue {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> os_error(const char* doing, const fs::path& path) {
    const int code = errno;
    const bool full = code == ENOSPC || code == EDQUOT;
    return fail(
        full ? ErrorKind::OutOfResources : ErrorKind::Io,
        std::string(doing) + " failed: " + std::generic_category().message(code), path.string(),
        full ? "free space on the volume of node.data_dir" : "check the volume of node.data_dir");
}

class Descriptor {
  public:
    Descriptor(const fs::path& path, int flags)
        : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }

  private:
    int fd_;
};

Status sync(const fs::path& path, int flags) {
    const Descriptor fd(path, flags);
    if (!fd.is_open()) return os_error("opening", path);
    if (::fsync(fd.get()) != 0) return os_error("fsync", path);
    return {};
}

Status write_new(const fs::path& path, std::string_view bytes) {
    const Descriptor fd(path, O_WRONLY | O_CREAT | O_EXCL);
    if (!fd.is_open()) return os_error("creating", path);
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_error("writing", path);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    // Through the descriptor that wrote: another one may never hear of a write that failed.
    if (::fsync(fd.get()) != 0) return os_error("fsync", path);
    return {};
}

// Calls `take` with each piece of the file.
template <class F>
Status for_each_piece(const fs::path& file, F&& take) {
    const Descriptor fd(file, O_RDONLY);
    if (!fd.is_open()) return os_error("opening", file);
    std::vector<std::byte> buffer(1U << 20U);
    while (true) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_error("reading", file);
        if (count == 0) return {};
        take(std::span<const std::byte>(buffer.data(), static_cast<std::size_t>(count)));
    }
}

// A name of its own for every object: no two acceptances ever share a file.
std::string fresh_name(const std::string& digest) {
    static std::atomic<std::uint64_t> number{0};
    return digest.substr(0, 2) + "/" + digest.substr(0, 32) + "-" + std::to_string(::getpid()) +
           "-" + std::to_string(number.fetch_add(1));
}

// Moves or writes the bytes to `target` and onto the disk; a rename is impossible across volumes.
Status place(const ObjectBytes& object, const fs::path& target) {
    if (object.file.empty()) return write_new(target, object.data);
    std::error_code code;
    fs::rename(object.file, target, code);
    if (!code) return sync(target, O_RDONLY);
    fs::copy_file(object.file, target, code);
    if (code) {
        errno = code.value();
        return os_error("moving the received object", target);
    }
    if (auto synced = sync(target, O_RDONLY); !synced) return synced;
    fs::remove(object.file, code);
    return {};
}

}  // namespace

Result<std::string> file_digest(const fs::path& file) {
    digest::Sha256 sha;
    auto read = for_each_piece(file, [&](std::span<const std::byte> piece) { sha.add(piece); });
    if (!read) return fail(read.error());
    return sha.hex();
}

Result<std::string> read_file(const fs::path& file) {
    std::string bytes;
    auto read = for_each_piece(file, [&](std::span<const std::byte> piece) {
        bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    if (!read) return fail(read.error());
    return bytes;
}

Result<StoredObject> StoredObject::take(const fs::path& data_dir, std::uint64_t blob_bytes_max,
                                        ObjectBytes object) {
    StoredObject stored;
    std::error_code code;
    if (!object.file.empty()) {
        object.size = fs::file_size(object.file, code);
        if (code) return fail(ErrorKind::Io, "the received object is gone", object.file.string());
        auto digest = file_digest(object.file);
        if (!digest) return fail(digest.error());
        stored.digest_ = *std::move(digest);
    } else {
        object.size = object.data.size();
        stored.digest_ = digest::sha256_hex(object.data);
    }
    if (object.size == 0) return fail(ErrorKind::InvalidInput, "the received object is empty");
    if (object.size <= blob_bytes_max) {
        if (!object.file.empty()) {
            auto data = read_file(object.file);
            if (!data) return fail(data.error());
            fs::remove(object.file, code);
            object.file.clear();
            object.data = *std::move(data);
        }
        stored.object_ = std::move(object);
        return stored;
    }
    stored.relative_ = "objects/" + fresh_name(stored.digest_);
    const fs::path target = data_dir / stored.relative_;
    fs::create_directories(target.parent_path(), code);
    if (code) {
        errno = code.value();
        return os_error("making the folder", target.parent_path());
    }
    auto placed = place(object, target);
    stored.object_.file = target;
    stored.object_.size = object.size;
    stored.owned_ = true;  // from here on the destructor cleans up what a failure leaves
    if (!placed) return fail(placed.error());
    for (const fs::path& folder :
         {target.parent_path(), target.parent_path().parent_path(), data_dir})
        if (auto synced = sync(folder, O_RDONLY | O_DIRECTORY); !synced)
            return fail(synced.error());
    return stored;
}

StoredObject::~StoredObject() {
    if (!owned_) return;
    std::error_code ignored;  // an orphan is swept when the listener starts
    fs::remove(object_.file, ignored);
}

StoredObject::StoredObject(StoredObject&& other) noexcept
    : object_(std::move(other.object_)),
      digest_(std::move(other.digest_)),
      relative_(std::move(other.relative_)),
      owned_(std::exchange(other.owned_, false)) {}

Status verify_object(const ObjectBytes& object, const std::string& expected) {
    constexpr const char* kHint =
        "the volume of node.data_dir may be failing; have the series sent again, then retry the "
        "job";
    std::error_code code;
    if (!object.file.empty() && !fs::exists(object.file, code) && !code)
        return fail(ErrorKind::Corrupt, "a stored object is missing", "queue", kHint);
    const Result<std::string> found = object.file.empty()
                                          ? Result<std::string>(digest::sha256_hex(object.data))
                                          : file_digest(object.file);
    if (!found) return fail(found.error());
    if (*found == expected) return {};
    return fail(ErrorKind::Corrupt, "a stored object differs from what was received", "queue",
                kHint);
}

}  // namespace iqt::queue
