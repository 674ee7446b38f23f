// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/encoder.hpp"
#include "tests/dicom/write/encoding_bench.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fixtures/dicom_builder.hpp"

/// Where pydicom, which shares no code with DCMTK, finds what was planted in the outputs.
namespace iqt::dicom {
namespace {

constexpr double kTolerance_mm = 0.01;

/// A block of voxels: first and last index along each axis.
struct Block {
    std::array<int, 3> first, last;
    bool contains(int i, int j, int k) const {
        const std::array at{i, j, k};
        for (std::size_t a = 0; a < 3; ++a)
            if (at[a] < first[a] || at[a] > last[a]) return false;
        return true;
    }
};

/// Nearer to one corner, of three different lengths, and overlapping: no turn, flip or swap of the
/// axes maps them to themselves.
constexpr Block kUncertainBlock{{2, 3, 4}, {7, 6, 5}};
constexpr Block kInconsistentBlock{{7, 5, 5}, {8, 8, 12}};

/// Rows and columns of unequal count and spacing; a frame's bits do not fill its last byte.
Geometry planted_grid(fixtures::Plane plane) {
    Geometry grid = refine(fixtures::slab(plane, {11, 9, 3}), 1.0);
    grid.spacing_mm[0] = 1.25;
    return grid;
}

DerivedImages planted(const Geometry& grid) {
    DerivedImages images = bench::images_on(grid);
    Mask mask(grid);
    Volume sd(grid);
    for (int k = 0; k < grid.size[2]; ++k)
        for (int j = 0; j < grid.size[1]; ++j)
            for (int i = 0; i < grid.size[0]; ++i) {
                unsigned bits = 0;
                if (kUncertainBlock.contains(i, j, k)) bits |= kUncertain;
                if (kInconsistentBlock.contains(i, j, k)) bits |= kInconsistent;
                mask.at(i, j, k) = static_cast<std::uint8_t>(bits);
                // Every voxel its own value, with digits that no decimal of six places holds.
                sd.at(i, j, k) = static_cast<float>(sd.offset(i, j, k) + 1) / 7.0F;
            }
    images.assessment.mask = mask;
    images.uncertainty = UncertaintyMaps{sd, sd, sd};
    for (float& value : images.uncertainty->intrinsic_sd.voxels) value += 0.1F;
    for (float& value : images.uncertainty->parameter_sd.voxels) value *= 1.7F;
    return images;
}

struct Pixel {
    double word = 0;  ///< number of the segment, or value
    Vec3 point_lps_mm{};
};

struct Reading {
    std::string frame_of_reference;
    std::vector<Pixel> pixels;
};

/// Debian's interpreter first: another one on the PATH has not its packages.
std::string python_with_pydicom() {
    for (const char* python : {"/usr/bin/python3", "python3"})
        if (std::system((std::string(python) + " -c 'import pydicom' >/dev/null 2>&1").c_str()) ==
            0)
            return python;
    return {};
}

/// A reading of each object of a series, in one run.
std::vector<Reading> read_by_pydicom(const std::string& python, const EncodedSeries& series) {
    const fakes::TempFolder folder;
    const auto answer = folder.path() / "answer";
    std::string line = python + " -B " IQT_SOURCE_DIR "/tests/dicom/write/placement.py";
    for (std::size_t n = 0; n < series.instances.size(); ++n) {
        const auto object = folder.path() / (std::to_string(n) + ".dcm");
        std::ofstream(object, std::ios::binary) << series.instances[n].bytes;
        line += " " + object.string();
    }
    line += " >" + answer.string();
    EXPECT_EQ(std::system(line.c_str()), 0) << line;
    std::ifstream stream(answer);
    std::vector<Reading> all;
    for (std::string text; std::getline(stream, text);) {
        std::istringstream words(text);
        Pixel pixel;
        Vec3& p = pixel.point_lps_mm;
        if (text.find(' ') == std::string::npos)
            all.push_back({text, {}});
        else if (!all.empty() && words >> pixel.word >> p[0] >> p[1] >> p[2])
            all.back().pixels.push_back(pixel);
        else
            ADD_FAILURE() << text;
    }
    EXPECT_EQ(all.size(), series.instances.size());
    return all;
}

class Placement : public testing::TestWithParam<fixtures::Plane> {
  protected:
    void SetUp() override {
        static const std::string kPython = python_with_pydicom();
        if (kPython.empty())
            GTEST_SKIP() << "no python3 with pydicom: deploy/setup_dev.sh installs it";
        python_ = kPython;
        all_ = bench::encoded(bench::source_of(bench::classic(fixtures::slab(GetParam()))),
                              planted(grid_));
    }
    std::vector<Reading> readings_of(OutputKind kind) const {
        return read_by_pydicom(python_, bench::of_kind(all_, kind));
    }

    /// The voxel whose centre lies at a point; fails the test where none does.
    std::array<int, 3> voxel_at(const Vec3& point) const {
        const Vec3 index = grid_.index(point);
        std::array<int, 3> at{};
        for (std::size_t a = 0; a < 3; ++a) {
            at[a] = static_cast<int>(std::lround(index[a]));
            EXPECT_TRUE(at[a] >= 0 && at[a] < grid_.size[a]) << "outside the grid";
        }
        const Vec3 centre = grid_.point_lps_mm(at[0], at[1], at[2]);
        EXPECT_LE(std::hypot(point[0] - centre[0], point[1] - centre[1], point[2] - centre[2]),
                  kTolerance_mm)
            << at[0] << ", " << at[1] << ", " << at[2];
        return at;
    }

    Geometry grid_ = planted_grid(GetParam());
    std::string python_;
    std::vector<EncodedSeries> all_;
};

TEST_P(Placement, MarkedVoxelsOfASegmentationLieWhereTheyWerePlanted) {
    const Reading reading = readings_of(OutputKind::Flags).at(0);
    EXPECT_EQ(reading.frame_of_reference, fixtures::SeriesRecipe{}.frame_of_reference_uid);
    Mask found(grid_);
    for (const Pixel& pixel : reading.pixels) {
        const auto [i, j, k] = voxel_at(pixel.point_lps_mm);
        ASSERT_FALSE(testing::Test::HasFailure());
        ASSERT_TRUE(pixel.word == 1 || pixel.word == 3) << "segment " << pixel.word;
        const WarningBit bit = pixel.word == 1 ? kUncertain : kInconsistent;
        found.at(i, j, k) = static_cast<std::uint8_t>(found.at(i, j, k) | bit);
    }
    EXPECT_EQ(reading.pixels.size(), 6U * 4 * 2 + 2U * 4 * 8);
    EXPECT_EQ(found.voxels, planted(grid_).assessment.mask.voxels);
}

TEST_P(Placement, EveryValueOfAParametricMapIsExactAndInItsPlace) {
    const UncertaintyMaps maps = *planted(grid_).uncertainty;
    const std::array written{&maps.total_sd, &maps.intrinsic_sd, &maps.parameter_sd};
    const auto readings = readings_of(OutputKind::Uncertainty);
    ASSERT_EQ(readings.size(), written.size());
    for (std::size_t map = 0; map < written.size(); ++map) {
        EXPECT_EQ(readings[map].frame_of_reference,
                  fixtures::SeriesRecipe{}.frame_of_reference_uid);
        ASSERT_EQ(readings[map].pixels.size(), written[map]->voxels.size());
        for (const Pixel& pixel : readings[map].pixels) {
            const auto [i, j, k] = voxel_at(pixel.point_lps_mm);
            ASSERT_EQ(static_cast<float>(pixel.word), written[map]->at(i, j, k));
            ASSERT_FALSE(testing::Test::HasFailure());
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Planes, Placement,
                         testing::Values(fixtures::Plane::Axial, fixtures::Plane::Oblique),
                         [](const auto& plane) {
                             return plane.param == fixtures::Plane::Axial ? "Axial" : "Oblique";
                         });

}  // namespace
}  // namespace iqt::dicom
