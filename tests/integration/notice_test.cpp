// SPDX-License-Identifier: Apache-2.0
// Series that are held for a person and one on which its worker dies: each gets a page in its
// study, made by a real worker and stored by Orthanc, and no job moves for it.
#include <csignal>
#include <string>
#include <utility>
#include <vector>

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
using testing::Pair;
using testing::UnorderedElementsAre;

/// What a stored notice says in its header.
struct Page {
    std::string sop_class, patient, study, description;
    std::vector<std::string> references;  ///< SOP Instance UIDs
};

std::string text_of(DcmItem& data, const DcmTagKey& tag) {
    OFString value;
    data.findAndGetOFString(tag, value);
    return value.c_str();
}

Page page_of(const fs::path& file) {
    DcmFileFormat format;
    EXPECT_TRUE(format.loadFile(file.c_str()).good()) << file;
    DcmDataset& data = *format.getDataset();
    Page page{text_of(data, DCM_SOPClassUID),
              text_of(data, DCM_PatientName),
              text_of(data, DCM_StudyInstanceUID),
              text_of(data, DCM_SeriesDescription),
              {}};
    DcmItem* item = nullptr;
    for (signed long n = 0;
         data.findAndGetSequenceItem(DCM_ReferencedImageSequence, item, n).good(); ++n)
        page.references.push_back(text_of(*item, DCM_ReferencedSOPInstanceUID));
    return page;
}

constexpr int kDeadSlices = 12;

struct NoticeScene {
    fakes::TempFolder folder;
    Pacs pacs{folder.path() / "pacs", free_port()};
    Node node{{.folder = folder.path() / "node",
               .model = "cubic",
               .outputs = {"enhanced", "warning", "notice"},
               .pacs_port = pacs.dicom_port(),
               .extra = {{"inference", {{"attempts_max", 1}, {"lease_s", 5}}}}}};

    void send(const std::string& name, const std::vector<std::string>& objects) {
        const fs::path in = folder.path() / name;
        fs::create_directories(in);
        fixtures::write_files(in, objects);
        EXPECT_EQ(store({in.string()}, node.dicom_port()), 0);
    }
    std::string state(int job) const {
        for (const Json& one : node.jobs())
            if (one.at("id") == job) return one.at("state").get<std::string>();
        return "";
    }
    bool is(int job, const std::string& wanted, std::chrono::seconds limit = 60s) const {
        return eventually([&] { return state(job) == wanted; }, limit);
    }
    bool arrived(int pages) const {
        return eventually([&] { return pacs.count_instances() == pages; }, 120s);
    }
    std::string deliveries(int job) const {
        std::string all;
        const Json shown = node.api("/api/v1/jobs/" + std::to_string(job));
        for (const Json& row : shown.at("deliveries"))
            all += row.at("output").get<std::string>() + " " + row.at("state").get<std::string>() +
                   ";";
        return all;
    }
    /// One series under two patients: both jobs are held before any worker could have one.
    void send_mix_up() {
        node.signal_worker(SIGSTOP);
        const Volume head = fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 20);
        fixtures::SeriesRecipe stranger;
        stranger.patient_name = "SOMEBODY^ELSE";
        send("first", {fixtures::enhanced_mr(head)});
        send("second",
             {fixtures::enhanced_mr(fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 21), stranger)});
        EXPECT_EQ(state(1), "held");
        EXPECT_EQ(state(2), "held");
        node.signal_worker(SIGCONT);
    }
    /// A series whose only attempt ends with its worker; whether it was seen at work before.
    bool send_what_kills_the_worker() {
        fixtures::SeriesRecipe recipe;
        recipe.series_uid += ".7";
        recipe.instance_uid_prefix += "7.";
        send("third", fixtures::classic_mr(
                          fakes::head_phantom({64, 72, kDeadSlices}, {2, 2, 5}, 20), recipe));
        if (!is(3, "running", 120s)) return false;
        node.signal_worker(SIGSTOP);
        const bool seen = state(3) == "running";
        node.kill_worker();
        return seen;
    }
};

TEST(Notice, OfHeldAndDeadSeriesIsStoredByThePacsAndMovesNoJob) {
    NoticeScene scene;
    scene.node.start();
    scene.send_mix_up();
    ASSERT_TRUE(scene.arrived(2)) << scene.node.jobs().dump(1) << scene.node.log();
    ASSERT_TRUE(scene.send_what_kills_the_worker()) << scene.state(3);
    ASSERT_TRUE(scene.is(3, "dead")) << scene.node.jobs().dump(1) << scene.node.log();
    ASSERT_TRUE(scene.arrived(3)) << scene.node.jobs().dump(1) << scene.node.log();
    for (const int job : {1, 2, 3}) {
        EXPECT_TRUE(eventually([&] { return scene.deliveries(job) == "notice accepted;"; }, 30s))
            << job << ": " << scene.deliveries(job);
        EXPECT_EQ(scene.state(job), job < 3 ? "held" : "dead");
    }
    EXPECT_EQ(scene.node.stop(), 0);

    std::vector<fs::path> files;
    for (const fs::path& series : scene.pacs.download_all(scene.folder.path() / "got"))
        for (const fs::path& file : files_below(series)) files.push_back(file);
    ASSERT_EQ(files.size(), 3U);
    EXPECT_EQ(dciodvfy_errors(files), std::vector<std::string>{});
    std::vector<std::pair<std::string, std::size_t>> told;  // of whom, over how many images
    for (const fs::path& file : files) {
        const Page page = page_of(file);
        EXPECT_EQ(page.sop_class, UID_SecondaryCaptureImageStorage);
        EXPECT_EQ(page.study, fixtures::SeriesRecipe().study_uid);
        EXPECT_EQ(page.description, "IQT RUO NOTICE T2 (AXI)");
        told.emplace_back(page.patient, page.references.size());
    }
    EXPECT_THAT(told, UnorderedElementsAre(Pair("IQTTEST^SYNTHETIC", 1U), Pair("SOMEBODY^ELSE", 1U),
                                           Pair("IQTTEST^SYNTHETIC", std::size_t{kDeadSlices})));
}

}  // namespace
}  // namespace iqt::integration
