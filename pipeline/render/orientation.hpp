// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/geometry.hpp"

namespace iqt::render {

/// How one plane of a grid is laid on the screen: which grid axis runs right and which runs down,
/// each forward (with its index) or backward.
struct PlaneLayout {
    enum class Run { Forward, Backward };
    int right_axis = 0, down_axis = 1;
    Run right_run = Run::Forward, down_run = Run::Forward;
};

/// The radiological layout of the plane across `axis`: transverse and coronal planes with the
/// patient's right on the left, sagittal planes with anterior on the left, coronal and sagittal
/// planes head up. An oblique plane is laid out as the one that it is nearest to.
PlaneLayout radiological_layout(const Geometry& geometry, int axis);

/// Direction in LPS that a layout shows to the right, and the one that it shows downwards.
Vec3 right_lps(const Geometry& geometry, const PlaneLayout& layout);
Vec3 down_lps(const Geometry& geometry, const PlaneLayout& layout);

}  // namespace iqt::render
