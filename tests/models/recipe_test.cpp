// SPDX-License-Identifier: Apache-2.0
#include "models/recipe.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

namespace iqt::models {
namespace {

constexpr int kRecipes = 2000;

Geometry head_grid() {
    Geometry g;
    g.size = {180, 220, 180};
    return g;
}

/// Lowest and highest of a parameter over many seeds, and how often it was not its default.
struct Seen {
    double low = 1e9, high = -1e9;
    int used = 0;
    void take(double value, double unused) {
        low = std::min(low, value);
        high = std::max(high, value);
        used += value != unused ? 1 : 0;
    }
    double share() const { return used / static_cast<double>(kRecipes); }
};

TEST(Recipe, DrawsEveryParameterFromItsRangeWithItsProbability) {
    std::map<std::string, Seen> seen;
    std::map<std::string, int> planes;
    SimulateOptions base;
    base.contrast = Contrast::T2;
    for (int seed = 0; seed < kRecipes; ++seed) {
        const Recipe r = draw_recipe(base, head_grid(), static_cast<std::uint64_t>(seed));
        ++planes[r.plane];
        EXPECT_EQ(r.how.slice_axis, r.plane == "sagittal" ? 0 : r.plane == "coronal" ? 1 : 2);
        EXPECT_EQ(r.how.slice_mm, base.slice_mm);
        EXPECT_EQ(r.how.in_plane_mm, base.in_plane_mm);
        EXPECT_EQ(r.how.bias_strength, 0.3);
        EXPECT_EQ(r.how.recontrast_jitter, 0.15);
        seen["snr"].take(r.how.snr, 0);
        for (const NamedOption& option : named_options(r.how))
            for (const double value : option.values)
                seen[option.name].take(value, option.name == "mtf" ? 1 : 0);
    }
    const auto expect = [&](const std::string& name, double low, double high, double share) {
        const Seen& s = seen[name];
        EXPECT_NEAR(s.low, share < 1 ? std::min(s.low, 0.0) : low, 0.01 * (high - low)) << name;
        EXPECT_NEAR(s.high, high, 0.02 * (high - low)) << name;
        EXPECT_NEAR(s.share(), share, 0.04) << name;
    };
    expect("snr", 8, 25, 1);
    expect("gamma", 0.7, 1.4, 1);
    expect("rotate-deg", -10, 10, 3);  // three values each
    expect("slice-fwhm", 0.9, 1.1, 1);
    expect("in-plane-fwhm", 0.9, 1.2, 1);
    expect("grid-shift", -0.5, 0.5, 1);
    expect("in-plane-shift", -0.5, 0.5, 2);
    expect("ghost", 0.02, 0.1, 0.2);
    expect("spike", 0.01, 0.1, 0.1);
    expect("zipper", 0.05, 0.3, 0.1);
    expect("motion-mm", 0.3, 2, 0.3);
    expect("motion-deg", 0.3, 2, 0.3);
    expect("output-in-plane-mm", 0.65, 0.85, 0.3);
    EXPECT_NEAR(seen["mtf"].share(), 0.3, 0.04);
    EXPECT_NEAR(seen["mtf"].low, 0.5, 0.01);
    EXPECT_NEAR(seen["recontrast"].share(), 0.5, 0.04);
    for (const char* plane : {"sagittal", "coronal", "axial"})
        EXPECT_NEAR(planes[plane], kRecipes / 3.0, 90) << plane;
}

TEST(Recipe, IsTheSeedsAlone) {
    const Recipe one = draw_recipe({}, head_grid(), 7);
    EXPECT_EQ(named_options(one.how), named_options(draw_recipe({}, head_grid(), 7).how));
    EXPECT_NE(named_options(one.how), named_options(draw_recipe({}, head_grid(), 8).how));
    // What was asked for by hand does not move the draws.
    SimulateOptions asked;
    asked.gamma = 3;
    asked.artefacts.ghost = 1;
    EXPECT_EQ(named_options(one.how), named_options(draw_recipe(asked, head_grid(), 7).how));
}

TEST(Recipe, IsNamedByTheOptionsThatMakeIt) {
    SimulateOptions how;
    EXPECT_EQ(describe(how), "no further options");
    how.recontrast = true;
    how.times.echo_ms = 90;
    how.rotate_deg = {1, 0, -2};
    how.in_plane_shift = {0.25, 0};
    how.artefacts.ghost = 0.04;
    EXPECT_EQ(describe(how),
              "--recontrast --recontrast-jitter 0.15 --te 90 --rotate-deg 1,0,-2 "
              "--in-plane-shift 0.25,0 --ghost 0.04");
    how = {};
    how.rotate_within_deg = 10;
    EXPECT_EQ(describe(how), "--rotate-deg 10");
}

}  // namespace
}  // namespace iqt::models
