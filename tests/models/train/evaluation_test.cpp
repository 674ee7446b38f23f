// SPDX-License-Identifier: Apache-2.0
#include "models/train/evaluation.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/nifti.hpp"
#include "models/package.hpp"
#include "models/train/enhancers.hpp"
#include "models/train/subjects.hpp"
#include "pipeline/grid/forward_model.hpp"
#include "tests/fakes/anatomy_phantom.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Enhancer> cubic() {
    const auto package = load_package(fs::path(IQT_SOURCE_DIR) / "models/packages/cubic");
    EXPECT_TRUE(package);
    auto enhancer = make_enhancer(*package, {});
    EXPECT_TRUE(enhancer);
    return std::move(*enhancer);
}

/// A model that is worse than the baseline: it blurs what cubic interpolation gives.
class Blurred final : public Enhancer {
  public:
    explicit Blurred(std::unique_ptr<Enhancer> base) : base_(std::move(base)) {}
    const ModelInfo& info() const override { return base_->info(); }
    Result<Enhancement> enhance(const Volume& source, const EnhanceRequest& request) override {
        auto result = base_->enhance(source, request);
        if (result) result->mean = grid::blur(result->mean, {8, 8, 8});
        return result;
    }

  private:
    std::unique_ptr<Enhancer> base_;
};

TEST(Subjects, ContrastIsAWordOfTheName) {
    EXPECT_EQ(contrast_in_name("philips_T1_1mm.nii.gz"), Contrast::T1);
    EXPECT_EQ(contrast_in_name("/data/patient01_study1_T2W.nii.gz"), Contrast::T2);
    EXPECT_EQ(contrast_in_name("a-flair.nii"), Contrast::Flair);
    EXPECT_EQ(contrast_in_name("ch2.nii.gz"), std::nullopt);
    EXPECT_EQ(contrast_in_name("AT1B.nii.gz"), std::nullopt);
    EXPECT_EQ(contrast_in_name("T1_to_T2.nii.gz"), std::nullopt);
}

TEST(Subjects, FoldersGiveTheirVolumesInOrder) {
    const fakes::TempFolder folder;
    for (const char* name : {"b_T1.nii", "a_T2.nii.gz", "notes.txt"})
        std::ofstream(folder.path() / name) << "x";
    const auto files = find_volumes({folder.path()});
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 2U);
    EXPECT_EQ(files->front().filename(), "a_T2.nii.gz");
    EXPECT_FALSE(find_volumes({folder.path() / "none"}));
}

TEST(Evaluation, MeasuresBothModelsOnOneSimulation) {
    const fakes::TempFolder folder;
    const fs::path file = folder.path() / "phantom_T1_1mm.nii";
    ASSERT_TRUE(nifti::write(file, fakes::anatomy_phantom({110, 120, 80}), ""));
    const auto against = cubic();
    Blurred model(cubic());
    const auto one = evaluate_subject(file, *against, model, {}, nullptr);
    ASSERT_TRUE(one) << to_string(one.error());
    EXPECT_EQ(one->name, "phantom_T1_1mm");
    EXPECT_GT(one->against.psnr_db, one->model.psnr_db + 1);
    EXPECT_GT(one->against.ssim, one->model.ssim);
    EXPECT_EQ(one->against.voxels, one->model.voxels);
    EXPECT_NEAR(one->noise_sd, one->white_matter / 18, 1e-9);
    const auto two = evaluate_subject(file, *against, model, {}, nullptr);
    ASSERT_TRUE(two);
    const Evaluation first{against->info(), model.info(), {}, {*one}};
    const Evaluation second{against->info(), model.info(), {}, {*two}};
    EXPECT_EQ(to_json(first), to_json(second));
    const auto json = nlohmann::json::parse(to_json(first));
    EXPECT_EQ(json["subjects"][0]["name"], "phantom_T1_1mm");
    EXPECT_EQ(json["subjects"][0]["model"]["psnr_db"], one->model.psnr_db);
    EXPECT_NE(to_markdown(first).find("| phantom_T1_1mm | T1 |"), std::string::npos);
}

TEST(Evaluation, TheReportNamesTheWholeSimulation) {
    Evaluation e;
    e.options.snr = 12;
    e.options.simulation.recontrast = true;
    e.options.simulation.times.echo_ms = 90;
    e.options.simulation.artefacts.ghost = 0.04;
    e.options.simulation.artefacts.output_in_plane_mm = 0.8;
    e.options.simulation.in_plane_shift = {0.25, 0};
    const std::string markdown = to_markdown(e);
    for (const char* part : {"SNR 12", "--recontrast --recontrast-jitter 0.15", "--te 90",
                             "--ghost 0.04", "--output-in-plane-mm 0.8", "--in-plane-shift 0.25,0"})
        EXPECT_NE(markdown.find(part), std::string::npos) << part;
    const auto json = nlohmann::json::parse(to_json(e))["simulation"];
    EXPECT_EQ(json["snr"], 12);
    EXPECT_EQ(json["recontrast"], 1);
    EXPECT_EQ(json["recontrast_jitter"], 0.15);
    EXPECT_EQ(json["te"], 90);
    EXPECT_TRUE(json["ti"].is_null());
    EXPECT_EQ(json["ghost"], 0.04);
    EXPECT_EQ(json["mtf"], 1);
    EXPECT_EQ(json["motion_mm"], 0);
    EXPECT_EQ(json["in_plane_shift"], (std::vector<double>{0.25, 0}));
}

TEST(Evaluation, TheLastRowIsTheMeanOverSubjects) {
    Evaluation e;
    SubjectResult one, two;
    one.name = "a";
    one.against.psnr_db = 20;
    one.model.psnr_db = 21;
    one.model.ssim = 0.5;
    two.name = "b";
    two.against.psnr_db = 22;
    two.model.psnr_db = 25;
    two.model.ssim = 0.7;
    e.subjects = {one, two};
    EXPECT_NE(to_markdown(e).find("| mean of 2 | - | 21.00 | 23.00 | +2.00 | 0.0000 | 0.6000 |"),
              std::string::npos)
        << to_markdown(e);
    const auto json = nlohmann::json::parse(to_json(e));
    EXPECT_EQ(json["mean"]["model"]["psnr_db"], 23);
    EXPECT_FALSE(json.contains("mean_recontrasted"));
}

TEST(Evaluation, RecontrastIsAlsoJudgedAgainstATruthOfTheSameContrast) {
    const fakes::TempFolder folder;
    const fs::path file = folder.path() / "phantom_T1.nii";
    ASSERT_TRUE(nifti::write(file, fakes::anatomy_phantom({110, 120, 80}), ""));
    const auto a = cubic(), b = cubic();
    EvaluationOptions options;
    const auto plain = evaluate_subject(file, *a, *b, options, nullptr);
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->recontrasted);
    options.simulation.recontrast = true;
    const auto changed = evaluate_subject(file, *a, *b, options, nullptr);
    ASSERT_TRUE(changed);
    ASSERT_TRUE(changed->recontrasted);
    // Another contrast costs decibels that no acquisition took; without it cubic does as it did.
    EXPECT_LT(changed->model.psnr_db, plain->model.psnr_db - 1);
    EXPECT_GT(changed->recontrasted->model.psnr_db, changed->model.psnr_db + 1);
    EXPECT_NEAR(changed->recontrasted->model.psnr_db, plain->model.psnr_db, 1.5);
    const Evaluation e{a->info(), b->info(), options, {*changed}};
    EXPECT_NE(to_markdown(e).find("the same re-contrast"), std::string::npos);
    const auto json = nlohmann::json::parse(to_json(e));
    EXPECT_EQ(json["subjects"][0]["recontrasted"]["model"]["psnr_db"],
              changed->recontrasted->model.psnr_db);
    EXPECT_EQ(json["mean_recontrasted"]["model"]["psnr_db"], changed->recontrasted->model.psnr_db);
}

TEST(Evaluation, WithoutNoiseTheBaselineIsBetterThanWithIt) {
    const fakes::TempFolder folder;
    const fs::path file = folder.path() / "phantom_T1.nii";
    ASSERT_TRUE(nifti::write(file, fakes::anatomy_phantom({110, 120, 80}), ""));
    const auto a = cubic(), b = cubic();
    EvaluationOptions clean;
    clean.snr = 0;
    const auto noisy = evaluate_subject(file, *a, *b, {}, nullptr);
    const auto noiseless = evaluate_subject(file, *a, *b, clean, nullptr);
    ASSERT_TRUE(noisy && noiseless);
    EXPECT_GT(noiseless->model.psnr_db, noisy->model.psnr_db);
    EXPECT_GT(noiseless->model.ssim, noisy->model.ssim);
}

TEST(Evaluation, AnUnknownContrastIsAnError) {
    const auto a = cubic(), b = cubic();
    const auto result = evaluate_subject("/nowhere/ch2.nii.gz", *a, *b, {}, nullptr);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace iqt::models::train
