// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/encoder.hpp"
#include "tests/dicom/write/encoding_bench.hpp"

/// Patient and study arrive byte for byte, whatever their character set; nothing private does.
namespace iqt::dicom {
namespace {

using bench::classic;
using bench::encoded;
using bench::images_on;
using bench::kAxialSlab;
using bench::parsed;
using bench::source_of;
using bench::text;

void put(DcmItem& item, const DcmTagKey& tag, const std::string& bytes) {
    ASSERT_TRUE(
        item.putAndInsertString(DcmTag(tag), bytes.data(), static_cast<Uint32>(bytes.size()))
            .good());
}

/// One parsed object of every output series of a source.
std::vector<std::unique_ptr<DcmFileFormat>> one_of_each(const SourceSeries& source) {
    std::vector<std::unique_ptr<DcmFileFormat>> files;
    for (const EncodedSeries& series : encoded(source, images_on(kAxialSlab)))
        files.push_back(parsed(series.instances.front().bytes));
    EXPECT_EQ(files.size(), 8U);
    return files;
}

struct CharacterSetCase {
    const char* name;
    std::string character_set, patient_name, series_description;
};

class CharacterSets : public testing::TestWithParam<CharacterSetCase> {};

TEST_P(CharacterSets, NamesStayByteForByteAndTheFileStaysReadable) {
    const CharacterSetCase& given = GetParam();
    const auto source = source_of(classic(kAxialSlab), [&](DcmDataset& data) {
        if (given.character_set.empty())
            delete data.remove(DCM_SpecificCharacterSet);
        else
            put(data, DCM_SpecificCharacterSet, given.character_set);
        put(data, DCM_PatientName, given.patient_name);
        put(data, DCM_ReferringPhysicianName, given.patient_name);
        put(data, DCM_InstitutionName, given.series_description);
        put(data, DCM_SeriesDescription, given.series_description);
    });
    for (const auto& file : one_of_each(source)) {
        DcmItem& data = *file->getDataset();
        EXPECT_EQ(text(data, DCM_SpecificCharacterSet),
                  given.character_set.empty() ? "(absent)" : given.character_set);
        EXPECT_EQ(text(data, DCM_PatientName), given.patient_name);
        EXPECT_EQ(text(data, DCM_ReferringPhysicianName), given.patient_name);
        EXPECT_EQ(text(data, DCM_InstitutionName), given.series_description);
        const std::string description = text(data, DCM_SeriesDescription);
        EXPECT_EQ(description.rfind("IQT RUO ", 0), 0U);
        EXPECT_THAT(description, testing::EndsWith(given.series_description));
        EXPECT_LE(description.size(), 64U);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Hospitals, CharacterSets,
    testing::Values(
        CharacterSetCase{"Japanese", "\\ISO 2022 IR 87",
                         "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B="
                         "\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
                         "\x1b$BF,It\x1b(B T2"},
        CharacterSetCase{"JapaneseWithBackslashBytes", "\\ISO 2022 IR 87",
                         "A^B=\x1b$B\x5c\x5c\x1b(B^\x1b$B\x5c\x21\x1b(B", "\x1b$B\x5c\x5c\x1b(B"},
        CharacterSetCase{"Korean", "\\ISO 2022 IR 149",
                         "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7="
                         "\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
                         "\x1b$)C\xb3\xfa T2"},
        CharacterSetCase{"Cyrillic", "ISO_IR 144", "\xbb\xee\xda\xe1\xd5\xdc\xd1\xe3\xe0\xd3",
                         "\xbc\xbe\xb7\xb3 T2"},
        CharacterSetCase{"Chinese", "GB18030",
                         "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "\xc4\xd4\xb2\xbf T2"},
        CharacterSetCase{"ChineseWithBackslashByte", "GB18030",
                         "A^B=\x81\x5c^\x90\x5c=", "\x81\x5c T2"},
        CharacterSetCase{"Utf8ThreeGroups", "ISO_IR 192",
                         "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1="
                         "\xe3\x82\x84\xe3\x81\xbe^\xe3\x81\xa0",
                         "\xe8\x84\xb3 T2"},
        CharacterSetCase{"WronglyDeclared", "ISO_IR 100", "M\xc3\xbcller^J\xc3\xb6rg",
                         "Sch\xc3\xa4"
                         "del"},
        CharacterSetCase{"NotDeclaredAtAll", "", "M\xfcller^J\xf6rg",
                         "Sch\xe4"
                         "del"}),
    [](const auto& case_info) { return std::string(case_info.param.name); });

TEST(Identity, EmptyAndOverLongValuesAreKeptAndMissingOnesBecomeEmpty) {
    const auto source = source_of(classic(kAxialSlab), [](DcmDataset& data) {
        put(data, DCM_AccessionNumber, "ACCESSION-NUMBER-OF-30-LETTERS");
        put(data, DCM_PatientComments, "");
        put(data, DCM_ReferringPhysicianName, "");
        put(data, DCM_StudyID, "");
        delete data.remove(DCM_PatientBirthDate);
        delete data.remove(DCM_StudyTime);
    });
    for (const auto& file : one_of_each(source)) {
        DcmItem& data = *file->getDataset();
        EXPECT_EQ(text(data, DCM_AccessionNumber), "ACCESSION-NUMBER-OF-30-LETTERS");
        for (const DcmTagKey& tag : {DCM_PatientComments, DCM_ReferringPhysicianName, DCM_StudyID,
                                     DCM_PatientBirthDate, DCM_StudyTime})
            EXPECT_EQ(text(data, tag), "") << tag.toString();
        EXPECT_EQ(text(data, DCM_OtherPatientNames), "(absent)");
    }
}

TEST(Identity, NothingPrivateAndNothingOfTheOldImageIsCopied) {
    const auto source = source_of(classic(kAxialSlab), [](DcmDataset& data) {
        put(data, DCM_PerformedProcedureStepID, "PPS1");
        put(data, DCM_PerformedProcedureStepDescription, "step");
        put(data, DCM_Laterality, "L");
        put(data, DCM_OperatorsName, "OPERATOR^ONE");
        put(data, DCM_ReconstructionDiameter, "220");
        ASSERT_TRUE(data.putAndInsertString(DcmTag(0x351b, 0x0010, EVR_LO), "HYPERFINE").good());
        ASSERT_TRUE(data.putAndInsertString(DcmTag(0x351b, 0x1001, EVR_LO), "IQT-0001").good());
        DcmItem* item = nullptr;
        ASSERT_TRUE(data.findOrCreateSequenceItem(DCM_RequestAttributesSequence, item).good());
        put(*item, DCM_ScheduledProcedureStepID, "SPS1");
        ASSERT_TRUE(item->putAndInsertString(DcmTag(0x351b, 0x0010, EVR_LO), "HYPERFINE").good());
        ASSERT_TRUE(item->findOrCreateSequenceItem(DCM_ScheduledProtocolCodeSequence, item).good());
        put(*item, DCM_CodeValue, "P1");
        ASSERT_TRUE(item->putAndInsertString(DcmTag(0x351b, 0x1002, EVR_LO), "deep").good());
    });
    for (const auto& file : one_of_each(source)) {
        DcmDataset& data = *file->getDataset();
        DcmStack stack;
        while (data.nextObject(stack, OFTrue).good())
            EXPECT_FALSE(stack.top()->getGTag() & 1U) << stack.top()->getTag().toString();
        for (const DcmTagKey& tag :
             {DCM_PerformedProcedureStepID, DCM_PerformedProcedureStepDescription, DCM_Laterality,
              DCM_OperatorsName, DCM_ReconstructionDiameter})
            EXPECT_EQ(text(data, tag), "(absent)") << tag.toString();
        if (text(data, DCM_Modality) == "SR") continue;  // SR has no such sequence
        DcmItem* item = nullptr;
        ASSERT_TRUE(data.findAndGetSequenceItem(DCM_RequestAttributesSequence, item).good());
        EXPECT_EQ(text(*item, DCM_ScheduledProcedureStepID), "SPS1");
        ASSERT_TRUE(item->findAndGetSequenceItem(DCM_ScheduledProtocolCodeSequence, item).good());
        EXPECT_EQ(text(*item, DCM_CodeValue), "P1");
    }
}

TEST(Identity, AttributesOfUnknownOrWrongRepresentationComeOutRight) {
    const auto source = source_of(classic(kAxialSlab), [](DcmDataset& data) {
        const std::string id = "IQT-0002";
        auto* unknown = new DcmOtherByteOtherWord(DcmTag(DCM_PatientID, EVR_UN));
        ASSERT_TRUE(data.insert(unknown, OFTrue).good());
        ASSERT_TRUE(unknown
                        ->putUint8Array(reinterpret_cast<const Uint8*>(id.data()),
                                        static_cast<unsigned long>(id.size()))
                        .good());
        ASSERT_TRUE(
            data.insert(new DcmLongString(DcmTag(DCM_AccessionNumber, EVR_LO)), OFTrue).good());
        DcmElement* accession = nullptr;
        ASSERT_TRUE(data.findAndGetElement(DCM_AccessionNumber, accession).good());
        ASSERT_TRUE(accession->putString("ACC9").good());
    });
    for (const auto& file : one_of_each(source)) {
        DcmElement* element = nullptr;
        DcmItem& data = *file->getDataset();
        EXPECT_EQ(text(data, DCM_PatientID), "IQT-0002");
        ASSERT_TRUE(data.findAndGetElement(DCM_AccessionNumber, element).good());
        EXPECT_EQ(element->getVR(), EVR_SH);
        EXPECT_EQ(text(data, DCM_AccessionNumber), "ACC9");
    }
}

}  // namespace
}  // namespace iqt::dicom
