// SPDX-License-Identifier: Apache-2.0
// What a header must and must not make of a series.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/series_reader.hpp"
#include "tests/fixtures/dicom_builder.hpp"

namespace iqt::dicom {
namespace {

using fixtures::Plane;
using fixtures::SeriesRecipe;

const Volume& small() {
    static const Volume volume = fixtures::pattern(fixtures::slab(Plane::Axial, {6, 5, 8}));
    return volume;
}

SeriesFacts enhanced(const SeriesRecipe& recipe) {
    auto series =
        DicomSeriesReader().read(fixtures::snapshot({fixtures::enhanced_mr(small(), recipe)}));
    if (!series) throw std::runtime_error(to_string(series.error()));
    return series->facts;
}

SeriesFacts classic(const SeriesRecipe& recipe) {
    auto series =
        DicomSeriesReader().read(fixtures::snapshot(fixtures::classic_mr(small(), recipe)));
    if (!series) throw std::runtime_error(to_string(series.error()));
    return series->facts;
}

SeriesRecipe with(const char* keyword, const char* value) {
    SeriesRecipe recipe;
    recipe.extra[keyword] = value;
    return recipe;
}

SeriesRecipe with_type(const char* image_type) {
    SeriesRecipe recipe;
    recipe.image_type = image_type;
    return recipe;
}

TEST(Facts, ResearchWordsOfTheScannerAreNotOurOwnOutput) {
    SeriesRecipe recipe;
    recipe.series_description = "T2 (AXI)-NOT FOR DIAGNOSTIC USE IQT RUO";
    EXPECT_FALSE(enhanced(recipe).own_output);
    recipe.manufacturer = "iqt-node project";  // a simulated original
    EXPECT_FALSE(enhanced(recipe).own_output);
    recipe.image_type = "DERIVED\\SECONDARY\\OTHER\\IQT";
    EXPECT_TRUE(enhanced(recipe).own_output);
    recipe.manufacturer = "Hyperfine, Inc.";  // another product that happens to say IQT
    EXPECT_FALSE(enhanced(recipe).own_output);
    recipe.model = "IQT Node";
    EXPECT_TRUE(enhanced(recipe).own_output);
}

TEST(Facts, ImageTypeSaysDerivedMosaicLocalizerOrMap) {
    EXPECT_TRUE(classic(with_type("DERIVED\\PRIMARY\\MPR")).derived);
    EXPECT_TRUE(classic(with_type("ORIGINAL\\SECONDARY\\OTHER")).derived);
    EXPECT_FALSE(classic(with_type("ORIGINAL\\PRIMARY\\OTHER")).derived);
    EXPECT_TRUE(classic(with_type("ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC")).mosaic);
    EXPECT_TRUE(classic(with_type("ORIGINAL\\PRIMARY\\LOCALIZER")).localizer);
    for (const char* type : {"ORIGINAL\\PRIMARY\\DIFFUSION\\NONE", "ORIGINAL\\PRIMARY\\P\\ND",
                             "ORIGINAL\\PRIMARY\\T2 MAP\\NONE", "ORIGINAL\\PRIMARY\\FIELD_MAP",
                             "ORIGINAL\\PRIMARY\\M\\ADC", "ORIGINAL\\PRIMARY\\PHASE MAP"}) {
        EXPECT_TRUE(classic(with_type(type)).diffusion_or_map) << type;
        EXPECT_TRUE(enhanced(with_type(type)).diffusion_or_map) << type;
    }
    for (const char* type : {"ORIGINAL\\PRIMARY\\M\\ND\\NORM", "ORIGINAL\\PRIMARY\\M_FFE\\M\\FFE",
                             "ORIGINAL\\PRIMARY\\T2\\NONE"})
        EXPECT_FALSE(classic(with_type(type)).diffusion_or_map) << type;
}

TEST(Facts, DiffusionPhaseAndCalculatedVolumesAreRecognised) {
    EXPECT_TRUE(classic(with("DiffusionBValue", "900")).diffusion_or_map);
    EXPECT_FALSE(classic(with("DiffusionBValue", "0")).diffusion_or_map);
    EXPECT_TRUE(classic(with("ComplexImageComponent", "PHASE")).diffusion_or_map);
    EXPECT_TRUE(classic(with("VolumeBasedCalculationTechnique", "MAX_IP")).derived);
    SeriesRecipe recipe;
    recipe.acquisition_contrast = "DIFFUSION";
    EXPECT_TRUE(enhanced(recipe).diffusion_or_map);
}

TEST(Facts, NamesCountAsWholeWordsOnly) {
    SeriesRecipe recipe;
    for (const char* name : {"Localizer", "3-plane scout", "SURVEY_32ch", "localizer(AXI)"}) {
        recipe.series_description = name;
        EXPECT_TRUE(enhanced(recipe).localizer) << name;
    }
    for (const char* name : {"DWI (AXI) b=900", "ADC", "T2 Mapping (AXI)", "SE b=800"}) {
        recipe.series_description = name;
        EXPECT_TRUE(enhanced(recipe).diffusion_or_map) << name;
    }
    for (const char* name : {"T2 (AXI)", "Scouting T2", "Maple ward T2", "T2 b=0", "Surveyor"}) {
        recipe.series_description = recipe.protocol_name = name;
        EXPECT_FALSE(enhanced(recipe).localizer) << name;
        EXPECT_FALSE(enhanced(recipe).diffusion_or_map) << name;
    }
}

TEST(Facts, FieldStrengthComesFromTheAttributeElseFromTheProtonFrequency) {
    EXPECT_NEAR(*classic({}).field_strength_t, 0.064, 1e-12);
    EXPECT_NEAR(*enhanced({}).field_strength_t, 0.064, 1e-9);
    EXPECT_NEAR(*enhanced(with("MagneticFieldStrength", "1.5")).field_strength_t, 1.5, 1e-12);
    SeriesRecipe imaging = with("ImagingFrequency", "63.87");
    imaging.without = {"MagneticFieldStrength"};
    EXPECT_NEAR(*classic(imaging).field_strength_t, 1.5, 1e-3);
    imaging.extra["ImagedNucleus"] = "23NA";
    EXPECT_FALSE(classic(imaging).field_strength_t);
    SeriesRecipe nothing;
    nothing.without = {"MagneticFieldStrength"};
    EXPECT_FALSE(classic(nothing).field_strength_t);
    nothing.without.clear();
    nothing.extra["MagneticFieldStrength"] = "";
    EXPECT_FALSE(classic(nothing).field_strength_t);
}

TEST(Facts, BodyPartComesFromTheAttributeElseFromTheAnatomy) {
    EXPECT_EQ(classic(with("BodyPartExamined", "knee")).body_part, "KNEE");
    SeriesRecipe recipe;
    recipe.body_part = "";
    EXPECT_EQ(enhanced(recipe).body_part, "BRAIN");
    EXPECT_EQ(classic(recipe).body_part, "");
}

TEST(Facts, AgeComesFromTheAttributeElseFromTheDates) {
    SeriesRecipe recipe;
    for (const auto& [text, age] : {std::pair{"055Y", 55.0}, std::pair{"018M", 1.5},
                                    std::pair{"7Y", 7.0}, std::pair{"010D", 10 / 365.2425}}) {
        recipe.patient_age = text;
        EXPECT_NEAR(enhanced(recipe).patient_age_y.value_or(-1), age, 1e-9) << text;
    }
    for (const char* text : {"", "old", "Y", "-5Y", "055"}) {
        recipe.patient_age = text;
        EXPECT_NEAR(enhanced(recipe).patient_age_y.value_or(-1), 55.0, 0.01) << text;
    }
    for (const char* date : {"", "1970", "19701399", "20300101", "abcdefgh"}) {
        recipe.patient_birth_date = date;
        EXPECT_FALSE(enhanced(recipe).patient_age_y) << date;
    }
}

TEST(Facts, LossAndContrastAgentAreFound) {
    EXPECT_TRUE(classic(with("LossyImageCompression", "01")).lossy);
    EXPECT_FALSE(enhanced({}).lossy);
    EXPECT_TRUE(classic(with("ContrastBolusAgent", "Gadobutrol")).contrast_agent);
    EXPECT_FALSE(classic(with("ContrastBolusAgent", "")).contrast_agent);
    EXPECT_FALSE(classic(with("ContrastBolusAgent", "NONE")).contrast_agent);
}

TEST(Facts, WhatCannotBeReadIsSaidInWordsAndTheHeaderStillSpeaks) {
    const auto reason = [](const char* keyword, const char* value) {
        const SeriesFacts facts = classic(with(keyword, value));
        EXPECT_EQ(facts.manufacturer, "Hyperfine, Inc.");
        EXPECT_EQ(facts.slice_count, 8);
        return facts.undecodable;
    };
    EXPECT_THAT(reason("PhotometricInterpretation", "MONOCHROME1"),
                testing::HasSubstr("MONOCHROME2"));
    EXPECT_THAT(reason("HighBit", "3"), testing::HasSubstr("HighBit"));
    EXPECT_THAT(reason("RescaleSlope", "0"), testing::HasSubstr("RescaleSlope"));
    EXPECT_THAT(reason("RescaleSlope", "steep"), testing::HasSubstr("RescaleSlope"));
    EXPECT_THAT(reason("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"), testing::HasSubstr("not MR"));
}

TEST(Facts, DamagedCompressedPixelsAreUndecodable) {
    // The library's JPEG-LS encoder writes past its buffer for images of a few dozen pixels.
    const Volume volume = fixtures::pattern(fixtures::slab(Plane::Axial, {24, 20, 8}));
    for (const char* syntax :
         {"1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"}) {
        SeriesRecipe recipe;
        recipe.transfer_syntax = syntax;
        std::string file = fixtures::classic_mr(volume, recipe)[0];
        for (std::size_t at = file.size() - 40; at < file.size() - 10; ++at) file[at] = '\x55';
        const auto series = DicomSeriesReader().read(fixtures::snapshot({file}));
        // A decoder may also make something of the damage; then the digest differs.
        ASSERT_TRUE(series) << to_string(series.error());
        if (!series->facts.undecodable.empty()) {
            EXPECT_THAT(series->facts.undecodable,
                        testing::MatchesRegex("the pixel data \\(.*\\) are damaged: [ -~]+"));
            continue;
        }
        const auto good =
            DicomSeriesReader().read(fixtures::snapshot({fixtures::classic_mr(volume, recipe)[0]}));
        EXPECT_NE(series->content_digest, good->content_digest) << syntax;
    }
}

}  // namespace
}  // namespace iqt::dicom
