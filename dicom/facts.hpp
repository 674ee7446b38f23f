// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dicom/attributes.hpp"
#include "dicom/contrast.hpp"
#include "dicom/part10.hpp"
#include "dicom/stack.hpp"

/// Internal to dicom/: what the header of one object says that a series is judged by.
namespace iqt::dicom {

/// With kNodeModelName the marks that the writer puts on results; never the description.
inline constexpr std::string_view kOwnManufacturer = "iqt-node project";
inline constexpr std::string_view kOwnImageType = "IQT";  ///< one of the values of ImageType

/// How the stored values of a frame become rescaled ones, and how it is to be shown.
struct FrameValues {
    double slope = 1, intercept = 0;
    bool usable = true;  ///< false: a slope of 0, or something that is no number
    std::optional<Window> window;
};

/// One frame of an object.
struct FrameHeader {
    FramePlane plane;
    FrameValues values;
    ContrastHints contrast;
    std::string echo_numbers;
};

/// One object. Flags are set where any of its frames says so.
struct InstanceSummary {
    bool own_output = false, derived = false, mosaic = false, localizer = false;
    bool diffusion_or_map = false, lossy = false, contrast_agent = false;
    std::string body_part, manufacturer, software_versions;
    std::optional<double> field_strength_t, patient_age_y;
    bool modality_lut = false;  ///< a table instead of slope and intercept
    std::vector<FrameHeader> frames;
};

/// Sources: PS3.3 C.7.6.1.1.2 and C.8.13.3 (image and frame type), C.8.3 and C.8.13 (MR),
/// C.7.6.16 (functional groups), C.11.1 and C.11.2 (rescale, window).
InstanceSummary summarise(DcmItem& data_set, const PixelLayout& layout);

/// Whether two frames were taken with different echoes or inversions or are said to differ.
bool differ_in_contrast(const FrameHeader& a, const FrameHeader& b);

}  // namespace iqt::dicom
