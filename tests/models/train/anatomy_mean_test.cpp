// SPDX-License-Identifier: Apache-2.0
#include "models/train/anatomy_mean.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "pipeline/qa/anatomy_reference.hpp"

namespace iqt::models::train {
namespace {

using qa::AnatomyReference;

/// Labels of 2 mm of a brain like the reference, turned in the sagittal plane and scaled.
Volume brain_labels(double tilt_rad, double size) {
    Geometry g;
    g.size = {90, 120, 100};
    g.spacing_mm = {2, 2, 2};
    g.origin_lps_mm = {-89, -119, -99};
    Volume labels(g);
    const AnatomyReference reference;
    const double c = std::cos(tilt_rad) / size, s = std::sin(tilt_rad) / size;
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const Vec3 at = g.point_lps_mm(i, j, k);
                const auto shares =
                    reference.at({at[0] / size, c * at[1] - s * at[2], s * at[1] + c * at[2]});
                if (shares[0] + shares[1] + shares[2] < 0.5F) continue;
                const auto most = std::max_element(shares.begin(), shares.end()) - shares.begin();
                labels.at(i, j, k) = most == 0 ? 24.0F : most == 1 ? 3.0F : 2.0F;
            }
    return labels;
}

/// The characters between the quotation marks of what is printed.
std::string cells_of(const AnatomyMean& mean) {
    std::string cells;
    bool quoted = false;
    for (const char c : mean.print()) {
        if (c == '"') quoted = !quoted;
        if (quoted && c != '"') cells += c;
    }
    return cells;
}

std::string cells_of(const Volume& labels) {
    AnatomyMean mean;
    mean.add(labels);
    return cells_of(mean);
}

double cell_distance(std::string_view a, std::string_view b) {
    double sum = 0;
    for (std::size_t n = 0; n < std::min(a.size(), b.size()); ++n)
        for (std::size_t t = 0; t < 3; ++t)
            sum += static_cast<double>(
                std::abs(qa::unpack_shares(a[n])[t] - qa::unpack_shares(b[n])[t]));
    return sum;
}

TEST(AnatomyMean, PrintsTheReferenceTheRightWayUp) {
    const std::string cells = cells_of(brain_labels(0, 1));
    const std::string_view reference = qa::anatomy_reference_text();
    ASSERT_EQ(cells.size(), reference.size());
    constexpr std::size_t kRow = AnatomyReference::kHalfX, kPlane = kRow * AnatomyReference::kY;
    std::string upside_down, back_to_front;
    for (std::size_t z = 0; z < AnatomyReference::kZ; ++z) {
        upside_down += cells.substr((AnatomyReference::kZ - 1 - z) * kPlane, kPlane);
        for (std::size_t y = 0; y < AnatomyReference::kY; ++y)
            back_to_front += cells.substr(z * kPlane + (AnatomyReference::kY - 1 - y) * kRow, kRow);
    }
    const double as_it_is = cell_distance(cells, reference);
    EXPECT_LT(as_it_is, cell_distance(upside_down, reference));
    EXPECT_LT(as_it_is, cell_distance(back_to_front, reference));
}

TEST(AnatomyMean, BringsHeadsToOneTiltAndSize) {
    const std::string level = cells_of(brain_labels(0, 1));
    AnatomyMean two;
    two.add(brain_labels(0.2, 0.92));
    two.add(brain_labels(-0.2, 1.07));
    const double apart = cell_distance(cells_of(brain_labels(0.2, 0.92)), level);
    EXPECT_LT(cell_distance(cells_of(two), level), 0.6 * apart);
}

TEST(AnatomyMean, SaysNothingOfMapsWithoutABrain) {
    Geometry g;
    g.size = {8, 8, 8};
    AnatomyMean mean;
    mean.add(Volume(g, 0.0F));
    EXPECT_EQ(mean.print(), "");
}

}  // namespace
}  // namespace iqt::models::train
