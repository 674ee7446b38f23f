// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "dicom/part10.hpp"

/// Internal to dicom/.
namespace iqt::dicom {

/// Whether one fragment of JPEG data may be given to DCMTK 3.6.7, whose search for the bit depth
/// never ends at some markers that a damaged header can hold. A fragment that begins an image must
/// also state the size of the frame. Source: ITU-T T.81 annex B.
bool is_sound_jpeg(std::string_view fragment, const PixelLayout& layout);

}  // namespace iqt::dicom
