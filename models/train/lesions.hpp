// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

/// Lesions put into a healthy volume before the simulator, and what is left of them after it.
namespace iqt::models::train {

enum class LesionKind { Plaque, Cyst, Oedema, MsLike };
std::string to_string(LesionKind kind);

/// A ball, or (with a long axis) an ellipsoid of axis ratios 1 : 0.6 : 0.6.
struct Lesion {
    LesionKind kind = LesionKind::Plaque;
    double diameter_mm = 0;  ///< of an ellipsoid: its longest
    Vec3 centre_lps_mm{};
    Vec3 long_axis{};  ///< unit, LPS, away from the nearest ventricle; zero: a ball
};

/// Short axes of an ellipsoid over its long one.
inline constexpr double kShortAxis = 0.6;

/// From the lesion's edge to a point, along the ray from its centre; negative inside.
double edge_distance_mm(const Lesion& lesion, const Vec3& point_lps_mm);

/// Brightness over white matter's: a plaque is dark in T1 (0.6), bright in T2 (2) and FLAIR (1.6),
/// and so is an MS-like lesion; a cyst like fluid (0.25, 3, 0.25); oedema between (0.8, 1.6, 1.4)
/// with an edge 4 mm wide.
double lesion_brightness(LesionKind kind, Contrast contrast);

/// Places of the given kind, several for each diameter, where a healthy volume is white matter out
/// to 2 mm beyond their edge as far as it can be had, and clear of each other; MS-like lesions at
/// the ventricles (periventricular.hpp), none where there are no ventricles. By seed.
std::vector<Lesion> plan_lesions(const Volume& high_quality, Contrast contrast, LesionKind kind,
                                 const std::vector<double>& diameters_mm, int each,
                                 std::uint64_t seed);

/// The volume with the lesions in it; borders share a voxel by volume (3 x 3 x 3 points).
Volume with_lesions(const Volume& high_quality, Contrast contrast,
                    const std::vector<Lesion>& lesions);

/// How a lesion stands out, in the volume's units. The shell about an MS-like lesion is the half
/// that looks away from the ventricle, so that fluid is no part of it.
struct LesionContrast {
    double contrast = 0;     ///< mean inside less mean of the shell 2 to 5 mm beyond the edge
    double surround_sd = 0;  ///< standard deviation in that shell: noise and anatomy
    double ratio() const { return surround_sd > 0 ? contrast / surround_sd : 0; }
};
LesionContrast measure_contrast(const Volume& image, const Lesion& lesion);

/// Variance of noise alone out to 5 mm beyond the lesion's edge: half of the mean square of the
/// difference of two images that differ in nothing but their noise (NEMA MS 1, method 1).
double noise_variance(const Volume& a, const Volume& b, const Lesion& lesion);

/// The largest connected region, in ml, of `where` in which `image` differs from `truth` by more
/// than `threshold` (the volumes' units, both blurred to 3 mm FWHM first), upwards or downwards.
double largest_change_ml(const Volume& image, const Volume& truth, const Mask& where,
                         double threshold, bool upwards);

}  // namespace iqt::models::train
