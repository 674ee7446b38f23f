// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pipeline/core/geometry.hpp"
#include "pipeline/qa/stack.hpp"

namespace iqt::qa {

/// What lies inside a head, whatever plane its slices have: means over cubes of 8 mm, at points
/// 4 mm apart along the patient's axes (x to the left, y posterior, z superior).
struct Inside {
    static constexpr double kStepMm = 4;
    std::array<int, 3> size{0, 0, 0};  ///< points along x, y, z; x fastest in memory
    std::vector<float> value;          ///< over the head's median; brighter than 1.5 is 1.5
    std::vector<std::uint8_t> seen;    ///< 1 where the field of view holds half the cube or more
    Vec3 middle{0, 0, 0};              ///< of the head, in points

    std::size_t offset(int x, int y, int z) const {
        const auto nx = static_cast<std::size_t>(size[0]), ny = static_cast<std::size_t>(size[1]);
        return (static_cast<std::size_t>(z) * ny + static_cast<std::size_t>(y)) * nx +
               static_cast<std::size_t>(x);
    }
};

/// Pure. Nothing (size 0) where the field of view is thinner than 8 mm or longer than 0.8 m, or
/// there is no head.
Inside look_inside(const Stack& stack);

/// The same as if pixels had been reversed against their positions.
Inside reversed(const Inside& inside, bool upside_down, bool back_to_front);

}  // namespace iqt::qa
