// SPDX-License-Identifier: Apache-2.0
#include "dicom/rle.hpp"

#include <algorithm>
#include <cstddef>

namespace iqt::dicom {
namespace {

constexpr std::size_t kHeaderBytes = 64;  ///< number of segments, then 15 offsets

std::size_t u32(std::string_view bytes, std::size_t at) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    return value;
}

/// Adds one byte plane, shifted to its place, to all pixels.
bool unpack_segment(std::string_view packed, int shift, std::span<std::uint16_t> pixels) {
    std::size_t at = 0, done = 0;
    const auto put = [&](char byte) {
        const unsigned value = static_cast<unsigned char>(byte);
        pixels[done] = static_cast<std::uint16_t>(pixels[done] | (value << shift));
        ++done;
    };
    while (done < pixels.size() && at < packed.size()) {
        const int control = static_cast<signed char>(packed[at++]);
        if (control == -128) continue;
        const auto count = static_cast<std::size_t>(control >= 0 ? control + 1 : 1 - control);
        const std::size_t needed = control >= 0 ? count : 1;
        // A run may go past the last pixel where the encoder padded an odd plane.
        const std::size_t wanted = std::min(count, pixels.size() - done);
        if (packed.size() - at < std::min(needed, wanted)) return false;
        for (std::size_t n = 0; n < wanted; ++n) put(packed[control >= 0 ? at + n : at]);
        at += std::min(needed, packed.size() - at);
    }
    return done == pixels.size();
}

}  // namespace

bool unpack_rle(std::string_view frame, int bytes_per_pixel, std::span<std::uint16_t> pixels) {
    const auto segments = static_cast<std::size_t>(bytes_per_pixel);
    if (frame.size() < kHeaderBytes || u32(frame, 0) != segments) return false;
    std::fill(pixels.begin(), pixels.end(), std::uint16_t{0});
    for (std::size_t segment = 0; segment < segments; ++segment) {
        const std::size_t begin = u32(frame, 4 + 4 * segment);
        const std::size_t end = segment + 1 < segments ? u32(frame, 8 + 4 * segment) : frame.size();
        if (begin < kHeaderBytes || begin > end || end > frame.size()) return false;
        // The most significant byte comes first.
        const int shift = 8 * static_cast<int>(segments - 1 - segment);
        if (!unpack_segment(frame.substr(begin, end - begin), shift, pixels)) return false;
    }
    return true;
}

}  // namespace iqt::dicom
