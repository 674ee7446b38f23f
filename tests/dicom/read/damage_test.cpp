// SPDX-License-Identifier: Apache-2.0
// Objects as a broken sender, a broken disk or an attacker makes them: any answer but a crash.
#include <random>

#include <gtest/gtest.h>

#include "dicom/instance_header.hpp"
#include "dicom/series_reader.hpp"
#include "tests/fixtures/dicom_builder.hpp"

namespace iqt::dicom {
namespace {

using fixtures::Plane;
using fixtures::SeriesRecipe;

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

/// One to eight changes: bytes, lengths, pieces cut out, doubled or cut off.
std::string damaged(std::string bytes, Random& random) {
    for (std::size_t n = 1 + below(random, 8); n > 0 && bytes.size() > 8; --n) {
        const std::size_t at = below(random, bytes.size());
        const std::size_t length = std::min(bytes.size() - at, 1 + below(random, 64));
        switch (below(random, 6)) {
            case 0:
                bytes[at] = static_cast<char>(below(random, 256));
                break;
            case 1:
                bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(random, 8)));
                break;
            case 2:
                bytes.replace(at, std::min<std::size_t>(length, 4), "\xff\xff\xff\xff");
                break;
            case 3:
                bytes.erase(at, length);
                break;
            case 4:
                bytes.insert(at, bytes.substr(at, length));
                break;
            default:
                if (below(random, 4) == 0) bytes.resize(at);
        }
    }
    return bytes;
}

class Damage : public testing::TestWithParam<const char*> {};

TEST_P(Damage, NeverCrashesAndWhatIsAcceptedCanBeCompared) {
    SeriesRecipe recipe;
    recipe.transfer_syntax = GetParam();
    const Volume volume = fixtures::pattern(fixtures::slab(Plane::Axial, {12, 10, 3}));
    const std::vector<std::string> originals{fixtures::enhanced_mr(volume, recipe),
                                             fixtures::classic_mr(volume, recipe)[0]};
    Random random(20240607);
    int accepted = 0, refused = 0;
    for (int round = 0; round < 400; ++round) {
        const std::string bytes = damaged(originals[below(random, 2)], random);
        const auto facts = read_instance_facts(std::string_view(bytes));
        if (!facts) {
            EXPECT_EQ(facts.error().kind, ErrorKind::InvalidInput);
            EXPECT_FALSE(facts.error().what.empty());
            EXPECT_FALSE(DicomSeriesReader().read(fixtures::snapshot({bytes})));
            ++refused;
            continue;
        }
        ++accepted;
        const auto series = DicomSeriesReader().read(fixtures::snapshot({bytes}));
        if (series && series->volume) {
            EXPECT_EQ(series->volume->voxels.size(), series->volume->geometry.voxel_count());
        }
        static_cast<void>(
            same_content(fixtures::in_memory(bytes), fixtures::in_memory(originals[0])));
    }
    EXPECT_GT(refused, 0);
    EXPECT_GT(accepted, 0);
}

INSTANTIATE_TEST_SUITE_P(Reader, Damage,
                         testing::Values("1.2.840.10008.1.2", "1.2.840.10008.1.2.1",
                                         "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
                                         "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70",
                                         "1.2.840.10008.1.2.4.80"));

/// The library's search for the bit depth never ends at marker 0xff01.
TEST(DamagedJpeg, HeaderWithATemporaryMarkerIsSaidToBeDamaged) {
    SeriesRecipe recipe;
    recipe.transfer_syntax = "1.2.840.10008.1.2.4.70";
    const Volume volume = fixtures::pattern(fixtures::slab(Plane::Axial, {12, 10, 1}));
    std::string file = fixtures::classic_mr(volume, recipe)[0];
    const std::size_t start = file.find("\xff\xd8\xff\xe0");
    ASSERT_NE(start, std::string::npos);
    file[start + 3] = '\x01';
    const auto series = DicomSeriesReader().read(fixtures::snapshot({file}));
    ASSERT_TRUE(series) << to_string(series.error());
    EXPECT_NE(series->facts.undecodable.find("JPEG lossless"), std::string::npos);
    EXPECT_FALSE(series->volume);
}

/// The library's decoder reads outside the fragment where the offsets lead there.
TEST(DamagedRle, OffsetsOutsideTheFragmentAreSaidToBeDamaged) {
    SeriesRecipe recipe;
    recipe.transfer_syntax = "1.2.840.10008.1.2.5";
    const Volume volume = fixtures::pattern(fixtures::slab(Plane::Axial, {12, 10, 1}));
    const std::string good = fixtures::classic_mr(volume, recipe)[0];
    // Two segments, the first right after the header of 64 bytes.
    const std::size_t header = good.rfind(std::string_view("\x02\0\0\0\x40\0\0\0", 8));
    ASSERT_NE(header, std::string::npos);
    for (const int byte : {0, 4, 7, 9, 11}) {
        const auto at = static_cast<std::size_t>(byte);
        std::string file = good;
        file[header + at] = '\x7f';
        const auto series = DicomSeriesReader().read(fixtures::snapshot({file}));
        ASSERT_TRUE(series) << to_string(series.error());
        EXPECT_NE(series->facts.undecodable, "") << at;
    }
}

TEST(RandomBytes, AreRefused) {
    Random random(3);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(below(random, 3000), '\0');
        for (char& byte : bytes) byte = static_cast<char>(below(random, 256));
        if (bytes.size() > 140) bytes.replace(128, 8, std::string_view("DICM\x02\0\x10\0", 8));
        EXPECT_FALSE(read_instance_facts(std::string_view(bytes)));
    }
}

}  // namespace
}  // namespace iqt::dicom
