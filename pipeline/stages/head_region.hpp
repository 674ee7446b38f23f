// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/volume.hpp"

namespace iqt::stages {

/// The head on the source's grid (1 inside): above a noise-aware threshold, holes filled slice by
/// slice and grown by `margin_mm` within the slice, so that skull, dura and the extra-axial spaces
/// belong to it (subdural blood lies there). All 1 where no background can be told apart.
Mask head_region(const Volume& source, double noise_sd, double margin_mm);

}  // namespace iqt::stages
