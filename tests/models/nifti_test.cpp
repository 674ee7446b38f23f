// SPDX-License-Identifier: Apache-2.0
#include "models/nifti.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/temp_folder.hpp"

namespace iqt::models::nifti {
namespace {

namespace fs = std::filesystem;

Geometry oblique() {
    Geometry g;
    g.size = {7, 6, 5};
    g.spacing_mm = {1.6, 1.5, 5};
    g.origin_lps_mm = {-31.5, 12.25, -40};
    const double c = std::cos(0.3), s = std::sin(0.3);
    g.axes = {Vec3{c, s, 0}, Vec3{-s * c, c * c, s}, Vec3{s * s, -c * s, c}};
    return g;
}

Volume numbered(const Geometry& geometry) {
    Volume volume(geometry);
    for (std::size_t v = 0; v < volume.voxels.size(); ++v)
        volume.voxels[v] = static_cast<float>(v) * 0.5F - 20;
    return volume;
}

void expect_near(const Geometry& a, const Geometry& b) {
    EXPECT_EQ(a.size, b.size);
    for (std::size_t r = 0; r < 3; ++r) {
        EXPECT_NEAR(a.spacing_mm[r], b.spacing_mm[r], 1e-5);
        EXPECT_NEAR(a.origin_lps_mm[r], b.origin_lps_mm[r], 1e-4);
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(a.axes[r][c], b.axes[r][c], 1e-6);
    }
}

/// A NIfTI-1 header by hand, so that reading does not only undo our own writing.
struct Header {
    std::array<char, 352> bytes{};
    template <class T>
    void put(std::size_t at, T value) {
        std::memcpy(bytes.data() + at, &value, sizeof value);
    }
    explicit Header(std::int16_t type, std::int16_t bits) {
        put<std::int32_t>(0, 348);
        const std::array<std::int16_t, 8> dim{3, 2, 3, 2, 1, 1, 1, 1};
        for (std::size_t n = 0; n < 8; ++n) put(40 + 2 * n, dim[n]);
        put(70, type);
        put(72, bits);
        const std::array<float, 4> pixdim{1, 2, 3, 4};
        for (std::size_t n = 0; n < 4; ++n) put(76 + 4 * n, pixdim[n]);
        put<float>(108, 352);
        put<char>(123, 2);
        std::memcpy(bytes.data() + 344, "n+1", 4);
    }
    /// sform rows: RAS from voxel.
    void put_sform(const std::array<std::array<float, 4>, 3>& rows) {
        put<std::int16_t>(254, 1);
        for (std::size_t r = 0; r < 3; ++r)
            for (std::size_t c = 0; c < 4; ++c) put(280 + 16 * r + 4 * c, rows[r][c]);
    }
};

template <class T>
fs::path write_raw(const fs::path& file, const Header& header, const std::vector<T>& voxels) {
    std::ofstream stream(file, std::ios::binary);
    stream.write(header.bytes.data(), static_cast<std::streamsize>(header.bytes.size()));
    stream.write(reinterpret_cast<const char*>(voxels.data()),
                 static_cast<std::streamsize>(voxels.size() * sizeof(T)));
    return file;
}

constexpr std::array<std::array<float, 4>, 3> kPlain{{{2, 0, 0, 10}, {0, 3, 0, 20}, {0, 0, 4, 30}}};

TEST(Nifti, WhatIsWrittenIsReadBackPlainAndCompressed) {
    const fakes::TempFolder folder;
    const Volume volume = numbered(oblique());
    for (const char* name : {"a.nii", "a.nii.gz"}) {
        ASSERT_TRUE(write(folder.path() / name, volume, "test"));
        const auto back = read(folder.path() / name);
        ASSERT_TRUE(back) << to_string(back.error());
        expect_near(back->geometry, volume.geometry);
        EXPECT_EQ(back->voxels, volume.voxels);
    }
    EXPECT_LT(fs::file_size(folder.path() / "a.nii.gz"), fs::file_size(folder.path() / "a.nii"));
}

TEST(Nifti, EqualVolumesGiveEqualBytes) {
    const fakes::TempFolder folder;
    const Volume volume = numbered(oblique());
    std::array<std::string, 2> bytes;
    for (std::size_t n = 0; n < 2; ++n) {
        const fs::path file = folder.path() / (std::to_string(n) + ".nii.gz");
        ASSERT_TRUE(write(file, volume, "test"));
        std::ifstream stream(file, std::ios::binary);
        bytes[n].assign(std::istreambuf_iterator<char>(stream), {});
    }
    EXPECT_EQ(bytes[0], bytes[1]);
    EXPECT_FALSE(bytes[0].empty());
}

TEST(Nifti, LeftHandedAxesSurvive) {
    const fakes::TempFolder folder;
    Geometry g = oblique();
    for (double& c : g.axes[0]) c = -c;
    const Volume volume = numbered(g);
    ASSERT_TRUE(write(folder.path() / "a.nii.gz", volume, ""));
    const auto back = read(folder.path() / "a.nii.gz");
    ASSERT_TRUE(back);
    expect_near(back->geometry, g);
}

TEST(Nifti, RasOfTheFileBecomesLps) {
    const fakes::TempFolder folder;
    Header header(16, 32);
    header.put_sform(kPlain);
    const auto volume = read(write_raw(folder.path() / "a.nii", header, std::vector<float>(12, 1)));
    ASSERT_TRUE(volume) << to_string(volume.error());
    EXPECT_EQ(volume->geometry.origin_lps_mm, (Vec3{-10, -20, 30}));
    EXPECT_EQ(volume->geometry.axes[0], (Vec3{-1, 0, 0}));
    EXPECT_EQ(volume->geometry.axes[1], (Vec3{0, -1, 0}));
    EXPECT_EQ(volume->geometry.axes[2], (Vec3{0, 0, 1}));
    EXPECT_EQ(volume->geometry.spacing_mm, (Vec3{2, 3, 4}));
}

TEST(Nifti, SlopeAndInterceptOfIntegersAreApplied) {
    const fakes::TempFolder folder;
    Header header(4, 16);
    header.put_sform(kPlain);
    header.put<float>(112, 0.5F);
    header.put<float>(116, -100);
    std::vector<std::int16_t> stored(12);
    for (std::size_t n = 0; n < 12; ++n) stored[n] = static_cast<std::int16_t>(n * 100) - 300;
    const auto volume = read(write_raw(folder.path() / "a.nii", header, stored));
    ASSERT_TRUE(volume);
    for (std::size_t n = 0; n < 12; ++n)
        EXPECT_FLOAT_EQ(volume->voxels[n], static_cast<float>(stored[n]) * 0.5F - 100);
}

TEST(Nifti, ASlopeOfZeroMeansNoScaling) {
    const fakes::TempFolder folder;
    Header header(512, 16);
    header.put<float>(116, 7);
    const auto volume =
        read(write_raw(folder.path() / "a.nii", header, std::vector<std::uint16_t>(12, 60000)));
    ASSERT_TRUE(volume);
    EXPECT_EQ(volume->voxels[0], 60000.0F);
}

TEST(Nifti, ValuesThatAreNoNumbersBecomeZero) {
    const fakes::TempFolder folder;
    std::vector<float> voxels(12, 3);
    voxels[4] = std::nanf("");
    const auto volume = read(write_raw(folder.path() / "a.nii", Header(16, 32), voxels));
    ASSERT_TRUE(volume);
    EXPECT_EQ(volume->voxels[4], 0.0F);
    EXPECT_EQ(volume->voxels[5], 3.0F);
}

TEST(Nifti, ShearedAxesAreRefused) {
    const fakes::TempFolder folder;
    Header header(16, 32);
    auto rows = kPlain;
    rows[0][1] = 0.5F;
    header.put_sform(rows);
    const auto volume = read(write_raw(folder.path() / "a.nii", header, std::vector<float>(12)));
    ASSERT_FALSE(volume);
    EXPECT_EQ(volume.error().kind, ErrorKind::InvalidInput);
    EXPECT_NE(volume.error().what.find("sheared"), std::string::npos);
}

TEST(Nifti, AFileThatEndsEarlyIsRefused) {
    const fakes::TempFolder folder;
    const auto volume =
        read(write_raw(folder.path() / "a.nii", Header(16, 32), std::vector<float>(11)));
    ASSERT_FALSE(volume);
    EXPECT_EQ(volume.error().kind, ErrorKind::InvalidInput);
}

TEST(Nifti, SizesThatLieAreRefusedBeforeMemoryIsTaken) {
    const fakes::TempFolder folder;
    Header header(16, 32);
    for (std::size_t n = 1; n < 4; ++n) header.put<std::int16_t>(40 + 2 * n, 32000);
    const auto volume = read(write_raw(folder.path() / "a.nii", header, std::vector<float>(12)));
    ASSERT_FALSE(volume);
    EXPECT_EQ(volume.error().kind, ErrorKind::InvalidInput);
}

TEST(Nifti, NoSingleByteOfAHeaderCrashesTheReader) {
    const fakes::TempFolder folder;
    Header good(4, 16);
    good.put_sform(kPlain);
    int refused = 0;
    for (std::size_t at = 0; at < good.bytes.size(); ++at)
        for (const int value : {0x7f, 0xff}) {
            Header header = good;
            header.bytes[at] = static_cast<char>(value);
            const auto volume =
                read(write_raw(folder.path() / "a.nii", header, std::vector<std::int16_t>(12, 9)));
            if (!volume) {
                ++refused;
            } else {
                EXPECT_EQ(volume->voxels.size(), volume->geometry.voxel_count());
            }
        }
    EXPECT_GT(refused, 20);
}

TEST(Nifti, SeveralVolumesAndColoursAreRefused) {
    const fakes::TempFolder folder;
    Header series(16, 32);
    series.put<std::int16_t>(40, 4);
    series.put<std::int16_t>(48, 2);
    const auto several = read(write_raw(folder.path() / "a.nii", series, std::vector<float>(24)));
    ASSERT_FALSE(several);
    EXPECT_NE(several.error().what.find("more than one volume"), std::string::npos);
    const auto colours =
        read(write_raw(folder.path() / "b.nii", Header(128, 24), std::vector<char>(36)));
    ASSERT_FALSE(colours);
    EXPECT_NE(colours.error().what.find("colours"), std::string::npos);
}

TEST(Nifti, FourDimensionsWithOneVolumeAreAVolume) {
    const fakes::TempFolder folder;
    Header header(16, 32);
    header.put<std::int16_t>(40, 4);
    EXPECT_TRUE(read(write_raw(folder.path() / "a.nii", header, std::vector<float>(12))));
}

TEST(Nifti, FilesThatAreNotThereOrNotNiftiAreNamed) {
    const fakes::TempFolder folder;
    EXPECT_EQ(read(folder.path() / "none.nii").error().kind, ErrorKind::NotFound);
    std::ofstream(folder.path() / "text.nii") << "not a header, but long enough to be looked at";
    EXPECT_EQ(read(folder.path() / "text.nii").error().kind, ErrorKind::InvalidInput);
    std::ofstream(folder.path() / "text.nii.gz") << "not compressed";
    EXPECT_EQ(read(folder.path() / "text.nii.gz").error().kind, ErrorKind::InvalidInput);
}

TEST(Nifti, SeveralVolumesOfOneGridGoIntoOneFile) {
    const fakes::TempFolder folder;
    const Volume a = numbered(oblique());
    Volume b = a;
    ASSERT_TRUE(write_4d(folder.path() / "a.nii", {&a, &b, &a}, ""));
    EXPECT_EQ(fs::file_size(folder.path() / "a.nii"), 352 + 3 * a.voxels.size() * 4);
    b.geometry.origin_lps_mm[0] += 1;
    EXPECT_EQ(write_4d(folder.path() / "b.nii", {&a, &b}, "").error().kind, ErrorKind::Mismatch);
}

TEST(Nifti, MasksAreBytes) {
    const fakes::TempFolder folder;
    Mask mask(oblique(), std::uint8_t{5});
    ASSERT_TRUE(write(folder.path() / "a.nii", mask, ""));
    EXPECT_EQ(fs::file_size(folder.path() / "a.nii"), 352 + mask.voxels.size());
    const auto back = read(folder.path() / "a.nii");
    ASSERT_TRUE(back);
    EXPECT_EQ(back->voxels[9], 5.0F);
}

TEST(Nifti, AFolderThatIsNotThereIsAnError) {
    const auto done = write("/nonexistent-folder/a.nii.gz", numbered(oblique()), "");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::Io);
}

TEST(Nifti, AFullDiskIsAnError) {
    if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
    const fakes::TempFolder folder;
    fs::create_symlink("/dev/full", folder.path() / "a.nii");
    Geometry g = oblique();
    g.size = {64, 64, 32};
    EXPECT_FALSE(write(folder.path() / "a.nii", Volume(g), ""));
}

}  // namespace
}  // namespace iqt::models::nifti
