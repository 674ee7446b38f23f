// SPDX-License-Identifier: Apache-2.0
// All public interoperability data through `enhance` and through `serve`: each series enhanced, or
// declined with the reason that was written down in tests/dicom/expected.json beforehand.
#include <map>

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
                 (out.path() / "out").string(), "--model", "cubic"},
                120s);
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
                << reason << "\n"
                << finished.err;
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

bool node_accepts(const Node& node, const std::vector<std::string>& files) {
    std::vector<std::string> line{
        "dcmsend", "-aet", "SCANNER",   "-aec",
        "IQTNODE", "-v",   "127.0.0.1", std::to_string(node.dicom_port())};
    line.insert(line.end(), files.begin(), files.end());
    const Finished sent = run(line, 120s, {"TCP_NODELAY=1"});
    return (sent.out + sent.err).find("status SUCCESS  : " + std::to_string(files.size())) !=
           std::string::npos;
}

// The newest job of a node: what became of a folder once all its objects had arrived.
void expect_job(const Json& job, const Json& folder) {
    if (folder.at("headline").is_null()) {
        EXPECT_EQ(job.at("state"), "delivered") << job.dump(1);
        return;
    }
    EXPECT_EQ(job.at("state"), "declined") << job.dump(1);
    const auto headline = job.at("reasons")[0].get<std::string>();
    EXPECT_NE(headline.find(key_words().at(folder.at("headline").get<std::string>())),
              std::string::npos)
        << headline;
}

// Some folders hold one series in several encodings, so each gets a node of its own.
TEST(Corpus, ServeTreatsEachFolderAsWrittenDown) {
    const auto shared = shared_data();
    if (!shared) GTEST_SKIP() << "the shared data folder is not beside the checkout";
    const Json table = expected();
    for (const Json& one : table.at("folders")) {
        const auto name = one.at("folder").get<std::string>();
        SCOPED_TRACE(name);
        const fakes::TempFolder folder;
        Node node({.folder = folder.path() / "node", .model = "cubic"});
        node.start();
        const bool jpeg2000 = name.find("j2k") != std::string::npos;
        EXPECT_EQ(node_accepts(node, sendable(*shared / "dicom" / name)), !jpeg2000);
        if (!jpeg2000) {
            ASSERT_TRUE(node.settled(1, 60s)) << node.jobs().dump(1) << node.log();
            expect_job(node.jobs()[0], one);
        }
        EXPECT_EQ(node.stop(), 0);
    }
}

}  // namespace
}  // namespace iqt::integration
