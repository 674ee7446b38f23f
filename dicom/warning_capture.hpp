// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicom/encode_job.hpp"
#include "pipeline/core/geometry.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom {

/// Encodes the warning pages as an RGB Secondary Capture series: image k is enhanced slice k, in
/// the same frame of reference and plane, its position shifted by the padding and its spacing
/// divided by the page's scale. `grid` is the enhanced grid. Each image names the enhanced image of
/// its slice (where that series is made) and every source instance. Errors: Mismatch where pages
/// and slices disagree, TooLarge. Source: PS3.3 A.8.1, C.8.6.1, C.8.6.2; geometry by the Image
/// Plane module (usage U).
Result<EncodedSeries> encode_warning_series(const EncodeJob& job, const Geometry& grid);

/// Encodes a page of text (Summary, Notice) as one RGB Secondary Capture image without geometry.
/// Errors: Mismatch, TooLarge.
Result<EncodedSeries> encode_text_page(const EncodeJob& job, OutputKind kind, const RgbImage& page);

}  // namespace iqt::dicom
