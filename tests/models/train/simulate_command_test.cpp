// SPDX-License-Identifier: Apache-2.0
#include "models/train/simulate_command.hpp"

#include <cmath>
#include <string>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "models/nifti.hpp"
#include "tests/fakes/anatomy_phantom.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

/// What the command ended with: 0 done, 1 failed, 2 not understood.
int run_simulate(const std::string& arguments) {
    CLI::App app("test");
    int exit_code = 0;
    add_simulate_command(app, exit_code);
    try {
        app.parse("simulate " + arguments);
    } catch (const CLI::ParseError&) {
        return 2;
    }
    return exit_code;
}

struct Outcome {
    int exit_code = 0;
    std::string printed;
};

Outcome run_and_read(const std::string& arguments) {
    testing::internal::CaptureStdout();
    const int code = run_simulate(arguments);
    return {code, testing::internal::GetCapturedStdout()};
}

class SimulateCommand : public testing::Test {
  protected:
    void SetUp() override {
        EXPECT_TRUE(nifti::write(head(), fakes::anatomy_phantom({60, 66, 54}), ""));
    }
    fs::path file(const char* name) const { return folder_.path() / name; }
    fs::path head() const { return file("head_T1.nii.gz"); }
    std::string to(const char* name) const { return head().string() + " " + file(name).string(); }
    Volume read(const char* name) const {
        auto volume = nifti::read(file(name));
        EXPECT_TRUE(volume);
        return volume ? *volume : Volume();
    }

  private:
    fakes::TempFolder folder_;
};

TEST_F(SimulateCommand, DrawsARecipeBySeedAndPrintsIt) {
    const Outcome one = run_and_read(to("a.nii.gz") + " --draw --seed 5");
    const Outcome two = run_and_read(to("b.nii.gz") + " --draw --seed 5");
    const Outcome other = run_and_read(to("c.nii.gz") + " --draw --seed 6");
    ASSERT_EQ(one.exit_code, 0);
    EXPECT_NE(one.printed.find("drawn with seed 5: --slice-axis "), std::string::npos);
    for (const char* option : {"--snr ", "--gamma ", "--bias 0.3", "--rotate-deg ", "--slice-fwhm ",
                               "--in-plane-fwhm ", "--grid-shift ", "--in-plane-shift "})
        EXPECT_NE(one.printed.find(option), std::string::npos) << option;
    EXPECT_EQ(one.printed.substr(0, one.printed.find('\n')),
              two.printed.substr(0, two.printed.find('\n')));
    EXPECT_EQ(read("a.nii.gz").voxels, read("b.nii.gz").voxels);
    EXPECT_NE(read("a.nii.gz").voxels, read("c.nii.gz").voxels);
    EXPECT_NE(one.printed, other.printed);
}

TEST_F(SimulateCommand, TakesTurnsAndShiftsAsListsAndRefusesOthers) {
    ASSERT_EQ(run_simulate(to("plain.nii.gz") + " --snr 0"), 0);
    ASSERT_EQ(
        run_simulate(to("a.nii.gz") + " --snr 0 --rotate-deg -5,3,2 --in-plane-shift -0.5,0.25"),
        0);
    const Geometry plain = read("plain.nii.gz").geometry, turned = read("a.nii.gz").geometry;
    EXPECT_LT(dot(plain.axes[0], turned.axes[0]), 0.9995);
    EXPECT_GT(dot(plain.axes[0], turned.axes[0]), std::cos(7 * 3.14159265 / 180));
    ASSERT_EQ(run_simulate(to("shifted.nii.gz") + " --snr 0 --in-plane-shift -0.5,0.25"), 0);
    const Vec3 at = plain.index(read("shifted.nii.gz").geometry.origin_lps_mm);
    EXPECT_NEAR(at[0], -0.5, 1e-3);
    EXPECT_NEAR(at[1], 0.25, 1e-3);
    EXPECT_EQ(run_simulate(to("b.nii.gz") + " --rotate-deg 5,3"), 2);
    EXPECT_EQ(run_simulate(to("b.nii.gz") + " --rotate-deg much"), 2);
    EXPECT_EQ(run_simulate(to("b.nii.gz") + " --in-plane-shift 0.5"), 2);
    EXPECT_EQ(run_simulate(to("b.nii.gz") + " --draw --stochastic-decimation"), 2);
    EXPECT_EQ(run_simulate(head().string()), 2);
}

TEST_F(SimulateCommand, RecontrastFollowsTheGivenEchoTime) {
    ASSERT_EQ(run_simulate(to("a.nii.gz") + " --snr 0 --recontrast"), 0);
    ASSERT_EQ(run_simulate(to("b.nii.gz") + " --snr 0 --recontrast --tr 880 --te 5 --ti 354"), 0);
    ASSERT_EQ(run_simulate(to("c.nii.gz") + " --snr 0 --recontrast --te 60"), 0);
    EXPECT_EQ(read("a.nii.gz").voxels, read("b.nii.gz").voxels);
    EXPECT_NE(read("a.nii.gz").voxels, read("c.nii.gz").voxels);
}

#ifdef IQT_WITH_TORCH

/// A ball of white matter in a shell of cortex with a ventricle, FreeSurfer's numbers.
Volume label_map() {
    Geometry g;
    g.size = {48, 48, 48};
    g.spacing_mm = {2, 2, 2};
    Volume labels(g);
    for (int k = 0; k < 48; ++k)
        for (int j = 0; j < 48; ++j)
            for (int i = 0; i < 48; ++i) {
                const double r = std::hypot(i - 23.5, j - 23.5, k - 23.5);
                labels.at(i, j, k) = r < 6 ? 4.0F : r < 15 ? 2.0F : r < 20 ? 3.0F : 0.0F;
            }
    return labels;
}

/// Mean over a shell about the middle of the patient's head.
double shell_mean(const Volume& v, double low_mm, double high_mm) {
    const Vec3 centre = label_map().geometry.point_lps_mm(23.5, 23.5, 23.5);
    double sum = 0, n = 0;
    for (int k = 0; k < v.geometry.size[2]; ++k)
        for (int j = 0; j < v.geometry.size[1]; ++j)
            for (int i = 0; i < v.geometry.size[0]; ++i) {
                const Vec3 p = v.geometry.point_lps_mm(i, j, k);
                const double r = std::hypot(p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]);
                if (r < low_mm || r > high_mm) continue;
                sum += static_cast<double>(v.at(i, j, k));
                n += 1;
            }
    return n > 0 ? sum / n : 0;
}

TEST_F(SimulateCommand, MakesASeriesOfALabelMapInTheAskedContrast) {
    ASSERT_TRUE(nifti::write(file("labels.nii.gz"), label_map(), ""));
    const std::string labels = " --labels " + file("labels.nii.gz").string();
    const auto make = [&](const char* name, const char* more) {
        return run_simulate(file(name).string() + labels + " --slice-mm 4 --snr 60 " + more);
    };
    ASSERT_EQ(make("t1.nii.gz", "--contrast T1"), 0);
    ASSERT_EQ(make("t2.nii.gz", "--contrast T2"), 0);
    ASSERT_EQ(make("again.nii.gz", "--contrast T1"), 0);
    ASSERT_EQ(make("other.nii.gz", "--contrast T1 --seed 2"), 0);
    const Volume t1 = read("t1.nii.gz"), t2 = read("t2.nii.gz");
    EXPECT_NEAR(t1.geometry.spacing_mm[2], 4, 1e-3);
    const double fluid = shell_mean(t1, 0, 7), white = shell_mean(t1, 17, 25),
                 grey = shell_mean(t1, 33, 37);
    EXPECT_GT(white, 1.2 * grey);
    EXPECT_GT(grey, 1.5 * fluid);
    EXPECT_LT(shell_mean(t2, 17, 25), 0.9 * shell_mean(t2, 33, 37));
    EXPECT_GT(shell_mean(t2, 0, 7), 1.5 * shell_mean(t2, 33, 37));
    EXPECT_EQ(t1.voxels, read("again.nii.gz").voxels);
    EXPECT_NE(t1.voxels, read("other.nii.gz").voxels);
    EXPECT_EQ(make("x.nii.gz", ""), 1) << "the contrast of a label map is nowhere in its name";
    EXPECT_EQ(run_simulate(to("x.nii.gz") + labels + " --contrast T1"), 2) << "two inputs";
    ASSERT_TRUE(nifti::write(file("empty.nii.gz"), Volume(label_map().geometry), ""));
    EXPECT_EQ(run_simulate(file("x.nii.gz").string() + " --contrast T1 --labels " +
                           file("empty.nii.gz").string()),
              1);
}

#endif

}  // namespace
}  // namespace iqt::models::train
