// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/object_receiver.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace iqt::dicom::net {
namespace {

constexpr std::size_t kBeginningBytes = 1u << 20;

tl::unexpected<Error> fail_errno(int error, const char* doing, const std::filesystem::path& path) {
    const bool full = error == ENOSPC || error == EDQUOT;
    return fail(full ? ErrorKind::OutOfResources : ErrorKind::Io,
                std::string(doing) + ": " + errno_text(error), path.string(),
                full ? "free disk space" : "check the disk and the rights of the data folder");
}

std::string next_file_name() {
    static std::atomic<std::uint64_t> counter{0};
    return "incoming-" + std::to_string(::getpid()) + "-" + std::to_string(++counter) + ".dcm";
}

Status sync_folder(const std::filesystem::path& folder) {
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0)
        return fail_errno(errno, "cannot make a received object durable", folder);
    return {};
}

}  // namespace

ObjectReceiver::ObjectReceiver(const ObjectLimits& limits, std::string prefix,
                               std::uint64_t expected_bytes, Admit admit)
    : limits_(limits), admit_(std::move(admit)), memory_(std::move(prefix)) {
    received_bytes_ = memory_.size();
    ask_for(std::max<std::uint64_t>(expected_bytes, received_bytes_));
    if (status_)
        memory_.reserve(static_cast<std::size_t>(std::min(expected_bytes, limits_.memory_bytes)));
}

ObjectReceiver::~ObjectReceiver() {
    drop();
}

void ObjectReceiver::drop() {
    std::string().swap(memory_);
    file_.reset();
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(std::exchange(path_, {}), ignored);
}

void ObjectReceiver::ask_for(std::uint64_t bytes) {
    admitted_bytes_ = std::min(bytes, limits_.object_bytes_max);
    if (auto answer = admit_(admitted_bytes_); !answer) fail_with(answer.error());
}

void ObjectReceiver::fail_with(Error error) {
    if (status_) status_ = fail(std::move(error));
    drop();
}

void ObjectReceiver::append(std::string_view bytes) {
    received_bytes_ += bytes.size();
    if (!status_) return;
    if (received_bytes_ > limits_.object_bytes_max)
        return fail_with({ErrorKind::TooLarge,
                          "object exceeds the size limit",
                          {},
                          "raise dicom.object_bytes_max if such objects are wanted"});
    if (received_bytes_ > admitted_bytes_) ask_for(received_bytes_ * 2);
    if (!status_) return;
    if (!file_ && received_bytes_ <= limits_.memory_bytes) {
        memory_.append(bytes);
        return;
    }
    Status done = file_ ? Status{} : spill();
    if (done) done = write(bytes);
    if (!done) fail_with(done.error());
}

Status ObjectReceiver::spill() {
    path_ = limits_.spill_dir / next_file_name();
    file_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file_) {
        const int error = errno;
        return fail_errno(error, "cannot create a file for a large object",
                          std::exchange(path_, {}));
    }
    auto done = write(memory_);
    std::string().swap(memory_);
    return done;
}

Status ObjectReceiver::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno(errno, "cannot write a received object", path_);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::string ObjectReceiver::beginning() const {
    if (!file_) return memory_.substr(0, kBeginningBytes);
    std::string bytes(kBeginningBytes, '\0');
    const ssize_t got = ::pread(file_.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

Result<ObjectBytes> ObjectReceiver::finish() {
    if (!status_) return fail(status_.error());
    ObjectBytes object;
    object.size = received_bytes_;
    if (!file_) {
        object.data = std::move(memory_);
        return object;
    }
    if (::fsync(file_.get()) != 0)
        return fail_errno(errno, "cannot make a received object durable", path_);
    if (auto synced = sync_folder(limits_.spill_dir); !synced) return fail(synced.error());
    file_.reset();
    object.file = std::exchange(path_, {});
    return object;
}

}  // namespace iqt::dicom::net
