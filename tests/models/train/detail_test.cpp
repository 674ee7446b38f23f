// SPDX-License-Identifier: Apache-2.0
#include "models/train/detail.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pipeline/grid/resample.hpp"
#include "tests/fakes/anatomy_phantom.hpp"
#include "tests/fakes/cubic_like_enhancer.hpp"

namespace iqt::models::train {
namespace {

/// A phantom, its simulation and cubic's image of it.
struct Subject {
    Subject() {
        result.name = "phantom_T1";
        result.white_matter = 1000;
        images.high_quality = fakes::anatomy_phantom({70, 80, 60});
        images.low_field = simulate(images.high_quality, images.how, 1).low_field;
        const Geometry grid = refine(images.low_field.geometry, 1.0);
        images.truth = grid::resample_free(images.high_quality, grid, grid::Kernel::Cubic);
        images.against = images.model = grid::resample(images.low_field, grid, grid::Kernel::Cubic);
        images.known = Mask(grid, 1);
    }
    SubjectResult result;
    SubjectImages images;
};

/// Measured once: it is the slow part.
const Detail& measured() {
    static const Detail kDetail = [] {
        const Subject s;
        return measure_detail(s.result, s.images, "model");
    }();
    return kDetail;
}

TEST(Detail, SplitsTheErrorOfTheBrainIntoInteriorAndExterior) {
    const Detail& d = measured();
    ASSERT_EQ(d.methods.size(), 6U);
    for (const MethodScores& m : d.methods) {
        EXPECT_GT(m.interior_rmse, 0) << m.name;
        // The phantom's folds and fluid are at the brain's border, its middle is plain.
        EXPECT_GT(m.exterior_rmse, m.interior_rmse) << m.name;
        const double whole = m.head.peak * std::pow(10, -m.brain_psnr_db / 20);
        EXPECT_GT(whole, m.interior_rmse) << m.name;
        EXPECT_LT(whole, m.exterior_rmse) << m.name;
    }
}

TEST(Detail, ReportsTheChallengeScoreOfEveryMethodInBothForms) {
    const Detail& d = measured();
    EXPECT_EQ(d.methods[2].name, "cubic");
    EXPECT_EQ(d.methods[2].challenge.score, d.methods[5].challenge.score);
    EXPECT_GT(d.methods[2].challenge.score, d.methods[0].challenge.score) << "nearest is worse";
    const std::string markdown = to_markdown({d});
    EXPECT_NE(markdown.find("| brain only | ULF-EnC score |"), std::string::npos);
    const auto json = nlohmann::json::parse(to_json(Evaluation{}, {d}));
    const auto& method = json["detail"][0]["methods"][2];
    EXPECT_EQ(method["ulf_enc"]["score"], d.methods[2].challenge.score);
    EXPECT_EQ(method["interior_rmse"], d.methods[2].interior_rmse);
}

TEST(Detail, StatesEachSubjectsGainOverTheStrongBaselineAndTheirMean) {
    Detail one = measured(), other = measured();
    ASSERT_EQ(one.methods[4].name, kStrongBaseline);
    one.methods[4].head.psnr_db = 20;
    one.methods[5].head.psnr_db = 21.5;
    other.subject = "other_T1";
    other.methods[4].head.psnr_db = 20;
    other.methods[5].head.psnr_db = 20.5;
    const auto gain = gain_over_strong(one);
    ASSERT_TRUE(gain);
    EXPECT_DOUBLE_EQ(gain->psnr_db, 1.5);
    EXPECT_DOUBLE_EQ(gain->ssim, one.methods[5].head.ssim - one.methods[4].head.ssim);
    const std::string markdown = to_markdown({one, other});
    for (const char* line :
         {"| phantom_T1 | +1.50 |", "| other_T1 | +0.50 |", "| mean of 2 | +1.00 |",
          "### All measures", "| phantom_T1 | cubic |", "| other_T1 | model | 20.50 |"})
        EXPECT_NE(markdown.find(line), std::string::npos) << line;
    const auto json = nlohmann::json::parse(to_json(Evaluation{}, {one}));
    EXPECT_EQ(json["detail"][0]["gain_over_strong"]["psnr_db"], 1.5);
    EXPECT_FALSE(gain_over_strong(Detail{}));
}

/// Shows the healthy head, whatever it is given.
class BlindEnhancer final : public Enhancer {
  public:
    explicit BlindEnhancer(Volume healthy) : healthy_(std::move(healthy)) {}
    const ModelInfo& info() const override { return info_; }
    Result<Enhancement> enhance(const Volume&, const EnhanceRequest&) override {
        Enhancement out;
        out.mean = healthy_;
        return out;
    }

  private:
    Volume healthy_;
    ModelInfo info_;
};

TEST(Detail, ALesionsOwnContrastIsWhatTheHealthyHeadDoesNotShowThere) {
    const Subject s;
    fakes::CubicLikeEnhancer cubic;
    BlindEnhancer blind(s.images.against);
    Detail d;
    ASSERT_TRUE(measure_lesions(s.result, s.images, cubic, blind, 1, d));
    double shown = 0;
    int plaques = 0;
    for (const LesionScores& l : d.lesions) {
        EXPECT_EQ(l.model.own, 0) << "a lesion that is not there has no contrast of its own";
        shown += std::abs(l.model.contrast);
        if (l.kind != LesionKind::Plaque || l.diameter_mm != 12 || l.n == 0) continue;
        ++plaques;
        EXPECT_GT(l.against.own / l.truth.own, 0.5);
        EXPECT_LT(l.against.own / l.truth.own, 1.2);
    }
    EXPECT_EQ(plaques, 1);
    EXPECT_GT(shown, 0) << "anatomy alone looks like contrast, which is why this is measured";
    EXPECT_NE(to_markdown({d}).find("| own: baseline | model |"), std::string::npos);
}

}  // namespace
}  // namespace iqt::models::train
