// SPDX-License-Identifier: Apache-2.0
#include "dicom/image_plane.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/text_values.hpp"

namespace iqt::dicom {
namespace {

std::string joined(std::initializer_list<double> values) {
    std::string text;
    for (const double value : values) text += (text.empty() ? "" : "\\") + decimal_string(value);
    return text;
}

}  // namespace

void put_orientation(const Geometry& stack, DcmItem& out) {
    const Vec3& row = stack.axes[0];
    const Vec3& column = stack.axes[1];
    put_text(out, DCM_ImageOrientationPatient,
             joined({row[0], row[1], row[2], column[0], column[1], column[2]}));
}

void put_slice_spacing(const Geometry& stack, DcmItem& out) {
    put_text(out, DCM_SliceThickness, decimal_string(stack.spacing_mm[2]));
    put_text(out, DCM_SpacingBetweenSlices, decimal_string(stack.spacing_mm[2]));
}

void put_stack(const Geometry& stack, DcmItem& out) {
    put_orientation(stack, out);
    put_slice_spacing(stack, out);
}

void put_pixel_spacing(double along_i_mm, double along_j_mm, DcmItem& out) {
    put_text(out, DCM_PixelSpacing, joined({along_j_mm, along_i_mm}));
}

void put_image_position(const Vec3& position_lps_mm, DcmItem& out) {
    put_text(out, DCM_ImagePositionPatient,
             joined({position_lps_mm[0], position_lps_mm[1], position_lps_mm[2]}));
}

void put_position(const Geometry& stack, double i, double j, int k, DcmItem& out) {
    const Vec3 position_lps_mm = stack.point_lps_mm(i, j, k);
    put_image_position(position_lps_mm, out);
    put_text(out, DCM_SliceLocation, decimal_string(dot(position_lps_mm, stack.axes[2])));
    put_text(out, DCM_InstanceNumber, std::to_string(k + 1));
}

void put_pixel_layout(int columns, int rows, PixelLayout layout, DcmItem& out) {
    const bool grey = layout == PixelLayout::Grey16;
    put_us(out, DCM_SamplesPerPixel, grey ? 1 : 3);
    put_text(out, DCM_PhotometricInterpretation, grey ? "MONOCHROME2" : "RGB");
    if (!grey) put_us(out, DCM_PlanarConfiguration, 0);
    put_us(out, DCM_Rows, static_cast<std::uint16_t>(rows));
    put_us(out, DCM_Columns, static_cast<std::uint16_t>(columns));
    put_us(out, DCM_BitsAllocated, grey ? 16 : 8);
    put_us(out, DCM_BitsStored, grey ? 16 : 8);
    put_us(out, DCM_HighBit, grey ? 15 : 7);
    put_us(out, DCM_PixelRepresentation, 0);
}

std::string patient_orientation(const Vec3& direction_lps) {
    static constexpr std::array<std::array<char, 2>, 3> kLetters{
        std::array{'L', 'R'}, std::array{'P', 'A'}, std::array{'H', 'F'}};
    constexpr double kLeast = 0.0087;  // sine of half a degree
    std::array<std::size_t, 3> order{0, 1, 2};
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::abs(direction_lps[a]) > std::abs(direction_lps[b]);
    });
    std::string letters;
    for (const std::size_t axis : order)
        if (std::abs(direction_lps[axis]) > kLeast)
            letters += kLetters[axis][direction_lps[axis] < 0 ? 1 : 0];
    return letters;
}

bool is_encodable(int columns, int rows) {
    return columns > 0 && rows > 0 && columns <= 65535 && rows <= 65535;
}

}  // namespace iqt::dicom
