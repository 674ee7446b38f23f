// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "pipeline/core/volume.hpp"

namespace iqt::models::train {

/// The mean inside of heads that pipeline/qa/anatomy_reference.hpp holds, made of FreeSurfer label
/// maps. Tilt is that of the long axis of grey and white matter in the sagittal plane, size their
/// volume; each map is brought to the mean of both.
class AnatomyMean {
  public:
    void add(const Volume& labels);
    /// The reference's text as lines of C++ string literals, after a comment that says what it is
    /// made of; "" before any map with a brain was added.
    std::string print() const;

  private:
    /// One map as shares of fluid, grey and white matter on cells of 4 mm along the patient's axes.
    struct Map {
        std::array<int, 3> size{};
        std::vector<std::array<float, 3>> shares;
        Vec3 middle{};  ///< of grey and white matter, in cells
        double volume = 0, tilt_rad = 0;

        const std::array<float, 3>* cell(int x, int y, int z) const;
        std::array<double, 3> between(const Vec3& at) const;
    };
    static void measure(Map& map);
    std::vector<Map> maps_;
};

}  // namespace iqt::models::train
