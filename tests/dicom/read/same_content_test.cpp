// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "dicom/instance_header.hpp"
#include "tests/fixtures/dicom_builder.hpp"

namespace iqt::dicom {
namespace {

using fixtures::Plane;
using fixtures::SeriesRecipe;

Volume small() {
    return fixtures::pattern(fixtures::slab(Plane::Axial));
}

bool same(const std::string& a, const std::string& b) {
    const auto result = same_content(fixtures::in_memory(a), fixtures::in_memory(b));
    if (!result) throw std::runtime_error(to_string(result.error()));
    return *result;
}

TEST(SameContent, GroupTwoAndBitsAboveTheStoredOnesDoNotCount) {
    SeriesRecipe recipe;
    recipe.bits_stored = 12;
    const std::string file = fixtures::enhanced_mr(small(), recipe);
    const std::size_t meta = 144 + static_cast<unsigned char>(file[140]);
    const std::string other_meta = make_part10(std::string_view(file).substr(meta), "1.2.3",
                                               "1.2.4", "1.2.840.10008.1.2.1", "SOMEBODY");
    EXPECT_TRUE(same(file, file));
    EXPECT_TRUE(same(file, other_meta));
    recipe.dirty_bits = 0xf000;
    EXPECT_TRUE(same(file, fixtures::enhanced_mr(small(), recipe)));
}

TEST(SameContent, OnePixelOrOneAttributeMakesADifference) {
    const std::string file = fixtures::enhanced_mr(small());
    Volume pixel = small();
    pixel.at(5, 5, 5) += 1;
    EXPECT_FALSE(same(file, fixtures::enhanced_mr(pixel)));
    SeriesRecipe corrected;
    corrected.patient_name = "CORRECTED^NAME";
    EXPECT_FALSE(same(file, fixtures::enhanced_mr(small(), corrected)));
    SeriesRecipe nested;
    nested.echo_time_ms = 194.9;  // inside a functional group
    EXPECT_FALSE(same(file, fixtures::enhanced_mr(small(), nested)));
    SeriesRecipe less;
    less.without = {"StudyID"};
    EXPECT_FALSE(same(file, fixtures::enhanced_mr(small(), less)));
}

TEST(SamePixels, HoldsWhateverTheHeaderSays) {
    const auto original = fixtures::in_memory(fixtures::enhanced_mr(small()));
    SeriesRecipe corrected;
    corrected.patient_name = "CORRECTED^NAME";
    EXPECT_TRUE(
        *same_pixels(original, fixtures::in_memory(fixtures::enhanced_mr(small(), corrected))));
    Volume pixel = small();
    pixel.at(5, 5, 5) += 1;
    EXPECT_FALSE(
        *same_pixels(original, fixtures::in_memory(fixtures::enhanced_mr(pixel, corrected))));
    EXPECT_EQ(same_pixels(original, fixtures::in_memory("no DICOM")).error().kind,
              ErrorKind::InvalidInput);
}

TEST(SameContent, WhatIsNoObjectIsInvalid) {
    const auto good = fixtures::in_memory(fixtures::enhanced_mr(small()));
    const auto bad = fixtures::in_memory("no DICOM");
    EXPECT_EQ(same_content(good, bad).error().kind, ErrorKind::InvalidInput);
    EXPECT_EQ(same_content(bad, bad).error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace iqt::dicom
