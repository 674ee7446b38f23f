// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// Internal to dicom/.
namespace iqt::dicom {

/// Unpacks one RLE frame of one sample per pixel with 1 or 2 bytes each. Own code because DCMTK
/// 3.6.7's decoder trusts the segment offsets and reads beyond the fragment where they are wrong.
/// False where the frame is damaged: offsets outside it, or too few bytes for all pixels; what
/// `pixels` then holds has no meaning. Source: PS3.5 annex G.
bool unpack_rle(std::string_view frame, int bytes_per_pixel, std::span<std::uint16_t> pixels);

}  // namespace iqt::dicom
