// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// Internal to dicom/: the well-known UIDs that reading decides by. Source: PS3.6 annex A.
namespace iqt::dicom::uid {

inline constexpr std::string_view kImplicitLittle = "1.2.840.10008.1.2";
inline constexpr std::string_view kExplicitLittle = "1.2.840.10008.1.2.1";
inline constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view kExplicitBig = "1.2.840.10008.1.2.2";
inline constexpr std::string_view kRle = "1.2.840.10008.1.2.5";
inline constexpr std::string_view kMr = "1.2.840.10008.5.1.4.1.1.4";
inline constexpr std::string_view kEnhancedMr = "1.2.840.10008.5.1.4.1.1.4.1";
inline constexpr std::string_view kLegacyEnhancedMr = "1.2.840.10008.5.1.4.1.1.4.4";
inline constexpr std::string_view kMediaDirectory = "1.2.840.10008.1.3.10";

}  // namespace iqt::dicom::uid

namespace iqt::dicom {

/// Enhanced MR or Legacy Converted Enhanced MR: one object is a series by itself.
constexpr bool is_enhanced_mr(std::string_view sop_class_uid) {
    return sop_class_uid == uid::kEnhancedMr || sop_class_uid == uid::kLegacyEnhancedMr;
}

/// The classes that the node takes as input.
constexpr bool is_mr_image(std::string_view sop_class_uid) {
    return sop_class_uid == uid::kMr || is_enhanced_mr(sop_class_uid);
}

}  // namespace iqt::dicom
