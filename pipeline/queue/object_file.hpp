// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

/// Private to the room: bytes of received objects on their way into the store.
namespace iqt::queue {

/// The bytes of one received object and their digest. Small ones are held for a BLOB; large ones
/// are already durable as a file below data_dir/objects and removed again unless `keep` is called.
class StoredObject {
  public:
    /// Takes over `object` (its file too). Errors: Io, OutOfResources, InvalidInput where it is
    /// empty.
    static Result<StoredObject> take(const std::filesystem::path& data_dir,
                                     std::uint64_t blob_bytes_max, ObjectBytes object);
    ~StoredObject();
    StoredObject(StoredObject&& other) noexcept;
    StoredObject& operator=(StoredObject&&) = delete;

    const std::string& digest() const { return digest_; }  ///< SHA-256, hex
    std::uint64_t size() const { return object_.size; }
    bool in_file() const { return !object_.file.empty(); }
    const std::string& relative_file() const { return relative_; }  ///< empty for a BLOB
    const ObjectBytes& bytes() const { return object_; }
    /// The row is committed: the file stays.
    void keep() { owned_ = false; }

  private:
    StoredObject() = default;
    ObjectBytes object_;
    std::string digest_, relative_;
    bool owned_ = false;
};

/// SHA-256 of a file's bytes, hex. Errors: Io.
Result<std::string> file_digest(const std::filesystem::path& file);

/// Bytes that differ from what was acknowledged must never become an image. Errors: Corrupt where
/// the object's SHA-256 is not the expected one or its file is missing; Io.
Status verify_object(const ObjectBytes& object, const std::string& expected);

/// Whole content of a file. Errors: Io.
Result<std::string> read_file(const std::filesystem::path& file);

}  // namespace iqt::queue
