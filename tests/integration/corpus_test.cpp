// SPDX-License-Identifier: Apache-2.0
// All public interoperability data through `enhance` and through `serve`: each series enhanced, or declined
// with the reason that was written down in tests/dicom/expected.json beforehand.
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

TEST(Corpus, ServeTreatsEachFolderAsWrittenDown) {
    const auto shared = shared_data();
    if (!shared) GTEST_SKIP() << "the shared data folder is not beside the checkout";
    const fakes::TempFolder folder;
    Node node({.folder = folder.path() / "node", .model = "cubic"});
    node.start();
    const Json table = expected();
    std::size_t jobs = 0;
    for (const Json& one : table.at("folders")) {
        // JPEG 2000 is refused at negotiation; storescu ends such a file with an error of its own.
        const auto name = one.at("folder").get<std::string>();
        SCOPED_TRACE(name);
        const bool jpeg2000 = name.find("j2k") != std::string::npos;
        std::vector<std::string> inputs;
        for (const fs::path& file : files_below(*shared / "dicom" / name))
            if (file.extension() == ".dcm" && file.filename() != "9.dcm")
                inputs.push_back(file.string());
        int failed = 0;
        for (const std::string& input : inputs) {
            const Finished sent =
                run({"dcmsend", "-aet", "SCANNER", "-aec", "IQTNODE", "-v", "127.0.0.1",
                     std::to_string(node.dicom_port()), input}, 60s, {"TCP_NODELAY=1"});
            const bool accepted = sent.out.find("with status SUCCESS  : 1") != std::string::npos ||
                                  (sent.out + sent.err).find("SUCCESS") != std::string::npos;
            if (!accepted) ++failed;
        }
        EXPECT_EQ(failed, jpeg2000 ? static_cast<int>(inputs.size()) : 0);
        if (!jpeg2000) ++jobs;
    }
    ASSERT_TRUE(node.settled(jobs, 120s)) << node.jobs().dump(1) << node.log();
    for (const Json& one : table.at("folders")) {
        const auto name = one.at("folder").get<std::string>();
        if (name.find("j2k") != std::string::npos) continue;
        SCOPED_TRACE(name);
        const Json* job = nullptr;
        const Json list = node.jobs();
        const std::string uid = one.value("series_uid", "");
        for (const Json& candidate : list)
            if (candidate.at("series_uid") == uid) job = &candidate;
        ASSERT_NE(job, nullptr) << uid << list.dump(1);
        EXPECT_EQ(job->at("state"), one.at("headline").is_null() ? "delivered" : "declined");
    }
    EXPECT_EQ(node.stop(), 0);
}

}  // namespace
}  // namespace iqt::integration
