// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

namespace iqt::dicom {

/// An RGB image as it is stored, with its InstanceNumber.
struct NumberedImage {
    int number = 0;
    RgbImage image;
};

/// Reads an 8-bit RGB object (a warning image, say), for previews.
/// Errors: InvalidInput where it is none.
Result<NumberedImage> read_rgb(const ObjectBytes& object);

}  // namespace iqt::dicom
