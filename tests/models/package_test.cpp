// SPDX-License-Identifier: Apache-2.0
#include "models/package.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/manifest.hpp"
#include "models/package_writer.hpp"
#include "models/safetensors.hpp"
#include "pipeline/grid/resample.hpp"
#include "tests/fakes/anatomy_phantom.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::models {
namespace {

namespace fs = std::filesystem;
using SortedJson = nlohmann::json;

std::string read_text(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

void write_text(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

SortedJson card() {
    return SortedJson::parse(R"({
        "schema": 1, "id": "iqt-ur-test", "version": "0.1.0", "architecture": "iqt_ur",
        "hyperparameters": {"filters": 48},
        "input": {"contrasts": ["T1", "FLAIR"], "in_plane_spacing_mm": [0.6, 2.2],
                  "slice_spacing_mm": [3, 7], "orientation": "any", "field_strength_t": [0.05, 0.1],
                  "age_y": [18, 90], "contrast_agent": false, "body_part": "BRAIN"},
        "output": {"spacing_mm": 1.0, "has_uncertainty": true},
        "sampling": {"method": "variational_dropout", "samples": 16},
        "decline": {}, "metrics": [],
        "training": {"statement": "Trained on nothing",
                     "data": [{"name": "a", "licence": "CC0", "attribution": "b"}]},
        "intended_use": "RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE", "limits": ["all"]})");
}

SortedJson calibration() {
    return {{"total_sd_threshold", 0.08},
            {"residual_threshold", 4.5},
            {"variance_scale", 1.3},
            {"tpr", 0.7},
            {"fpr", 0.1},
            {"n", 1000000}};
}

PackageParts parts_in(const fs::path& folder) {
    PackageParts parts{folder / "w.safetensors", folder / "card.json", folder / "calibration.json"};
    EXPECT_TRUE(write_safetensors(parts.weights, {{"a", {{3}, {1, 2, 3}}}}));
    write_text(parts.card, card().dump());
    write_text(parts.calibration, calibration().dump());
    return parts;
}

TEST(CubicPackage, LoadsFromTheSourceTree) {
    const auto package = load_package(fs::path(IQT_SOURCE_DIR) / "models/packages/cubic");
    ASSERT_TRUE(package) << to_string(package.error());
    EXPECT_EQ(package->info.id, "cubic");
    EXPECT_EQ(package->info.contrasts.size(), 3U);
    EXPECT_FALSE(package->info.has_uncertainty);
    EXPECT_EQ(package->info.residual_threshold, 5);
    EXPECT_EQ(package->info.digest.size(), 64U);
}

TEST(CubicPackage, EnhancesToTheRefinedGridAndSaysHow) {
    const auto package = load_package(fs::path(IQT_SOURCE_DIR) / "models/packages/cubic");
    ASSERT_TRUE(package);
    Volume source = fakes::anatomy_phantom({30, 30, 12});
    source.geometry.spacing_mm = {1.6, 1.6, 5};
    EnhanceRequest request;
    request.seed = 77;
    double last = -1;
    request.progress = [&](double share, std::string_view) { last = share; };
    const auto enhancer = make_cubic_enhancer(*package);
    const auto result = enhancer->enhance(source, request);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->mean.geometry, refine(source.geometry, 1.0));
    EXPECT_EQ(result->mean.voxels,
              grid::resample(source, refine(source.geometry, 1.0), grid::Kernel::Cubic).voxels);
    EXPECT_TRUE(result->total_sd.voxels.empty());
    EXPECT_EQ(result->provenance.model.digest, package->info.digest);
    EXPECT_EQ(result->provenance.seed, 77U);
    EXPECT_EQ(result->provenance.precision, "float32");
    EXPECT_EQ(last, 1);
}

TEST(CubicPackage, StopsWhenAsked) {
    const auto package = load_package(fs::path(IQT_SOURCE_DIR) / "models/packages/cubic");
    ASSERT_TRUE(package);
    std::stop_source stop;
    stop.request_stop();
    EnhanceRequest request;
    request.stop = stop.get_token();
    const auto result =
        make_cubic_enhancer(*package)->enhance(fakes::anatomy_phantom({8, 8, 8}), request);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Cancelled);
}

TEST(Package, IsWrittenLoadedAndAlwaysTheSameBytes) {
    const fakes::TempFolder folder;
    const PackageParts parts = parts_in(folder.path());
    const auto one = write_package(parts, folder.path() / "one");
    const auto two = write_package(parts, folder.path() / "two");
    ASSERT_TRUE(one) << to_string(one.error());
    ASSERT_TRUE(two);
    EXPECT_EQ(one->info.digest, two->info.digest);
    EXPECT_EQ(one->info.total_sd_threshold, 0.08);
    EXPECT_EQ(one->info.residual_threshold, 4.5);
    EXPECT_EQ(one->info.contrasts, (std::vector{Contrast::T1, Contrast::Flair}));
    EXPECT_EQ(one->info.age_y.min, 18);
    EXPECT_EQ(one->info.training_statement, "Trained on nothing");
}

TEST(Package, AContrastWithItsOwnCalibrationReplacesTheCommonOne) {
    SortedJson manifest = card();
    manifest["calibration"] = calibration();
    manifest["weights"] = {{"file", "w"}, {"sha256", std::string(64, 'a')}};
    manifest["calibration"]["by_contrast"]["FLAIR"] = {
        {"variance_scale", 2.5},
        {"total_sd_threshold", 0.2},
        {"intervals", {{"50", 0.4}, {"80", 1.1}, {"90", 1.7}, {"95", 2.4}}}};
    const auto read = read_manifest(manifest.dump());
    ASSERT_TRUE(read.problems.empty());
    const ModelInfo flair = read.manifest.info.calibrated_for(Contrast::Flair);
    EXPECT_EQ(flair.variance_scale, 2.5);
    EXPECT_EQ(flair.total_sd_threshold, 0.2);
    EXPECT_EQ(flair.interval_factors, (IntervalFactors{0.4, 1.1, 1.7, 2.4}));
    const ModelInfo t1 = read.manifest.info.calibrated_for(Contrast::T1);
    EXPECT_EQ(t1.variance_scale, 1.3);
    EXPECT_EQ(t1.total_sd_threshold, 0.08);
    EXPECT_EQ(t1.interval_factors, kNormalFactors);
}

TEST(Package, AnUnknownContrastOrANegativeScaleInACalibrationIsNamed) {
    SortedJson manifest = card();
    manifest["calibration"] = calibration();
    manifest["weights"] = {{"file", "w"}, {"sha256", std::string(64, 'a')}};
    manifest["calibration"]["by_contrast"] = {
        {"PD", SortedJson::object()}, {"T1", {{"variance_scale", -1}, {"total_sd_threshold", 1}}}};
    std::vector<std::string> pointers;
    for (const ManifestProblem& problem : read_manifest(manifest.dump()).problems)
        pointers.push_back(problem.pointer);
    EXPECT_EQ(pointers, (std::vector<std::string>{"/calibration/by_contrast/PD",
                                                  "/calibration/by_contrast/T1/variance_scale"}));
}

TEST(Package, OfANewRunHasItsNetworkAndNoFiguresOfAnother) {
    const fakes::TempFolder folder;
    PackageParts parts = parts_in(folder.path());
    parts.settings = folder.path() / "settings.json";
    parts.unmeasured = true;
    write_text(
        parts.settings,
        R"({"seed": 3, "network": {"filters": 16, "variance_layers": 2, "dropout": "var1"}})");
    const auto package = write_package(parts, folder.path() / "made");
    ASSERT_TRUE(package) << to_string(package.error());
    EXPECT_EQ(package->info.version, "0.1.0-unmeasured");
    const SortedJson made = SortedJson::parse(read_text(folder.path() / "made/model.json"));
    EXPECT_EQ(made["hyperparameters"]["filters"], 16);
    EXPECT_EQ(made["hyperparameters"]["variance_layers"], 2);
    EXPECT_EQ(made["hyperparameters"]["dropout"], "var1");
    EXPECT_TRUE(made["metrics"].empty());
    EXPECT_EQ(made["limits"].size(), 1U);
    write_text(parts.settings, R"({"seed": 3})");
    EXPECT_EQ(write_package(parts, folder.path() / "other").error().kind, ErrorKind::InvalidInput);
}

TEST(Package, AChangedByteOfTheWeightsIsCorrupt) {
    const fakes::TempFolder folder;
    const fs::path made = folder.path() / "made";
    ASSERT_TRUE(write_package(parts_in(folder.path()), made));
    std::string weights = read_text(made / "weights.safetensors");
    weights.back() = static_cast<char>(weights.back() ^ 1);
    write_text(made / "weights.safetensors", weights);
    const auto package = load_package(made);
    ASSERT_FALSE(package);
    EXPECT_EQ(package.error().kind, ErrorKind::Corrupt);
}

TEST(Package, AChangedManifestGivesAnotherDigest) {
    const fakes::TempFolder folder;
    const fs::path made = folder.path() / "made";
    const auto before = write_package(parts_in(folder.path()), made);
    ASSERT_TRUE(before);
    write_text(made / "model.json", read_text(made / "model.json") + " ");
    const auto after = load_package(made);
    ASSERT_TRUE(after);
    EXPECT_NE(before->info.digest, after->info.digest);
}

TEST(Package, AllProblemsOfAManifestAreReportedAtOnce) {
    SortedJson broken = card();
    broken["calibration"] = {{"residual_threshold", "high"}};
    broken["id"] = "../escape";
    broken["weights"] = {{"file", "../other"}, {"sha256", "abc"}};
    broken["input"]["contrasts"] = {"T1", "PD"};
    broken["input"]["age_y"] = {90, 18};
    broken["output"]["spacing_mm"] = 0;
    broken["training"]["data"] = SortedJson::array({SortedJson::object()});
    broken["intended_use"] = "Diagnosis";
    broken["surprise"] = 1;
    std::vector<std::string> pointers;
    for (const ManifestProblem& problem : read_manifest(broken.dump()).problems)
        pointers.push_back(problem.pointer);
    for (const char* expected :
         {"/id", "/weights/file", "/weights/sha256", "/input/contrasts", "/input/age_y",
          "/output/spacing_mm", "/calibration/residual_threshold",
          "/calibration/total_sd_threshold", "/training/data/0/name", "/training/data/0/licence",
          "/intended_use", "/surprise"})
        EXPECT_NE(std::find(pointers.begin(), pointers.end(), expected), pointers.end())
            << expected;
}

TEST(Package, EveryRequiredKeyIsMissedWhenItIsGone) {
    SortedJson whole = card();
    whole["calibration"] = calibration();
    whole["weights"] = {{"file", "w"}, {"sha256", std::string(64, 'a')}};
    ASSERT_TRUE(read_manifest(whole.dump()).problems.empty());
    for (const auto& [key, value] : whole.items()) {
        SortedJson without = whole;
        without.erase(key);
        EXPECT_FALSE(read_manifest(without.dump()).problems.empty()) << key;
        SortedJson wrong = whole;
        wrong[key] = nullptr;
        EXPECT_FALSE(read_manifest(wrong.dump()).problems.empty()) << key;
    }
    EXPECT_FALSE(read_manifest("[]").problems.empty());
    EXPECT_FALSE(read_manifest("").problems.empty());
}

TEST(Package, MayStateScannerSoftwareAndEvaluationData) {
    SortedJson whole = card();
    whole["calibration"] = calibration();
    whole["weights"] = {{"file", "w"}, {"sha256", std::string(64, 'a')}};
    EXPECT_TRUE(read_manifest(whole.dump()).manifest.info.software_versions.empty());
    whole["input"]["software_versions"] = {"8.7.1", "8.8.0"};
    whole["evaluation_data"] = {{{"name", "a"}, {"licence", "CC0"}, {"attribution", "b"}}};
    const ManifestReading good = read_manifest(whole.dump());
    EXPECT_TRUE(good.problems.empty());
    EXPECT_EQ(good.manifest.info.software_versions, (std::vector<std::string>{"8.7.1", "8.8.0"}));
    whole["input"]["software_versions"] = {"8.7.1", 8.8};
    whole["evaluation_data"][0].erase("licence");
    const auto problems = read_manifest(whole.dump()).problems;
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].pointer, "/input/software_versions");
    EXPECT_EQ(problems[1].pointer, "/evaluation_data/0/licence");
}

TEST(Package, BrokenOnesAreSentences) {
    const fakes::TempFolder folder;
    EXPECT_EQ(load_package(folder.path()).error().kind, ErrorKind::InvalidInput);
    const fs::path made = folder.path() / "made";
    ASSERT_TRUE(write_package(parts_in(folder.path()), made));
    SortedJson manifest = SortedJson::parse(read_text(made / "model.json"));
    manifest["architecture"] = "quantum";
    write_text(made / "model.json", manifest.dump());
    EXPECT_EQ(load_package(made).error().kind, ErrorKind::NotSupported);
    fs::remove(made / "weights.safetensors");
    manifest["architecture"] = "iqt_ur";
    write_text(made / "model.json", manifest.dump());
    const auto without = load_package(made);
    ASSERT_FALSE(without);
    EXPECT_NE(to_string(without.error()).find("weights.safetensors"), std::string::npos);
}

TEST(Package, AnUnusableCardLeavesNothingBehind) {
    const fakes::TempFolder folder;
    const PackageParts parts = parts_in(folder.path());
    SortedJson broken = card();
    broken.erase("limits");
    write_text(parts.card, broken.dump());
    const auto made = write_package(parts, folder.path() / "made");
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().what.find("/limits"), std::string::npos);
    EXPECT_FALSE(fs::exists(folder.path() / "made"));
}

TEST(PackageList, IsSortedAndKeepsBrokenOnesApart) {
    const fakes::TempFolder folder;
    ASSERT_TRUE(write_package(parts_in(folder.path()), folder.path() / "packages/b"));
    fs::copy(fs::path(IQT_SOURCE_DIR) / "models/packages/cubic", folder.path() / "packages/z",
             fs::copy_options::recursive);
    fs::create_directories(folder.path() / "packages/broken");
    const PackageList list = list_packages(folder.path() / "packages");
    ASSERT_EQ(list.packages.size(), 2U);
    EXPECT_EQ(list.packages[0].info.id, "cubic");
    EXPECT_EQ(list.packages[1].info.id, "iqt-ur-test");
    EXPECT_EQ(list.broken.size(), 1U);
    EXPECT_EQ(list_packages(folder.path() / "none").broken.size(), 1U);
    EXPECT_TRUE(find_package("cubic", folder.path() / "packages"));
    EXPECT_TRUE(find_package((folder.path() / "packages/b").string(), "/nowhere"));
    const auto unknown = find_package("other", folder.path() / "packages");
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().hint.find("cubic, iqt-ur-test"), std::string::npos);
}

}  // namespace
}  // namespace iqt::models
