// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/part10.hpp"

/// Internal to dicom/: headers and pixels of one object, decoded.
namespace iqt::dicom {

/// Parses everything but the pixel data. Errors: InvalidInput.
Result<std::unique_ptr<DcmDataset>> parse_header(const Part10& object);

/// Stored values of all frames of one object, [frame][row][column], each moved down to bit 0 and
/// without the bits above BitsStored; the sign not yet extended.
struct StoredPixels {
    PixelLayout layout;
    std::vector<std::uint16_t> values;  ///< empty where `undecodable` says why
    std::string undecodable;            ///< a sentence without its full stop; empty = decoded

    std::span<const std::uint16_t> frame(int index) const {
        const auto size =
            static_cast<std::size_t>(layout.rows) * static_cast<std::size_t>(layout.columns);
        return std::span(values).subspan(static_cast<std::size_t>(index) * size, size);
    }
};

/// Decodes the pixel data. What cannot be decoded is not an error: `undecodable` then names the
/// transfer syntax or the unsupported format. Errors: InvalidInput as checked_pixel_layout says.
/// Source: PS3.3 C.7.6.3 (image pixel), PS3.5 8 and A.4.
Result<StoredPixels> decode_pixels(const Part10& object, std::string_view sop_class_uid);

/// SHA-256 over rows, columns, frames and the values as 16-bit little endian; over the compressed
/// bytes where they cannot be decoded. Equal for one image in two transfer syntaxes.
std::string pixel_digest(const Part10& object, const StoredPixels& pixels);

}  // namespace iqt::dicom
