// SPDX-License-Identifier: Apache-2.0
// All public interoperability data through `enhance` and through `serve`: each series enhanced, or declined
// with the reason that was written down in tests/dicom/expected.json beforehand.
#include <algorithm>
#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

Json expected() {
    return Json::parse(read_file(fs::path(IQT_SOURCE_DIR) / "tests" / "dicom" / "expected.json"));
}

// A word or two of each reason's sentence, by which the operator's text is recognised.
const std::map<std::string, std::string>& key_words() {
    static const std::map<std::string, std::string> words{
        {"own_output", "made by this product"},
        {"derived", "marked DERIVED"},
        {"mosaic", "mosaic"},
        {"localizer", "localizer"},
        {"diffusion_or_map", "diffusion"},
        {"body_part", "body part"},
        {"field_strength", "field strength"},
        {"mixed_orientation", "do not share one"},
        {"duplicate_position", "lie at a position"},
        {"missing_slice", "slices are"},
        {"too_few_slices", "at least 8"},
        {"unknown_contrast", "could not be recognised"},
        {"lossy", "with loss"},
        {"undecodable", "JPEG 2000"}};
    return words;
}

void expect_reasons(const std::vector<std::string>& found, const Json& folder) {
    const Json& wanted = folder.at("declines");
    ASSERT_EQ(found.size(), wanted.size()) << folder.at("folder") << Json(found).dump(1);
    for (std::size_t n = 0; n < found.size(); ++n)
        EXPECT_NE(found[n].find(key_words().at(wanted[n].get<std::string>())), std::string::npos)
            << folder.at("folder") << ": " << found[n] << " instead of " << wanted[n];
}

TEST(Corpus, EnhanceTreatsEachFolderAsWrittenDown) {
    const auto shared = shared_data();
    if (!shared) GTEST_SKIP() << "the shared data folder is not beside the checkout";
    const Json table = expected();
    for (const Json& folder : table.at("folders")) {
        const auto name = folder.at("folder").get<std::string>();
        SCOPED_TRACE(name);
        const fakes::TempFolder out;
        const Finished finished =
            run({program("iqt-node"), "enhance", (*shared / "dicom" / name).string(),
                 (out.path() / "out").string(), "--model", "cubic"}, 120s);
        if (folder.at("headline").is_null()) {
            const auto files = files_below(out.path() / "out");
            EXPECT_GT(files.size(), 10U) << finished.err;
            EXPECT_EQ(dciodvfy_errors(files), std::vector<std::string>{});
            continue;
        }
        EXPECT_EQ(finished.status, 3) << finished.err;
        for (const Json& reason : folder.at("declines"))
            EXPECT_NE(finished.err.find(key_words().at(reason.get<std::string>())),
                      std::string::npos)
                << reason << "\n" << finished.err;
    }
}

// The .dcm files of a folder that a sender would offer: JPEG 2000 is refused at negotiation.
std::vector<std::string> sendable(const fs::path& folder) {
    std::vector<std::string> inputs;
    for (const fs::path& file : files_below(folder))
        if (file.extension() == ".dcm" && file.filename() != "9.dcm")
            inputs.push_back(file.string());
    return inputs;
}

std::string series_uid(const std::string& file) {
    const std::string text = run({"dcmdump", "-q", "-s", "+P", "0020,000e", file}, 30s).out;
    const std::size_t from = text.find('[') + 1;
    return text.substr(from, text.find(']') - from);
}

bool node_accepts(const Node& node, const std::vector<std::string>& files) {
    std::vector<std::string> line{"dcmsend",   "-aet", "SCANNER", "-aec",
                                  "IQTNODE",   "-v",   "127.0.0.1",
                                  std::to_string(node.dicom_port())};
    line.insert(line.end(), files.begin(), files.end());
    const Finished sent = run(line, 120s, {"TCP_NODELAY=1"});
    return (sent.out + sent.err)
               .find("status SUCCESS  : " + std::to_string(files.size())) != std::string::npos;
}

void expect_job(const Json& jobs, const std::string& uid, const Json& folder) {
    const auto job = std::find_if(jobs.begin(), jobs.end(), [&](const Json& one) {
        return one.at("series_uid") == uid;
    });
    ASSERT_NE(job, jobs.end()) << folder.at("folder") << jobs.dump(1);
    if (folder.at("headline").is_null()) {
        EXPECT_EQ(job->at("state"), "delivered") << job->dump(1);
        return;
    }
    EXPECT_EQ(job->at("state"), "declined") << job->dump(1);
    Json wanted = folder;
    if (folder.at("folder") == "transfer_syntaxes") wanted["declines"].erase(5);  // 9.dcm stays out
    expect_reasons(job->at("reasons").get<std::vector<std::string>>(), wanted);
}

TEST(Corpus, ServeTreatsEachFolderAsWrittenDown) {
    const auto shared = shared_data();
    if (!shared) GTEST_SKIP() << "the shared data folder is not beside the checkout";
    const fakes::TempFolder folder;
    Node node({.folder = folder.path() / "node", .model = "cubic"});
    node.start();
    const Json table = expected();
    std::vector<std::pair<std::string, const Json*>> sent;
    for (const Json& one : table.at("folders")) {
        const auto name = one.at("folder").get<std::string>();
        SCOPED_TRACE(name);
        const auto files = sendable(*shared / "dicom" / name);
        const bool jpeg2000 = name.find("j2k") != std::string::npos;
        EXPECT_EQ(node_accepts(node, files), !jpeg2000);
        if (!jpeg2000) sent.emplace_back(series_uid(files.front()), &one);
    }
    ASSERT_TRUE(node.settled(sent.size(), 120s)) << node.jobs().dump(1) << node.log();
    const Json jobs = node.jobs();
    for (const auto& [uid, one] : sent) expect_job(jobs, uid, *one);
    EXPECT_EQ(node.stop(), 0);
}

}  // namespace
}  // namespace iqt::integration
