// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <random>

#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

namespace iqt::fakes {

/// An ellipsoid "head" of 1000 units with Rician-like noise on a thick-slice grid; no anatomy, but
/// with a background, a rim and a known noise level.
inline Volume head_phantom(std::array<int, 3> size, Vec3 spacing_mm, double noise_sd,
                           unsigned seed = 7) {
    Geometry g;
    g.size = size;
    g.spacing_mm = spacing_mm;
    g.origin_lps_mm = {-90, -100, -60};
    Volume volume(g);
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise(0.0, 1.0);
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                const double x = (i + 0.5) / size[0] * 2 - 1, y = (j + 0.5) / size[1] * 2 - 1,
                             z = (k + 0.5) / size[2] * 2 - 1;
                const double r = std::sqrt(x * x / 0.6 + y * y / 0.7 + z * z / 1.5);
                const double truth = r < 0.8 ? 1000.0 : (r < 0.9 ? 500.0 : 0.0);
                volume.at(i, j, k) = static_cast<float>(
                    std::hypot(truth + noise_sd * noise(random), noise_sd * noise(random)));
            }
    return volume;
}

/// A series that nothing speaks against.
inline SourceSeries eligible_series(Volume volume) {
    SourceSeries source;
    source.facts.field_strength_t = 0.064;
    source.facts.slice_count = volume.geometry.size[2];
    source.facts.contrast = Contrast::T2;
    source.facts.body_part = "BRAIN";
    source.facts.patient_age_y = 55;
    source.facts.software_versions = "8.8.0";
    source.series_uid = "1.2.3";
    source.instances = {{"1.2.840.10008.5.1.4.1.1.4", "1.2.3.1", std::string(64, 'b')}};
    source.content_digest = std::string(64, 'c');
    source.identity_digest = std::string(64, 'd');
    source.volume = std::move(volume);
    return source;
}

}  // namespace iqt::fakes
