// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/nifti.hpp"
#include "server/exit_code.hpp"
#include "server/worker/enhance.hpp"
#include "tests/fakes/head_phantom.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::server::worker {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// One volume through `enhance` with the cubic baseline.
struct NiftiRun {
    fakes::TempFolder folder;
    int status = kFailed;
    std::string said;  ///< on stderr
    nlohmann::json warnings;

    explicit NiftiRun(const Volume& volume) {
        EnhanceJob job;
        job.input = folder.path() / "head_T1.nii.gz";
        job.output = folder.path() / "out";
        job.overrides.model = "cubic";
        fs::create_directories(job.output);
        EXPECT_TRUE(models::nifti::write(job.input, volume, "made up").has_value());
        ModelShelf shelf(fs::path(IQT_SOURCE_DIR) / "models" / "packages", {});
        testing::internal::CaptureStderr();
        status = enhance_nifti(job, shelf);
        said = testing::internal::GetCapturedStderr();
        std::ifstream file(job.output / "warnings.json");
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        warnings = nlohmann::json::parse(text, nullptr, false);
    }
};

TEST(EnhanceNifti, WhatTheInputCheckFlagsIsSaidAndWrittenBesideTheImage) {
    const NiftiRun run(fakes::head_phantom({40, 48, 12}, {2, 2, 5}, 400));
    ASSERT_EQ(run.status, kDone) << run.said;
    EXPECT_TRUE(fs::exists(run.folder.path() / "out" / "enhanced.nii.gz"));
    ASSERT_TRUE(run.warnings.is_object()) << "no warnings.json";
    EXPECT_NE(run.warnings.at("input_check").at("verdict"), "enhance");
    ASSERT_FALSE(run.warnings.at("banners").empty());
    bool low_signal = false;
    for (const auto& banner : run.warnings.at("banners")) {
        const auto words = banner.get<std::string>();
        EXPECT_THAT(run.said, HasSubstr("head_T1.nii.gz: WARNING: " + words + "\n"));
        low_signal = low_signal || words.starts_with("LOW SIGNAL");
    }
    EXPECT_TRUE(low_signal) << run.warnings.dump(2);
    EXPECT_THAT(run.warnings.at("input_check").at("sentences").dump(),
                HasSubstr("signal-to-noise ratio"));
    EXPECT_THAT(run.warnings.at("input_check").at("figures").get<std::string>(),
                testing::StartsWith("Measured: SNR"));
    EXPECT_GT(run.warnings.at("volume_ml").at("assessed").get<double>(), 0);
}

TEST(EnhanceNifti, SaysNothingOfAnInputCheckThatDidNotRun) {
    Assessment found;
    found.banners = {"AGE UNKNOWN", "bytes \xff\xfe that are not text"};
    const auto read = nlohmann::json::parse(warnings_json(found));
    EXPECT_TRUE(read.at("input_check").is_null());
    EXPECT_EQ(read.at("banners").at(0), "AGE UNKNOWN");
    EXPECT_EQ(read.at("intended_use"), kIntendedUse);
    EXPECT_EQ(read.at("note"), kUnmarked);
}

}  // namespace
}  // namespace iqt::server::worker
