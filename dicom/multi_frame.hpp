// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include <dcmtk/dcmdata/dctagkey.h>

#include "pipeline/core/geometry.hpp"

class DcmItem;

/// Functional groups of multi-frame objects whose frames are planes of one stack.
namespace iqt::dicom {

/// What one index of a frame counts: an attribute and the functional group that it stands in.
struct Dimension {
    DcmTagKey attribute, group;
    const char* label;
};

/// Writes the organization of the frames. Source: PS3.3 C.7.6.17.
void put_dimensions(const std::string& organization_uid,
                    std::initializer_list<Dimension> dimensions, DcmItem& out);

/// Writes what all frames share, pixel measures and orientation, and returns the item of
/// SharedFunctionalGroupsSequence for further groups. Source: PS3.3 C.7.6.16.2.1, C.7.6.16.2.4.
DcmItem& put_shared_groups(const Geometry& stack, DcmItem& out);

/// Appends the groups of a frame that shows plane k of the stack, with the values of its indices,
/// and returns the item of PerFrameFunctionalGroupsSequence. Source: PS3.3 C.7.6.16.2.2,
/// C.7.6.16.2.3.
DcmItem& add_frame(const Geometry& stack, int k, std::initializer_list<std::uint32_t> indices,
                   DcmItem& out);

/// Writes NumberOfFrames and the size of a frame. Source: PS3.3 C.7.6.6, C.7.6.3.
void put_frames_size(const Geometry& stack, std::size_t frames, DcmItem& out);

/// Labels the content for those who list it; `label` is a CS, `description` an LO. Source: PS3.3
/// 10.9.
void put_content_identification(const char* label, const std::string& description, DcmItem& out);

}  // namespace iqt::dicom
