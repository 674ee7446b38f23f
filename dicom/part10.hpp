// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/element_walk.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

/// Internal to dicom/: a Part 10 file taken apart without DCMTK.
namespace iqt::dicom {

/// Frames x rows x columns that one object or series may claim: more is taken for an attack or a
/// damaged header, since a compressed object of a few kilobytes can claim terabytes.
inline constexpr std::uint64_t kVoxelsMax = 512ull << 20;
/// Bytes that a deflated data set may grow to.
inline constexpr std::size_t kInflatedBytesMax = std::size_t{1} << 30;

/// The bytes of an object: those in memory, or the mapped file. Keeps them while it lives; an
/// ObjectBytes in memory must outlive it.
class ObjectView {
  public:
    /// Errors: Io where the file cannot be read.
    static Result<ObjectView> open(const ObjectBytes& object);
    static Result<ObjectView> open(const std::filesystem::path& file);
    std::string_view bytes() const { return bytes_; }

  private:
    std::string_view bytes_;
    std::shared_ptr<const void> mapping_;
};

/// A Part 10 file whose structure has been checked (see walk_elements). Refers to the file's bytes.
struct Part10 {
    std::string transfer_syntax_uid, media_sop_class_uid;
    Encoding encoding = Encoding::ExplicitLittle;
    bool encapsulated = false;                    ///< by its transfer syntax
    std::shared_ptr<const std::string> inflated;  ///< backs data_set where that was deflated
    std::string_view data_set;
    std::vector<ElementSpan> elements;  ///< top level; offsets into data_set

    /// Null where absent.
    const ElementSpan* find(TagNumber tag) const;
    std::string_view value(const ElementSpan& span) const {
        return data_set.substr(span.value, span.length);
    }
    /// Raw text of a string attribute without trailing padding; "" where absent.
    std::string_view text(TagNumber tag) const;
    /// An unsigned short; nullopt where absent or too short.
    std::optional<int> number(TagNumber tag) const;
};

/// Errors: InvalidInput where the bytes are no Part 10 file or their structure is damaged.
/// Source: PS3.10 7.1, PS3.5 A.5 (deflated).
Result<Part10> parse_part10(std::string_view file, WalkUntil until = WalkUntil::End);

/// Whether text is a UID: at most 64 digits and single dots between them. Leading zeros, forbidden
/// by PS3.5 9.1 but met in practice, pass.
bool is_uid(std::string_view text);

/// Size and sample format of the pixel data, as the header states them.
struct PixelLayout {
    int rows = 0, columns = 0, frames = 1, samples = 1;
    int bits_allocated = 0, bits_stored = 0, high_bit = 0;
    bool is_signed = false;

    std::uint64_t voxels() const {
        return static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(columns) *
               static_cast<std::uint64_t>(frames);
    }
    std::uint64_t native_bytes() const {
        const auto bits = static_cast<std::uint64_t>(bits_allocated);
        return (voxels() * static_cast<std::uint64_t>(samples) * bits + 7) / 8;
    }
};

/// Errors: InvalidInput where an image says no size, claims more than kVoxelsMax, or has fewer
/// pixel bytes (or compressed frames) than it claims.
Result<PixelLayout> checked_pixel_layout(const Part10& object, std::string_view sop_class_uid);

}  // namespace iqt::dicom
