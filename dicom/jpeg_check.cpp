// SPDX-License-Identifier: Apache-2.0
#include "dicom/jpeg_check.hpp"

namespace iqt::dicom {
namespace {

int u16(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]) * 256 + static_cast<unsigned char>(bytes[at + 1]);
}

constexpr int kStartOfImage = 0xffd8;

/// SOF0 to SOF15 without DHT, JPG and DAC, which share the range.
bool is_start_of_frame(int marker) {
    return marker >= 0xffc0 && marker <= 0xffcf && marker != 0xffc4 && marker != 0xffc8 &&
           marker != 0xffcc;
}

/// Tables and application data: segments with a length that may precede the frame header.
bool is_skippable(int marker) {
    return marker == 0xffc4 || marker == 0xffcc || marker == 0xffdb || marker == 0xffdd ||
           (marker >= 0xffe0 && marker <= 0xffef) || marker == 0xfffe;
}

bool states_frame(std::string_view segment, const PixelLayout& layout) {
    if (segment.size() < 10) return false;
    const int precision = static_cast<unsigned char>(segment[4]);
    const int components = static_cast<unsigned char>(segment[9]);
    return precision >= 2 && precision <= layout.bits_allocated && components == layout.samples &&
           u16(segment, 5) == layout.rows && u16(segment, 7) == layout.columns;
}

}  // namespace

bool is_sound_jpeg(std::string_view fragment, const PixelLayout& layout) {
    if (fragment.size() < 4) return false;
    // Continues an image: harmless as long as it does not look like a header. 0xff00 is the byte
    // 0xff within coded data.
    if (const int first = u16(fragment, 0); first != kStartOfImage) return first <= 0xff00;
    for (std::size_t at = 2; at + 4 <= fragment.size();) {
        const int marker = u16(fragment, at);
        if (is_start_of_frame(marker)) return states_frame(fragment.substr(at), layout);
        if (!is_skippable(marker)) return false;
        const int length = u16(fragment, at + 2);
        if (length < 2) return false;
        at += 2 + static_cast<std::size_t>(length);
    }
    return false;
}

}  // namespace iqt::dicom
