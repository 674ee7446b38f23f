// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/train/uncertainty_suite.hpp"

namespace iqt::models::train {
namespace {

Uncertainty example() {
    Uncertainty u;
    u.subject = "phantom_T1";
    u.samples = 16;
    u.head.map.n = 1234;
    u.head.map.auc = 0.81;
    u.head.map.recall_at_quarter = 0.45;
    u.head.perfect.recall_at_quarter = 0.5;
    u.head.map.ause = 0.2;
    u.head.map.ause_random = 0.5;
    u.head.map.coverage = {0.5, 0.8, 0.91, 0.95};
    u.regions.regions = 10;
    u.regions.points = {{9, 0.1, 7, 1}, {8, 0.2, 9, 4}};
    u.tampering.tampered = {{true, "3 SD", 8, 3, 5, 4, 5, 4, 0.5, 0.0}};
    u.tampering.losses = {{LesionKind::Cyst, 3, 5, {4, 1, 0, 0, 3, 1}}};
    u.tissues.truth_ml = {400, 600, 200};
    u.tissues.forecasts = {{"independent", {401, 601, 201}, {399, 601, 199}, {403, 602, 203}}};
    return u;
}

TEST(UncertaintyReport, SaysWhatWasMeasuredWithItsNumbers) {
    const std::string text = to_markdown(std::vector<Uncertainty>{example()});
    for (const char* part :
         {"| phantom_T1 | head | 1234 |", "0.810 (0.000)", "45.0 % (50.0 %; 90 %)",
          "0.200 (0.000; 0.500; 0.40)", "91.0 %", "| 70.0 % (10.0 %) |", "70 %, 1", "90 %, 4",
          "| 3 SD added | 8 | 5 | 3.0 | 4 |", "4 of 5", "0 of 0",
          "lost a cyst of 3 mm | 5 | 4 | 1 | 0 | 0 | 3 | 1 |", "400.0 | 0.0 | 399.0 to 403.0 |",
          "601.0 to 602.0, truth outside"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    EXPECT_EQ(to_markdown(std::vector<Uncertainty>{}), "");
}

TEST(UncertaintyReport, JoinsTheJsonReport) {
    const auto json = nlohmann::json::parse(with_uncertainty("{\"a\": 1}", {example()}));
    EXPECT_EQ(json["a"], 1);
    const auto& one = json["uncertainty"][0];
    EXPECT_EQ(one["head"]["map"]["n"], 1234);
    EXPECT_EQ(one["regions"]["map"]["points"].size(), 3U);  // the frozen threshold last
    EXPECT_EQ(one["tampering"]["losses"][0]["lost"]["unseen"], 3);
    EXPECT_EQ(one["tissues"]["forecasts"][0]["high_ml"][1], 602);
}

TEST(UncertaintyReport, DrawsThreeFigures) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "iqt_uncertainty_figures";
    ASSERT_TRUE(write_uncertainty_figures(folder, {example()}));
    for (const char* name : {"sparsification.png", "reliability.png", "regions.png"})
        EXPECT_GT(std::filesystem::file_size(folder / name), 1000U) << name;
    std::filesystem::remove_all(folder);
}

TEST(UncertaintyReport, OfAModelWithoutUncertaintyIsAnError) {
    class Plain final : public Enhancer {
      public:
        const ModelInfo& info() const override { return info_; }
        Result<Enhancement> enhance(const Volume&, const EnhanceRequest&) override {
            return Enhancement{};
        }

      private:
        ModelInfo info_;
    } plain;
    const auto found = measure_uncertainty({}, {}, plain, {});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::NotSupported);
}

}  // namespace
}  // namespace iqt::models::train
