// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace iqt::dicom {

/// An sRGB colour as DICOM's CIELab values: L* 0..100, a* and b* -128..127, each scaled to 16 bits,
/// relative to the D50 white of the ICC profile connection space. Safe from any thread.
/// Source: PS3.3 C.10.7.1.1.
std::array<std::uint16_t, 3> cielab_of(const std::array<std::uint8_t, 3>& srgb);

}  // namespace iqt::dicom
