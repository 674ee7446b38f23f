// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "pipeline/core/geometry.hpp"

class DcmItem;

namespace iqt::dicom {

/// Writes what all planes of a stack share: orientation, thickness and spacing of slices. `i` runs
/// along a row of the image, `j` down its columns, `k` through the slices; LPS.
/// Source: PS3.3 C.7.6.2.
void put_stack(const Geometry& stack, DcmItem& out);
/// The same in parts, as the functional groups of a multi-frame object hold it.
void put_orientation(const Geometry& stack, DcmItem& out);
void put_slice_spacing(const Geometry& stack, DcmItem& out);
void put_image_position(const Vec3& position_lps_mm, DcmItem& out);

/// Writes PixelSpacing from distances along i (between columns) and j (between rows), in mm.
void put_pixel_spacing(double along_i_mm, double along_j_mm, DcmItem& out);

/// Writes position, slice location (along the normal) and InstanceNumber of plane k, whose first
/// pixel's centre lies at the fractional voxel index (i, j).
void put_position(const Geometry& stack, double i, double j, int k, DcmItem& out);

/// Writes Rows and Columns and the Image Pixel attributes. Source: PS3.3 C.7.6.3.
enum class PixelLayout { Grey16, Rgb8 };
void put_pixel_layout(int columns, int rows, PixelLayout layout, DcmItem& out);

/// PatientOrientation of an axis: up to three letters by decreasing weight, leaving out what turns
/// by less than half a degree. Source: PS3.3 C.7.6.1.1.1.
std::string patient_orientation(const Vec3& direction_lps);

/// True where rows and columns fit Rows and Columns (US).
bool is_encodable(int columns, int rows);

}  // namespace iqt::dicom
