// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <dcmtk/dcmsr/dsrdoc.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/encoder.hpp"
#include "tests/dicom/write/encoding_bench.hpp"

/// The report, read back with DCMTK's own reader of structured reports.
namespace iqt::dicom {
namespace {

using bench::classic;
using bench::encoded;
using bench::images_on;
using bench::kAxialSlab;
using bench::of_kind;
using bench::parsed;
using bench::source_of;
using bench::text;

std::vector<EncodedSeries> encoded_with(const std::function<void(DerivedImages&)>& edit = {}) {
    DerivedImages images = images_on(refine(kAxialSlab, 1.0));
    if (edit) edit(images);
    return encoded(source_of(classic(kAxialSlab)), images);
}

/// A line for each content item, as "meaning=value".
std::vector<std::string> content_of(const std::vector<EncodedSeries>& all) {
    const auto file = parsed(of_kind(all, OutputKind::Report).instances.at(0).bytes);
    DSRDocument document;
    EXPECT_TRUE(document.read(*file->getDataset()).good()) << "by the rules of Comprehensive 3D SR";
    EXPECT_EQ(document.getDocumentType(), DSRTypes::DT_Comprehensive3DSR);
    EXPECT_TRUE(document.isValid());
    std::vector<std::string> lines;
    DSRDocumentTree& tree = document.getTree();
    tree.gotoRoot();
    do {
        const DSRContentItem& item = tree.getCurrentContentItem();
        std::string line = item.getConceptName().getCodeMeaning().c_str();
        switch (item.getValueType()) {
            case DSRTypes::VT_Text:
            case DSRTypes::VT_UIDRef:
                line += std::string("=") + item.getStringValue().c_str();
                break;
            case DSRTypes::VT_Code:
                line += std::string("=") + item.getCodeValue().getCodeValue().c_str();
                break;
            case DSRTypes::VT_Num:
                line += std::string("=") + item.getNumericValue().getNumericValue().c_str() + " " +
                        item.getNumericValue().getMeasurementUnit().getCodeValue().c_str();
                break;
            case DSRTypes::VT_Image:
                line += std::string("=") + item.getImageReference().getSOPInstanceUID().c_str();
                break;
            default:
                break;
        }
        lines.push_back(line);
    } while (tree.iterate() != 0);
    return lines;
}

TEST(MeasurementReport, TellsTheVolumeOfEveryClassThatWasChecked) {
    const auto lines = content_of(encoded_with());
    std::vector<std::string> told;
    for (const std::string& line : lines)
        if (line.rfind("Volume=", 0) == 0 || line.rfind("Finding=", 0) == 0) told.push_back(line);
    EXPECT_THAT(told,
                testing::ElementsAre("Finding=UNCERTAIN", "Volume=12.5 ml", "Finding=INCONSISTENT",
                                     "Volume=3 ml", "Finding=NOTASSESSED", "Volume=1000 ml",
                                     "Finding=ASSESSED", "Volume=900.25 ml"));
    EXPECT_THAT(lines, testing::Contains(testing::HasSubstr("Unfamiliar (not checked)")));
}

TEST(MeasurementReport, NamesTheModelItsSettingsAndTheIntendedUse) {
    const auto lines = content_of(encoded_with());
    for (const char* line :
         {"Algorithm Name=iqt-ur", "Algorithm Version=1.0.0",
          "Algorithm Parameters=model_sha256="
          "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
          "Algorithm Parameters=samples=16", "Algorithm Parameters=seed=42",
          "Algorithm Parameters=precision=float32", "Algorithm Parameters=device=cpu"})
        EXPECT_THAT(lines, testing::Contains(std::string(line)));
    EXPECT_THAT(lines,
                testing::Contains(testing::StartsWith("Comment=" + std::string(kIntendedUse))));
}

/// What the report says of the check of the input, a line each.
std::vector<std::string> input_lines(const std::optional<InputQa>& qa) {
    const std::string name = "Check of the input series=";
    std::vector<std::string> found;
    for (const std::string& line : content_of(encoded_with([&](DerivedImages& images) {
             images.assessment.input_qa = qa;
             images.assessment.banners = {"AGE UNKNOWN"};
         })))
        if (line.starts_with(name)) found.push_back(line.substr(name.size()));
    return found;
}

TEST(MeasurementReport, SaysTheVerdictOfTheInputCheckAsItWas) {
    InputQa qa;
    const auto verdict_line = [&] { return input_lines(qa).at(0); };
    EXPECT_EQ(verdict_line(), "Verdict: enhance.") << "a banner of the header is no verdict";
    qa.verdict = QaVerdict::EnhanceWithBanner;
    EXPECT_EQ(verdict_line(), "Verdict: enhance with banner.");
    qa.verdict = QaVerdict::Decline;
    qa.findings = {{true, "NO HEAD", "no head was found"}};
    EXPECT_THAT(verdict_line(), testing::StartsWith("Verdict: decline;"));
    EXPECT_THAT(input_lines(qa), testing::IsSupersetOf({"AGE UNKNOWN", "no head was found"}));
    EXPECT_EQ(input_lines(std::nullopt).at(0), "The pixels of the input were not checked.");
}

TEST(MeasurementReport, NamesEveryInstanceItIsAboutOnceMoreAsEvidence) {
    const auto all = encoded_with();
    const auto lines = content_of(all);
    const auto file = parsed(of_kind(all, OutputKind::Report).instances.at(0).bytes);
    DSRDocument document;
    ASSERT_TRUE(document.read(*file->getDataset()).good());
    auto& evidence = document.getCurrentRequestedProcedureEvidence();
    const auto expect_named = [&](const std::string& concept_name, const std::string& sop_class,
                                  const std::string& uid) {
        EXPECT_THAT(lines, testing::Contains(concept_name + "=" + uid));
        EXPECT_TRUE(evidence.gotoItem(sop_class.c_str(), uid.c_str()).good()) << uid;
    };
    for (const OutputKind kind :
         {OutputKind::Enhanced, OutputKind::Warning, OutputKind::Uncertainty})
        for (const EncodedInstance& instance : of_kind(all, kind).instances)
            expect_named("", instance.sop_class_uid, instance.sop_instance_uid);
    const auto& flags = of_kind(all, OutputKind::Flags).instances.at(0);
    expect_named("Referenced Segment", flags.sop_class_uid, flags.sop_instance_uid);
    for (const SourceInstance& instance : source_of(classic(kAxialSlab)).instances)
        expect_named("", instance.sop_class_uid, instance.sop_instance_uid);
}

TEST(MeasurementReport, NamesNoFlagsThatAreNotMadeAndHasThenAnotherUid) {
    const auto with = encoded_with();
    const auto without = encoded_with([](DerivedImages& images) {
        images.flags = false;
        images.uncertainty.reset();
    });
    EXPECT_THAT(content_of(without),
                testing::Not(testing::Contains(testing::StartsWith("Referenced Segment"))));
    EXPECT_NE(of_kind(with, OutputKind::Report).instances.at(0).sop_instance_uid,
              of_kind(without, OutputKind::Report).instances.at(0).sop_instance_uid);
    EXPECT_EQ(of_kind(with, OutputKind::Enhanced).series_uid,
              of_kind(without, OutputKind::Enhanced).series_uid);
    EXPECT_THAT(bench::iod_errors(of_kind(without, OutputKind::Report).instances.at(0).bytes),
                testing::IsEmpty());
}

TEST(MeasurementReport, IsNoImage) {
    const auto file = parsed(of_kind(encoded_with(), OutputKind::Report).instances.at(0).bytes);
    DcmItem& data = *file->getDataset();
    for (const DcmTagKey& tag : {DCM_FrameOfReferenceUID, DCM_SourceImageSequence, DCM_ImageType,
                                 DCM_LossyImageCompression, DCM_BodyPartExamined})
        EXPECT_EQ(text(data, tag), "(absent)") << tag.toString();
    EXPECT_THAT(text(data, DCM_SeriesDescription), testing::StartsWith("IQT RUO REPORT"));
    EXPECT_EQ(text(data, DCM_Modality), "SR");
}

}  // namespace
}  // namespace iqt::dicom
