// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "models/train/lesions.hpp"

namespace iqt::models::train {

/// Places for MS-like lesions in a healthy volume: ellipsoids in white matter whose long axis
/// points away from the ventricles, the near tip on their border or up to 3 mm from it, clear of
/// each other. Ventricles are fluid regions of 0.2 ml and more that lie 15 mm and more inside the
/// brain, whose mask is closed first because it leaves wide ventricles out; without any, no lesion
/// is placed. By seed.
std::vector<Lesion> plan_periventricular(const Volume& high_quality, Contrast contrast,
                                         const std::vector<double>& diameters_mm, int each,
                                         std::uint64_t seed);

}  // namespace iqt::models::train
