// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dicom/encode_job.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom {

/// Encodes `flags` as one binary Segmentation on the enhanced grid: segment n+1 is warning class n
/// (uncertain, unfamiliar, inconsistent, not assessed), coloured as on the warning pages; a voxel
/// may be in several. All four segments are always described, those that were not checked with
/// these words, so that numbers never shift and nothing is left unsaid. Frames are only made of
/// planes in which a segment has voxels (a segment may have none: PS3.3 C.8.20.2 asks for an item
/// per segment, not for frames of each); where no voxel at all is marked there is one empty frame,
/// because NumberOfFrames cannot be 0. Each frame names the enhanced image of its plane.
/// Errors: Mismatch where mask and enhanced grid disagree, TooLarge.
/// Source: PS3.3 A.51, C.8.20, PS3.5 8.1.1.
Result<EncodedSeries> encode_flags(const EncodeJob& job);

/// The identity by which a warning class is followed through flags and report.
struct Tracking {
    std::string id, uid;
};
std::vector<Tracking> tracking_of(const EncodeJob& job);
/// The same for the region that was assessed at all, which is no segment.
std::string assessed_tracking_uid(const EncodeJob& job);

}  // namespace iqt::dicom
