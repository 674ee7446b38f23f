// SPDX-License-Identifier: Apache-2.0
#include "dicom/cielab.hpp"

#include <gtest/gtest.h>

namespace iqt::dicom {
namespace {

struct Known {
    std::array<std::uint8_t, 3> srgb;
    double l, a, b;  ///< under D50, from tables of the sRGB primaries
};

TEST(CieLab, PrimariesOfSrgbAreWhereTablesPutThem) {
    for (const Known& known :
         {Known{{255, 255, 255}, 100, 0, 0}, Known{{0, 0, 0}, 0, 0, 0},
          Known{{255, 0, 0}, 54.29, 80.81, 69.89}, Known{{0, 255, 0}, 87.82, -79.27, 80.99},
          Known{{0, 0, 255}, 29.57, 68.30, -112.03}}) {
        const auto lab = cielab_of(known.srgb);
        EXPECT_NEAR(lab[0] * 100.0 / 65535, known.l, 0.05);
        EXPECT_NEAR(lab[1] * 255.0 / 65535 - 128, known.a, 0.05);
        EXPECT_NEAR(lab[2] * 255.0 / 65535 - 128, known.b, 0.05);
    }
}

TEST(CieLab, GreyHasNoColour) {
    const auto lab = cielab_of({0xA0, 0xA0, 0xA0});
    EXPECT_NEAR(lab[1], 0x8080, 4);
    EXPECT_NEAR(lab[2], 0x8080, 4);
}

}  // namespace
}  // namespace iqt::dicom
