// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dicom/swoop_series.hpp"

class DcmItem;

/// What both forms of a made-up scanner series share; for swoop_*.cpp only.
namespace iqt::dicom::swoop {

/// Sequence parameters by contrast.
struct Protocol {
    const char* name;      ///< before the plane: "T2"
    const char* contrast;  ///< AcquisitionContrast (PS3.3 C.8.13.3.1.5)
    const char* flavour;   ///< ImageType value 3 (PS3.3 C.8.13.3.1.1)
    double repetition_ms, echo_ms;
    double inversion_ms;  ///< 0: no inversion
    int echo_train;
};
const Protocol& protocol_of(Contrast contrast);

/// One series on its way to being written.
struct Series {
    const Volume* volume = nullptr;
    SwoopOptions options;
    Protocol protocol{};
    std::string description;  ///< "T2 (AXI)"
    std::vector<std::uint16_t> pixels;
    std::uint16_t window_top = 1;  ///< stored value of the 99.5 percentile
    std::string study_uid, series_uid, frame_of_reference_uid, content_digest;

    std::string instance_uid(int index) const;
    std::string position(int k) const;  ///< ImagePositionPatient of slice k
    std::string orientation() const;    ///< ImageOrientationPatient
    std::string pixel_spacing() const;  ///< row spacing \ column spacing
    std::string slice_spacing() const;
};

inline constexpr const char* kDate = "20250102";
inline constexpr const char* kTime = "101500";
inline constexpr const char* kDateTime = "20250102101500";
/// Duration of the made-up acquisition.
inline constexpr double kAcquisitionMs = 240000;

/// SOP class and instance, patient, study, series, equipment, frame of reference, pixel format.
void put_common(DcmItem& item, const Series& series, const char* sop_class_uid, int index);

/// Window over the whole range; in the item that holds the VOI LUT.
void put_window(DcmItem& item, const Series& series);

/// The one multi-frame object. Errors: Internal.
Result<std::string> enhanced_object(const Series& series);

}  // namespace iqt::dicom::swoop
