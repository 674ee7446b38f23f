// SPDX-License-Identifier: Apache-2.0
#include "models/train/lowfield.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <utility>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "models/nifti.hpp"
#include "models/package.hpp"
#include "models/random.hpp"
#include "models/train/lowfield_command.hpp"
#include "models/train/lowfield_figures.hpp"
#include "models/train/spectrum.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::models::train {
namespace {

Geometry plane(int ni, int nj, int nk) {
    Geometry g;
    g.size = {ni, nj, nk};
    g.spacing_mm = {1, 1, 10};
    return g;
}

/// A wave along i of so many cycles over the slice.
Volume wave(double cycles) {
    Volume v(plane(48, 40, 2));
    for (int k = 0; k < 2; ++k)
        for (int j = 0; j < 40; ++j)
            for (int i = 0; i < 48; ++i)
                v.at(i, j, k) =
                    static_cast<float>(100 + 10 * std::cos(2 * std::numbers::pi * cycles * i / 48));
    return v;
}

/// T1-like slices: white 1000, grey 700, fluid 250 in a head `width` x 1.2 `width` about a middle
/// that is off the slice's; a bright scalp; Rician noise.
Volume head(double sigma, double width, double scalp = 1400) {
    Volume v(plane(200, 220, 4));
    for (int k = 0; k < 4; ++k)
        for (int j = 0; j < 220; ++j)
            for (int i = 0; i < 200; ++i) {
                const double x = (i - 90) / (width / 2), y = (j - 120) / (width * 0.6);
                const double r = std::hypot(x, y);
                const double fold = std::sin(0.3 * i) * std::sin(0.25 * j);
                const double value = r > 1      ? 0
                                     : r > 0.92 ? scalp
                                     : r < 0.15 ? 250
                                     : fold > 0 ? 1000
                                                : 700;
                const auto n = random::normals(7, v.offset(i, j, k));
                v.at(i, j, k) = static_cast<float>(std::hypot(value + sigma * n.a, sigma * n.b));
            }
    return v;
}

TEST(PowerShares, PutAWaveIntoTheRingOfItsFrequency) {
    const std::vector<double> edges{0.1, 0.3, 0.6, 1};
    const auto low = power_shares(wave(5), edges);    // 5 / 24 of Nyquist
    const auto high = power_shares(wave(20), edges);  // 20 / 24
    EXPECT_GT(low[0], 0.99);
    EXPECT_GT(high[2], 0.99);
    EXPECT_NEAR(low[0] + low[1] + low[2], 1, 1e-9);
    EXPECT_EQ(power_shares(Volume(plane(20, 20, 1), 5), edges), (std::vector<double>{0, 0, 0}));
}

TEST(PowerShares, OfWhiteNoiseFollowTheAreasOfTheRings) {
    Volume v(plane(96, 96, 4));
    for (std::size_t n = 0; n < v.voxels.size(); ++n)
        v.voxels[n] = static_cast<float>(random::normals(3, n).a);
    const auto shares = power_shares(v, {0.2, 0.5, 1});
    EXPECT_NEAR(shares[0], (0.25 - 0.04) / 0.96, 0.02);
    EXPECT_NEAR(shares[1], 0.75 / 0.96, 0.02);
}

TEST(FieldPairs, AreFoundByTheirNames) {
    const fakes::TempFolder folder;
    for (const char* name :
         {"P_0.055T_GRE.nii.gz", "P_0.055T_FSE.nii.gz", "P_3T_T1w.nii.gz", "Q_3T_T2w.nii.gz",
          "Q_0.055T_FLAIR.nii.gz", "Q_3T_FLAIR.nii.gz", "other_T1.nii.gz"})
        std::ofstream(folder.path() / name) << "x";
    const auto pairs = find_field_pairs(folder.path());
    ASSERT_TRUE(pairs) << to_string(pairs.error());
    ASSERT_EQ(pairs->size(), 3U);
    EXPECT_EQ((*pairs)[0].contrast, Contrast::T2);
    EXPECT_TRUE((*pairs)[0].high_field.empty());
    EXPECT_EQ((*pairs)[1].contrast, Contrast::T1);
    EXPECT_EQ((*pairs)[1].high_field.filename(), "P_3T_T1w.nii.gz");
    EXPECT_EQ((*pairs)[2].patient, "Q");
    EXPECT_EQ((*pairs)[2].high_field.filename(), "Q_3T_FLAIR.nii.gz");
    EXPECT_FALSE(find_field_pairs(folder.path() / "none"));
}

TEST(HeadBox, IsTheHeadAndNotTheNoiseAroundIt) {
    const HeadBox box = head_box(head(60, 120));
    EXPECT_NEAR(box.left + box.width / 2, 90, 2);
    EXPECT_NEAR(box.top + box.height / 2, 120, 2);
    EXPECT_NEAR(box.width, 120, 8);
    EXPECT_NEAR(box.height, 144, 8);
    EXPECT_EQ(head_box(Volume(plane(30, 20, 1))).width, 30);
}

TEST(CentralSquare, LiesAboutTheHeadInThePatient) {
    const Volume slices = head(10, 120);
    const Volume square = central_square(slices, 60);
    EXPECT_EQ(square.geometry.size, (std::array<int, 3>{60, 60, 4}));
    const Vec3 at = slices.geometry.index(square.geometry.origin_lps_mm);
    EXPECT_NEAR(at[0], 60, 2);
    EXPECT_NEAR(at[1], 90, 2);
    EXPECT_EQ(square.at(3, 4, 2), slices.at(static_cast<int>(std::lround(at[0])) + 3,
                                            static_cast<int>(std::lround(at[1])) + 4, 2));
    EXPECT_EQ(central_square(slices, 1000).geometry.size, slices.geometry.size);
}

TEST(Appearance, FindsNoiseAndTissueWhateverTheScalp) {
    for (const double scalp : {200.0, 6000.0}) {
        const Appearance a = measure_appearance(head(30, 150, scalp), Contrast::T1);
        EXPECT_NEAR(a.noise, 0.03, 0.003) << scalp;
        EXPECT_NEAR(a.grey, 0.7, 0.03) << scalp;
        EXPECT_NEAR(a.fluid, 0.25, 0.08) << scalp;
        EXPECT_TRUE(a.is_grey_clear);
        EXPECT_EQ(a.power.size() + 1, kRingEdges.size());
    }
    EXPECT_FALSE(measure_appearance(head(200, 150), Contrast::T1).is_grey_clear);
}

TEST(SimulateSlices, KeepsTheSlicesAndAddsTheNoiseThatWasAskedFor) {
    Volume high = head(10, 150, 6000);
    scale_to_head(high, head(30, 120), 10);
    EXPECT_NEAR(high.geometry.spacing_mm[0], 120.0 / 150, 0.03);
    SimulateOptions how;
    how.in_plane_mm = 2;
    how.snr = 20;
    how.artefacts.output_in_plane_mm = 1;
    const Simulation s = simulate_slices(high, how, 3);
    EXPECT_EQ(s.low_field.geometry.size[2], 4);
    EXPECT_NEAR(s.low_field.geometry.spacing_mm[0], 1, 0.01);
    EXPECT_NEAR(s.noise_sd, 1000.0 / 20, 3);
    const Appearance a = measure_appearance(s.low_field, Contrast::T1);
    EXPECT_NEAR(a.noise, 0.05, 0.02);
    EXPECT_LT(a.power.back(), 0.02) << "zero-filled beyond half of Nyquist";
}

TEST(SlicesAboveCentre, GoTowardsTheHeadsTopInEitherOrder) {
    Volume v(plane(20, 20, 12));
    for (std::size_t n = 0; n < v.voxels.size(); ++n)
        v.voxels[n] = static_cast<float>(100 + n / 400);  // tells the slice
    EXPECT_EQ(slices_above_centre(v, 4).at(0, 0, 0), 106);
    EXPECT_EQ(slices_above_centre(v, 4).geometry.origin_lps_mm[2], 60);
    v.geometry.axes[2] = {0, 0, -1};
    const Volume down = slices_above_centre(v, 4);
    EXPECT_LE(down.at(0, 0, 3), 106);
    EXPECT_EQ(down.geometry.size[2], 4);
    EXPECT_EQ(slices_above_centre(v, 40).geometry.size[2], 12);
}

TEST(ReasonsToDecline, NameTheSlicesAndTheModelsSpacing) {
    Geometry g = plane(180, 200, 4);
    auto reasons = reasons_to_decline(g, Contrast::T1, 0.055, nullptr);
    ASSERT_EQ(reasons.size(), 1U);
    EXPECT_NE(reasons[0].find("4 slices"), std::string::npos);
    ModelInfo model;
    model.contrasts = {Contrast::T1};
    reasons = reasons_to_decline(g, Contrast::T1, 0.055, &model);
    ASSERT_EQ(reasons.size(), 2U);
    EXPECT_NE(reasons[1].find("10 mm"), std::string::npos);
    g.size[2] = 30;
    g.spacing_mm[2] = 5;
    EXPECT_TRUE(reasons_to_decline(g, Contrast::T1, 0.055, &model).empty());
}

/// What `compare-lowfield` ends with, and what it says on stderr.
std::pair<int, std::string> compare_lowfield(const std::string& arguments) {
    CLI::App app("test");
    int exit_code = 0;
    add_lowfield_command(app, exit_code);
    testing::internal::CaptureStderr();
    app.parse("compare-lowfield " + arguments);
    return {exit_code, testing::internal::GetCapturedStderr()};
}

TEST(CompareLowfield, DeclinesFourSlicesUnlessTheyAreTakenAsTheyAreAndDrawsEverySeries) {
    const fakes::TempFolder folder;
    for (const char* name :
         {"A_0.055T_GRE.nii.gz", "A_0.055T_FSE.nii.gz", "B_0.055T_FLAIR.nii.gz", "A_3T_T1w.nii.gz"})
        ASSERT_TRUE(nifti::write(folder.path() / name, head(30, 100), ""));
    const std::string figures = (folder.path() / "figures").string();
    const std::string options =
        "--real " + folder.path().string() + " --model cubic --figures " + figures;
    const auto [declined, why] = compare_lowfield(options);
    EXPECT_EQ(declined, 1);
    EXPECT_NE(why.find("4 slices; at least 8 are needed"), std::string::npos) << why;
    EXPECT_NE(why.find("--slices-as-is"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(figures));
    EXPECT_EQ(compare_lowfield(options + " --slices-as-is").first, 0);
    for (const char* name : {"A_T1.png", "A_T2.png", "B_FLAIR.png"})
        EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(figures) / name)) << name;
}

TEST(LowFieldFigure, IsAPngNamedAfterPatientAndContrast) {
    const fakes::TempFolder folder;
    const auto package =
        load_package(std::filesystem::path(IQT_SOURCE_DIR) / "models/packages/cubic");
    ASSERT_TRUE(package);
    const auto cubic = make_cubic_enhancer(*package), model = make_cubic_enhancer(*package);
    const Volume low = central_square(head(30, 100), 40), high = central_square(head(5, 100), 30);
    const FieldPair pair{"P", Contrast::T2, {}, {}};
    const auto drawn = draw_low_field_figure(pair, low, high, *cubic, *model, folder.path() / "a");
    ASSERT_TRUE(drawn) << to_string(drawn.error());
    EXPECT_GT(std::filesystem::file_size(folder.path() / "a" / "P_T2.png"), 1000U);
    EXPECT_TRUE(draw_low_field_figure(pair, low, {}, *cubic, *model, folder.path()))
        << "without 3 T";
    EXPECT_FALSE(draw_low_field_figure(pair, low, high, *cubic, *model, "/proc/none"));
}

}  // namespace
}  // namespace iqt::models::train
