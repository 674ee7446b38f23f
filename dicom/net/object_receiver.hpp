// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "dicom/net/socket.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

namespace iqt::dicom::net {

struct ObjectLimits {
    std::uint64_t memory_bytes = 16u << 20;          ///< larger objects go to a file
    std::uint64_t object_bytes_max = 2'147'483'648;  ///< of the whole Part 10 file
    std::filesystem::path spill_dir;                 ///< for large objects; must exist
};

/// Takes the bytes of one object as they arrive, unparsed: in memory, beyond `memory_bytes` in a
/// file of `spill_dir` that only this user can read. The first error sticks: what arrives after it
/// is counted and dropped, so that a peer can be read to the end of its object. One thread.
class ObjectReceiver {
  public:
    /// Whether a sink has room for an object of this size.
    using Admit = std::function<Status(std::uint64_t)>;

    /// `prefix` is the Part 10 header, put in front of the data set without copying it later;
    /// `expected_bytes` is a guess at the size. Asks `admit` for the guess at once, and again
    /// whenever the object has outgrown what was asked for.
    ObjectReceiver(const ObjectLimits& limits, std::string prefix, std::uint64_t expected_bytes,
                   Admit admit);
    /// Removes the file unless `finish` has given it away.
    ~ObjectReceiver();
    ObjectReceiver(const ObjectReceiver&) = delete;
    ObjectReceiver& operator=(const ObjectReceiver&) = delete;

    void append(std::string_view bytes);
    /// Makes the object fail from here on, unless it has already; what was kept of it is dropped.
    void fail_with(Error error);

    std::uint64_t received_bytes() const { return received_bytes_; }
    /// The first error so far: TooLarge, OutOfResources (disk or sink full), Io.
    const Status& status() const { return status_; }
    /// The first bytes of what is kept so far, a mebibyte at most; nothing of an object that
    /// failed.
    std::string beginning() const;
    /// The complete object; a file is durable (fsynced with its folder) before this returns, and
    /// from then on the caller's to keep or remove.
    Result<ObjectBytes> finish();

  private:
    void ask_for(std::uint64_t bytes);
    void drop();
    Status spill();
    Status write(std::string_view bytes);

    const ObjectLimits& limits_;
    Admit admit_;
    Status status_;
    std::uint64_t received_bytes_ = 0, admitted_bytes_ = 0;
    std::string memory_;
    std::filesystem::path path_;
    UniqueFd file_;
};

}  // namespace iqt::dicom::net
