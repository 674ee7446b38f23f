// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>

#include "dicom/attributes.hpp"

/// Internal to dicom/: what kind of image a frame says it is.
namespace iqt::dicom {

struct ImageKind {
    bool derived = false, mosaic = false, localizer = false, diffusion_or_map = false;
};

/// From ImageType or FrameType, diffusion and complex-image attributes and, for localizers, maps
/// and diffusion, whole words of the names that people give. Words in titles of other images
/// (referenced localizers) do not count.
ImageKind image_kind(const FrameAttributes& frame);

/// Whether this product made the object: by ImageType together with the equipment, or by an entry
/// of ContributingEquipmentSequence. Never by text that a scanner's research series could carry.
bool is_own_output(const FrameAttributes& frame);

/// The attributes that hold names of the sequence, most specific first.
std::span<const std::pair<const char*, DcmTagKey>> name_attributes();

}  // namespace iqt::dicom
