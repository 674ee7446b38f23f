// SPDX-License-Identifier: Apache-2.0
// Every kind of output of the shipped network, and the notice of a declined series, through
// Orthanc: stored, read back, and equal to what `enhance` writes for the same files.
#include <map>
#include <sstream>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/head_phantom.hpp"
#include "tests/fixtures/dicom_builder.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::HasSubstr;

/// What one object holds, apart from its attributes.
struct Stored {
    std::string sop_class;
    std::string pixels;  ///< bytes of (7FE0,0010) or (7FE0,0008); empty where it has none
    std::string report;  ///< the content items of a structured report, as text
};

std::string value_of(DcmItem& data, const DcmTagKey& tag) {
    OFString value;
    data.findAndGetOFString(tag, value);
    return value.c_str();
}

std::string pixels_of(DcmItem& data) {
    for (const DcmTagKey& tag : {DCM_PixelData, DCM_FloatPixelData}) {
        DcmElement* element = nullptr;
        if (data.findAndGetElement(tag, element).bad()) continue;
        const void* bytes = nullptr;
        Uint8* octets = nullptr;
        Uint16* words = nullptr;
        Float32* floats = nullptr;
        if (element->getUint8Array(octets).good()) bytes = octets;
        if (bytes == nullptr && element->getUint16Array(words).good()) bytes = words;
        if (bytes == nullptr && element->getFloat32Array(floats).good()) bytes = floats;
        EXPECT_NE(bytes, nullptr) << tag.toString();
        if (bytes != nullptr) return {static_cast<const char*>(bytes), element->getLength()};
    }
    return {};
}

std::string report_of(DcmItem& data) {
    DcmElement* content = nullptr;
    std::ostringstream text;
    if (data.findAndGetElement(DCM_ContentSequence, content).good()) content->print(text);
    return text.str();
}

/// By SOP Instance UID.
std::map<std::string, Stored> objects_of(const std::vector<fs::path>& files) {
    std::map<std::string, Stored> all;
    for (const fs::path& file : files) {
        DcmFileFormat format;
        EXPECT_TRUE(format.loadFile(file.c_str()).good()) << file;
        DcmDataset& data = *format.getDataset();
        all[value_of(data, DCM_SOPInstanceUID)] = {value_of(data, DCM_SOPClassUID), pixels_of(data),
                                                   report_of(data)};
    }
    return all;
}

const std::vector<std::string> kAllOutputs{"warning",     "summary", "enhanced", "input_on_grid",
                                           "uncertainty", "flags",   "report",   "notice"};
constexpr int kSlices = 40;                             // 8 of 5 mm at 1 mm
constexpr int kExpected = 3 * kSlices + 1 + 3 + 2 + 1;  // pages, maps, flags and report, notice

/// One head at 64 mT, and one that says it is from a 3 T scanner.
void write_sources(const fs::path& folder) {
    const Volume head = fakes::head_phantom({32, 36, 8}, {2, 2, 5}, 20);
    fixtures::SeriesRecipe wrong;
    wrong.field_strength_t = 3;
    wrong.study_uid += ".7";
    wrong.series_uid += ".7";
    wrong.instance_uid_prefix += "7.";
    fixtures::write_files(folder / "a", {fixtures::enhanced_mr(head)});
    fixtures::write_files(folder / "b", {fixtures::enhanced_mr(head, wrong)});
}

std::map<std::string, int> counts_by_class(const std::map<std::string, Stored>& all) {
    std::map<std::string, int> counts;
    for (const auto& [uid, object] : all) ++counts[object.sop_class];
    return counts;
}

void expect_equal(const std::map<std::string, Stored>& stored,
                  const std::map<std::string, Stored>& written) {
    for (const auto& [uid, object] : written) {
        const auto found = stored.find(uid);
        ASSERT_NE(found, stored.end()) << uid << " of class " << object.sop_class;
        EXPECT_EQ(found->second.sop_class, object.sop_class);
        EXPECT_TRUE(found->second.pixels == object.pixels) << uid << " of " << object.sop_class;
        EXPECT_EQ(found->second.report, object.report) << uid;
        const bool is_report = object.sop_class == UID_Comprehensive3DSRStorage;
        EXPECT_EQ(object.pixels.empty(), is_report) << object.sop_class;
        EXPECT_EQ(object.report.empty(), !is_report) << object.sop_class;
        if (!is_report) continue;
        for (const char* words : {"iqt-ur", "Verdict: ", "Check of the input series", "Volume"})
            EXPECT_THAT(object.report, HasSubstr(words));
    }
    EXPECT_EQ(stored.size(), written.size());
}

TEST(AllOutputs, OfTheShippedNetworkAndANoticeAreStoredByOrthancAndReadBack) {
    if (!worker_has_networks()) GTEST_SKIP() << "iqt-worker was built without Torch";
    const fakes::TempFolder folder;
    const fs::path source = folder.path() / "source", out = folder.path() / "out";
    fs::create_directories(source / "a");
    fs::create_directories(source / "b");
    write_sources(source);
    Pacs pacs(folder.path() / "pacs", free_port());
    Node node({.folder = folder.path() / "node",
               .model = "iqt-ur",
               .outputs = kAllOutputs,
               .pacs_port = pacs.dicom_port(),
               .extra = {{"inference", {{"samples", 2}}}}});
    node.start();
    EXPECT_EQ(store({source.string()}, node.dicom_port()), 0);
    ASSERT_TRUE(node.settled(2, 240s)) << node.jobs().dump(1) << node.log();
    std::vector<std::string> states;
    for (const Json& job : node.jobs()) states.push_back(job.at("state"));
    EXPECT_THAT(states, testing::UnorderedElementsAre("delivered", "declined"));
    EXPECT_TRUE(eventually([&] { return pacs.count_instances() >= kExpected; }, 60s))
        << pacs.count_instances() << node.jobs().dump(1);
    EXPECT_EQ(node.stop(), 0);

    std::vector<fs::path> files;
    for (const fs::path& series : pacs.download_all(folder.path() / "got"))
        for (const fs::path& file : files_below(series)) files.push_back(file);
    EXPECT_EQ(dciodvfy_errors(files), std::vector<std::string>{});
    const auto stored = objects_of(files);
    EXPECT_THAT(
        counts_by_class(stored),
        testing::UnorderedElementsAre(testing::Pair(UID_MRImageStorage, 2 * kSlices),
                                      testing::Pair(UID_SecondaryCaptureImageStorage, kSlices + 2),
                                      testing::Pair(UID_ParametricMapStorage, 3),
                                      testing::Pair(UID_SegmentationStorage, 1),
                                      testing::Pair(UID_Comprehensive3DSRStorage, 1)));
    const Finished offline = run({program("iqt-node"), "enhance", source.string(), out.string(),
                                  "--config", node.config().string()},
                                 240s);
    EXPECT_EQ(offline.status, 3) << "one is declined: " << offline.err;
    expect_equal(stored, objects_of(files_below(out)));
}

}  // namespace
}  // namespace iqt::integration
