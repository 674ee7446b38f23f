// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "dicom/element_walk.hpp"

/// Internal to dicom/: what transfer syntaxes mean and which of them can be decoded.
/// Source: PS3.5 annex A, PS3.6 annex A.
namespace iqt::dicom {

/// Unknown transfer syntaxes count as Explicit VR Little Endian: all encapsulated ones are.
Encoding encoding_of(std::string_view transfer_syntax_uid);

/// Whether pixel data are compressed fragments. Unknown transfer syntaxes count as encapsulated.
bool is_encapsulated(std::string_view transfer_syntax_uid);

/// Whether the transfer syntax itself loses information (JPEG baseline, near-lossless JPEG-LS).
bool is_lossy_syntax(std::string_view transfer_syntax_uid);

/// Whether it is one of the JPEG processes of ITU-T T.81 (not JPEG-LS, not JPEG 2000).
bool is_jpeg(std::string_view transfer_syntax_uid);

/// Whether this build decodes it; needs initialise().
bool can_decode(const std::string& transfer_syntax_uid);

/// "JPEG 2000 (lossless)"; the UID itself where it is not known.
std::string transfer_syntax_name(const std::string& transfer_syntax_uid);

}  // namespace iqt::dicom
