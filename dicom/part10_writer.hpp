// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/core/result.hpp"

class DcmFileFormat;

namespace iqt::dicom {

/// Encodes an object as a complete Part 10 file in memory: Explicit VR Little Endian, explicit
/// lengths, no group lengths, meta information made anew from the data set. The object can be
/// changed and encoded again. Errors: Internal, with the library's reason. Source: PS3.10 7.1.
Result<std::string> encode_part10(DcmFileFormat& file);

}  // namespace iqt::dicom
