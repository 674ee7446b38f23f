// SPDX-License-Identifier: Apache-2.0
#include "dicom/instance_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dicom/read/shared_data.hpp"
#include "tests/fixtures/dicom_builder.hpp"

namespace iqt::dicom {
namespace {

using fixtures::Plane;
using fixtures::SeriesRecipe;
using testing::HasSubstr;

Volume small_series() {
    return fixtures::pattern(fixtures::slab(Plane::Axial));
}

Result<InstanceFacts> facts_of(const std::string& file) {
    return read_instance_facts(std::string_view(file));
}

/// Where an explicit little endian element begins; the file has to hold it at top level once.
std::size_t element_at(const std::string& file, std::string_view tag_and_vr) {
    const std::size_t at = file.find(tag_and_vr);
    EXPECT_NE(at, std::string::npos);
    return at;
}

constexpr std::string_view kPixelElement("\xe0\x7f\x10\0OW\0\0", 8);

TEST(InstanceHeader, ClassicInstanceSaysWhatTheQueueDecidesBy) {
    SeriesRecipe recipe;
    recipe.patient_id_issuer = "HOSPITAL";
    const auto facts = facts_of(fixtures::classic_mr(small_series(), recipe)[2]);
    ASSERT_TRUE(facts) << to_string(facts.error());
    EXPECT_EQ(facts->sop_class_uid, "1.2.840.10008.5.1.4.1.1.4");
    EXPECT_EQ(facts->sop_instance_uid, recipe.instance_uid_prefix + "3");
    EXPECT_EQ(facts->transfer_syntax_uid, "1.2.840.10008.1.2.1");
    EXPECT_EQ(facts->study_uid, recipe.study_uid);
    EXPECT_EQ(facts->series_uid, recipe.series_uid);
    EXPECT_EQ(facts->patient_id, "IQT-0001");
    EXPECT_EQ(facts->patient_id_issuer, "HOSPITAL");
    EXPECT_EQ(facts->identity_digest.size(), 64U);
    EXPECT_FALSE(facts->multi_frame);
    EXPECT_EQ(facts->frames, 1);
    ASSERT_TRUE(facts->position_lps_mm && facts->orientation);
    EXPECT_EQ(*facts->position_lps_mm, (Vec3{-31.25, -17.5, 52.75}));
    EXPECT_EQ(*facts->orientation, (std::array<double, 6>{1, 0, 0, 0, 1, 0}));
}

TEST(InstanceHeader, EnhancedObjectIsMultiFrameAndHasNoSinglePosition) {
    const auto facts = facts_of(fixtures::enhanced_mr(small_series()));
    ASSERT_TRUE(facts) << to_string(facts.error());
    EXPECT_TRUE(facts->multi_frame);
    EXPECT_EQ(facts->frames, 9);
    EXPECT_FALSE(facts->position_lps_mm || facts->orientation);
    SeriesRecipe legacy;
    legacy.extra["SOPClassUID"] = "1.2.840.10008.5.1.4.1.1.4.4";
    EXPECT_TRUE(facts_of(fixtures::enhanced_mr(small_series(), legacy))->multi_frame);
}

class EverySyntax : public testing::TestWithParam<const char*> {};

TEST_P(EverySyntax, FactsAreTheSame) {
    SeriesRecipe recipe;
    const auto native = facts_of(fixtures::enhanced_mr(small_series(), recipe));
    recipe.transfer_syntax = GetParam();
    const auto facts = facts_of(fixtures::enhanced_mr(small_series(), recipe));
    ASSERT_TRUE(facts) << to_string(facts.error());
    EXPECT_EQ(facts->transfer_syntax_uid, GetParam());
    EXPECT_EQ(facts->identity_digest, native->identity_digest);
    EXPECT_EQ(facts->frames, 9);
}

TEST_P(EverySyntax, VoxelsAndContentAreTheSame) {
    SeriesRecipe recipe;
    recipe.bits_stored = 12;
    const std::string native = fixtures::enhanced_mr(small_series(), recipe);
    recipe.transfer_syntax = GetParam();
    const std::string encoded = fixtures::enhanced_mr(small_series(), recipe);
    const auto series = DicomSeriesReader().read(fixtures::snapshot({encoded}));
    ASSERT_TRUE(series) << to_string(series.error());
    ASSERT_TRUE(series->volume) << series->facts.undecodable;
    EXPECT_EQ(series->volume->voxels, small_series().voxels);
    const auto same = same_content(fixtures::in_memory(native), fixtures::in_memory(encoded));
    ASSERT_TRUE(same) << to_string(same.error());
    EXPECT_TRUE(*same);
}

TEST_P(EverySyntax, CutOffAnywhereIsInvalidOrHarmless) {
    SeriesRecipe recipe;
    recipe.transfer_syntax = GetParam();
    const std::string file = fixtures::classic_mr(small_series(), recipe)[0];
    for (std::size_t length = 0; length < file.size(); length += 1 + length / 64) {
        const auto facts = facts_of(file.substr(0, length));
        ASSERT_FALSE(facts) << length << " of " << file.size() << " bytes were accepted";
        EXPECT_EQ(facts.error().kind, ErrorKind::InvalidInput);
        EXPECT_FALSE(facts.error().what.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(InstanceHeader, EverySyntax,
                         testing::Values("1.2.840.10008.1.2", "1.2.840.10008.1.2.1",
                                         "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
                                         "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.57",
                                         "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"));

TEST(InstanceHeader, MissingOrMalformedUidsAreNamed) {
    using namespace std::string_view_literals;
    for (const auto& [keyword, element] : {std::pair{"SOPClassUID", "\x08\0\x16\0UI"sv},
                                           std::pair{"SOPInstanceUID", "\x08\0\x18\0UI"sv},
                                           std::pair{"StudyInstanceUID", "\x20\0\x0d\0UI"sv},
                                           std::pair{"SeriesInstanceUID", "\x20\0\x0e\0UI"sv}}) {
        for (const char wrong : {' ', '\0', 'x', '.'}) {
            std::string file = fixtures::classic_mr(small_series())[0];
            const std::size_t at = element_at(file, element);
            const auto length = static_cast<std::size_t>(static_cast<unsigned char>(file[at + 6]));
            file.replace(at + 8, length, length, wrong);
            const auto facts = facts_of(file);
            ASSERT_FALSE(facts) << keyword;
            EXPECT_EQ(facts.error().kind, ErrorKind::InvalidInput);
            EXPECT_THAT(facts.error().what, HasSubstr(keyword));
            EXPECT_THAT(facts.error().what, testing::Not(HasSubstr("xxx")));
        }
    }
}

TEST(InstanceHeader, LyingLengthsAreInvalid) {
    const std::string good = fixtures::classic_mr(small_series())[0];
    ASSERT_TRUE(facts_of(good));
    const std::size_t pixels = element_at(good, kPixelElement);

    std::string longer = good;  // the pixel element claims 64 KiB more than there is
    longer[pixels + 10] = '\x01';
    EXPECT_FALSE(facts_of(longer));

    std::string shorter = good.substr(0, good.size() - 20);  // whole, but for fewer pixels
    shorter[pixels + 8] = static_cast<char>(static_cast<unsigned char>(shorter[pixels + 8]) - 20);
    const auto facts = facts_of(shorter);
    ASSERT_FALSE(facts);
    EXPECT_THAT(facts.error().what, HasSubstr("promises 240"));

    std::string text = good;  // StudyDescription claims to reach far into what follows it
    const std::size_t at = element_at(text, std::string_view("\x08\0\x30\x10LO", 6));
    text[at + 7] = '\x7f';
    EXPECT_FALSE(facts_of(text));
}

TEST(InstanceHeader, ImageWithoutPixelsOrWithAbsurdSizeIsInvalid) {
    SeriesRecipe recipe;
    recipe.without = {"PixelData"};
    EXPECT_THAT(facts_of(fixtures::classic_mr(small_series(), recipe)[0]).error().what,
                HasSubstr("no pixel data"));
    recipe.without = {"Rows"};
    EXPECT_FALSE(facts_of(fixtures::classic_mr(small_series(), recipe)[0]));
    recipe.without = {};
    for (const char* frames : {"0", "-3", "many", "2147483647", "1e300"}) {
        recipe.extra["NumberOfFrames"] = frames;
        EXPECT_FALSE(facts_of(fixtures::enhanced_mr(small_series(), recipe))) << frames;
    }
}

TEST(InstanceHeader, CompressedBombIsRefusedBeforeItIsUnpacked) {
    SeriesRecipe recipe;
    recipe.transfer_syntax = "1.2.840.10008.1.2.5";
    std::string file = fixtures::classic_mr(small_series(), recipe)[0];
    for (const std::string_view size : {std::string_view("\x28\0\x10\0US\x02\0", 8),
                                        std::string_view("\x28\0\x11\0US\x02\0", 8)}) {
        const std::size_t at = element_at(file, size);
        file[at + 8] = file[at + 9] = '\xff';
    }
    const auto facts = facts_of(file);
    ASSERT_FALSE(facts);
    EXPECT_THAT(facts.error().what, HasSubstr("4294836225 voxels"));
    EXPECT_FALSE(DicomSeriesReader().read(fixtures::snapshot({file})));
}

TEST(InstanceHeader, DeepNestingIsRefused) {
    // Implicit VR: sequences of defined length, each the only element of the one around it.
    std::string nested;
    for (int depth = 0; depth < 500; ++depth) {
        const auto header = [](std::string_view tag, std::size_t length) {
            std::string text(tag);
            for (const int shift : {0, 8, 16, 24})
                text.push_back(static_cast<char>((length >> shift) & 0xffU));
            return text;
        };
        const std::string item =
            header(std::string_view("\xfe\xff\0\xe0", 4), nested.size()) + nested;
        nested = header(std::string_view("\x40\0\x75\x02", 4), item.size()) + item;
    }
    const auto facts = facts_of(make_part10(nested, "1.2", "1.3", "1.2.840.10008.1.2", "AE"));
    ASSERT_FALSE(facts);
    EXPECT_THAT(facts.error().what, HasSubstr("nested too deeply"));
}

TEST(InstanceHeader, WhatIsNoDicomFileIsSaidSo) {
    for (const std::string& bytes :
         {std::string(), std::string("hello"), std::string(5000, '\0'), std::string(200, 'D')}) {
        const auto facts = facts_of(bytes);
        ASSERT_FALSE(facts);
        EXPECT_EQ(facts.error().kind, ErrorKind::InvalidInput);
    }
    EXPECT_EQ(read_instance_facts(std::filesystem::path("/nonexistent/file")).error().kind,
              ErrorKind::Io);
}

TEST(InstanceHeader, IdentityFollowsEachOfItsAttributesAndNothingElse) {
    const auto digest = [](const SeriesRecipe& recipe) {
        return facts_of(fixtures::classic_mr(small_series(), recipe)[0])->identity_digest;
    };
    const SeriesRecipe base;
    std::vector<SeriesRecipe> others(7, base);
    others[0].patient_id = "IQT-0002";
    others[1].patient_id_issuer = "HOSPITAL";
    others[2].patient_name = "IQTTEST^SYNTHETIC^B";
    others[3].patient_birth_date = "19700102";
    others[4].patient_sex = "F";
    others[5].study_uid = "1.2.826.0.1.3680043.10.999.1.11";
    others[6].accession_number = "ACC0002";
    for (std::size_t n = 0; n < others.size(); ++n) EXPECT_NE(digest(others[n]), digest(base)) << n;
    SeriesRecipe same = base;
    same.series_uid = "1.2.826.0.1.3680043.10.999.1.12";
    same.series_description = "Another";
    EXPECT_EQ(digest(same), digest(base));
}

TEST(InstanceHeader, BytesOfAnyCharacterSetAreKeptEvenWhereWronglyDeclared) {
    // ISO 2022 IR 87 escape sequences, GB18030 with a backslash byte, bare Latin-1, broken UTF-8.
    for (const auto& [charset, bytes] :
         {std::pair{"ISO 2022 IR 87", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"},
          std::pair{"GB18030", "Wang^XiaoDong=\xcd\xf5^\x81\x5c\xb6\xab"},
          std::pair{"ISO_IR 192", "M\xfcller^J\xf6rg"},
          std::pair{"NO SUCH SET", "\xc3\x28\xff\xfe^\x80"}}) {
        SeriesRecipe recipe;
        recipe.charset = charset;
        recipe.patient_name = bytes;
        recipe.patient_id = bytes;
        const std::string file = fixtures::classic_mr(small_series(), recipe)[0];
        const auto facts = facts_of(file);
        ASSERT_TRUE(facts) << charset;
        EXPECT_EQ(facts->patient_id, bytes);
        const auto series = DicomSeriesReader().read(fixtures::snapshot({file}));
        ASSERT_TRUE(series) << charset;
        EXPECT_EQ(series->header->value("PatientName"), bytes);
    }
}

TEST(InstanceHeader, MadeFileReadsLikeTheOneItsDataSetCameFrom) {
    for (const char* syntax :
         {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.70"}) {
        SeriesRecipe recipe;
        recipe.transfer_syntax = syntax;
        const std::string file = fixtures::enhanced_mr(small_series(), recipe);
        const auto facts = facts_of(file);
        ASSERT_TRUE(facts) << to_string(facts.error());
        const std::size_t meta = 144 + static_cast<unsigned char>(file[140]);
        const std::string made =
            make_part10(std::string_view(file).substr(meta), facts->sop_class_uid,
                        facts->sop_instance_uid, syntax, "A_LONG_CALLING_AE_TITLE");
        const auto again = facts_of(made);
        ASSERT_TRUE(again) << to_string(again.error());
        EXPECT_EQ(again->sop_instance_uid, facts->sop_instance_uid);
        EXPECT_EQ(again->transfer_syntax_uid, syntax);
        EXPECT_EQ(again->identity_digest, facts->identity_digest);
        const auto series = DicomSeriesReader().read(fixtures::snapshot({made}));
        ASSERT_TRUE(series && series->volume);
        EXPECT_EQ(series->volume->voxels, small_series().voxels);
    }
}

}  // namespace
}  // namespace iqt::dicom
