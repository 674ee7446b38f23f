// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicom/encode_job.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom {

/// Encodes `uncertainty` as a series of three Parametric Map Storage objects, 32-bit float: total,
/// intrinsic and parameter standard deviation, in this order. One object per measure, since viewers
/// take all frames of one object for one volume. Frame k is enhanced slice k in the same frame of
/// reference; values are in the source's rescaled units, which an identity real world value mapping
/// says together with the quantity (signal intensity, standard
/// deviation, and which one).
/// All three share one window, so that they can be compared. Every source instance is named.
/// Errors: Mismatch where voxels and grid disagree, TooLarge over 65535 rows or columns or 4 GB.
/// Source: PS3.3 A.75, C.8.32, C.7.6.16.2.11, C.7.6.24.
Result<EncodedSeries> encode_uncertainty(const EncodeJob& job);

}  // namespace iqt::dicom
