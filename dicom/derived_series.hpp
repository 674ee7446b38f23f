// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicom/encode_job.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom {

/// Encodes `enhanced` or `input_on_grid` as a derived MR Image Storage series: instance k is plane
/// k of the grid, in the source's frame of reference; one window and one gain for the series, the
/// gain undone by RealWorldValueMapping instead of a rescale (MR Image has none).
/// Errors: Mismatch where voxels and grid disagree, TooLarge over 65535 rows or columns.
/// Source: PS3.3 A.4, C.7.6.2, C.7.6.16.2.11, C.8.3.1.
Result<EncodedSeries> encode_derived_series(const EncodeJob& job, OutputKind kind,
                                            const StoredPixels& pixels);

}  // namespace iqt::dicom
