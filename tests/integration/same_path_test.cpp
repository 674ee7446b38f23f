// SPDX-License-Identifier: Apache-2.0
// `serve` and `enhance` are one path: equal pixel data and UIDs for the same series, again and
// again; what must change them, does.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/fakes/head_phantom.hpp"
#include "tests/fixtures/dicom_builder.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

void write_source(const fs::path& folder, const fixtures::SeriesRecipe& recipe = {}) {
    fs::create_directories(folder);
    fixtures::write_files(
        folder, {fixtures::enhanced_mr(fakes::head_phantom({40, 48, 12}, {2, 2, 5}, 20), recipe)});
}

// Short, so that a failed comparison stays readable.
std::string fingerprint(const std::string& pixels) {
    return std::to_string(pixels.size()) + ":" + std::to_string(std::hash<std::string>{}(pixels));
}

// SOP Instance UID -> fingerprint of the pixel bytes of the files of one folder, as dcmdump writes
// them.
void add_content(const std::vector<fs::path>& files, std::map<std::string, std::string>& all) {
    const fakes::TempFolder scratch;
    std::vector<std::string> names{"dcmdump", "-q", "+P", "0008,0018"};
    std::vector<std::string> pixels{"dcmdump", "-q", "+W", scratch.path().string()};
    for (const fs::path& file : files)
        for (auto* line : {&names, &pixels}) line->push_back(file.string());
    EXPECT_EQ(run(pixels, 120s).status, 0);
    std::istringstream lines(run(names, 120s).out);
    std::size_t at = 0;
    for (std::string text; std::getline(lines, text);) {
        const std::size_t from = text.find('[');
        if (text.find("(0008,0018)") == std::string::npos || from == std::string::npos) continue;
        ASSERT_LT(at, files.size());
        const std::string uid = text.substr(from + 1, text.find(']') - from - 1);
        const std::string bytes =
            read_file(scratch.path() / (files[at++].filename().string() + ".0.raw"));
        EXPECT_FALSE(bytes.empty()) << uid;
        all[uid] = fingerprint(bytes);
    }
    EXPECT_EQ(at, files.size());
}

std::map<std::string, std::string> content(const fs::path& folder) {
    std::map<fs::path, std::vector<fs::path>> folders;
    for (const fs::path& file : files_below(folder)) folders[file.parent_path()].push_back(file);
    std::map<std::string, std::string> all;
    for (const auto& [sub, files] : folders) add_content(files, all);
    return all;
}

std::map<std::string, std::string> enhanced(const fs::path& source, const std::string& model,
                                            const std::vector<std::string>& more = {}) {
    const fakes::TempFolder out;
    std::vector<std::string> line{program("iqt-node"),           "enhance", source.string(),
                                  (out.path() / "out").string(), "--model", model};
    line.insert(line.end(), more.begin(), more.end());
    const Finished finished = run(line, 120s);
    EXPECT_EQ(finished.status, 0) << finished.err;
    return content(out.path() / "out");
}

// The same pixels, each as often, whatever the UIDs say.
std::multiset<std::string> pixels(const std::map<std::string, std::string>& all) {
    std::multiset<std::string> values;
    for (const auto& [uid, print] : all) values.insert(print);
    return values;
}

std::set<std::string> uids(const std::map<std::string, std::string>& all) {
    std::set<std::string> keys;
    for (const auto& [uid, pixels] : all) keys.insert(uid);
    return keys;
}

// What `serve` sends for the same source.
std::map<std::string, std::string> served(const fs::path& source, const std::string& model,
                                          const Json& extra = Json::object()) {
    const fakes::TempFolder folder;
    Pacs pacs(folder.path() / "pacs", free_port());
    Node node({.folder = folder.path() / "node",
               .model = model,
               .pacs_port = pacs.dicom_port(),
               .extra = extra});
    node.start();
    EXPECT_EQ(store({source.string()}, node.dicom_port()), 0);
    EXPECT_TRUE(node.settled(1, 120s)) << node.log();
    EXPECT_EQ(node.jobs().at(0).at("state"), "delivered") << node.jobs().dump(1);
    EXPECT_EQ(node.stop(), 0);
    pacs.download_all(folder.path() / "got");
    return content(folder.path() / "got");
}

TEST(SamePath, ServeAndEnhanceGiveEqualPixelDataAndUids) {
    const fakes::TempFolder folder;
    write_source(folder.path() / "source");
    const auto offline = enhanced(folder.path() / "source", "cubic");
    ASSERT_EQ(offline.size(), 120U);
    EXPECT_EQ(served(folder.path() / "source", "cubic"), offline);
}

TEST(SamePath, TwoRunsAreEqualToTheByteOfTheirPixels) {
    const fakes::TempFolder folder;
    write_source(folder.path() / "source");
    EXPECT_EQ(enhanced(folder.path() / "source", "cubic"),
              enhanced(folder.path() / "source", "cubic"));
}

TEST(SamePath, ShippedNetworkGivesEqualPixelDataAndUidsAgainAndByServe) {
    if (!worker_has_networks()) GTEST_SKIP() << "iqt-worker was built without Torch";
    const fakes::TempFolder folder;
    const fs::path source = folder.path() / "source";
    fs::create_directories(source);
    fixtures::write_files(source,
                          {fixtures::enhanced_mr(fakes::head_phantom({32, 36, 8}, {2, 2, 5}, 20))});
    const auto offline = enhanced(source, "iqt-ur", {"--samples", "2"});
    ASSERT_EQ(offline.size(), 80U);
    EXPECT_EQ(enhanced(source, "iqt-ur", {"--samples", "2"}), offline);
    EXPECT_EQ(served(source, "iqt-ur", {{"inference", {{"samples", 2}}}}), offline);
    const auto baseline = enhanced(source, "cubic");
    for (const std::string& uid : uids(offline)) EXPECT_EQ(baseline.count(uid), 0U);
    EXPECT_NE(pixels(offline), pixels(baseline)) << "the network was not asked";
}

TEST(SamePath, CorrectedPatientNameGivesOtherUidsAndEqualPixels) {
    const fakes::TempFolder folder;
    write_source(folder.path() / "a");
    fixtures::SeriesRecipe corrected;
    corrected.patient_name = "IQTTEST^CORRECTED";
    write_source(folder.path() / "b", corrected);
    const auto a = enhanced(folder.path() / "a", "cubic"),
               b = enhanced(folder.path() / "b", "cubic");
    EXPECT_EQ(pixels(a), pixels(b));
    for (const std::string& uid : uids(b)) EXPECT_EQ(a.count(uid), 0U);
}

TEST(SamePath, AnotherModelDigestGivesOtherUids) {
    const fakes::TempFolder folder;
    write_source(folder.path() / "source");
    const fs::path models = folder.path() / "models";
    fs::create_directories(models);
    fs::copy(fs::path(IQT_SOURCE_DIR) / "models" / "packages" / "cubic", models / "cubic");
    const auto before = enhanced(folder.path() / "source", "cubic");
    std::string manifest = read_file(models / "cubic" / "model.json");
    manifest.insert(manifest.find('{') + 1, " ");  // another digest, the same meaning
    std::ofstream(models / "cubic" / "model.json") << manifest;
    ::setenv("IQT_MODELS_DIR", models.c_str(), 1);
    const auto after = enhanced(folder.path() / "source", "cubic");
    ::unsetenv("IQT_MODELS_DIR");
    ASSERT_EQ(before.size(), after.size());
    for (const std::string& uid : uids(after)) EXPECT_EQ(before.count(uid), 0U);
}

}  // namespace
}  // namespace iqt::integration
