// SPDX-License-Identifier: Apache-2.0
#include "models/train/curve.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/temp_folder.hpp"

namespace iqt::models::train {
namespace {

Result<LearningCurve> curve_of(const std::string& text) {
    const fakes::TempFolder folder;
    std::ofstream(folder.path() / "log.jsonl") << text;
    return read_learning_curve(folder.path() / "log.jsonl", "a run");
}

TEST(LearningCurve, AveragesTheBlocksOfAContrast) {
    const auto curve = curve_of(
        "{\"step\":20,\"stage\":1,\"loss\":0.5,\"held_out\":{\"T1a\":{\"gain_db\":1.0},"
        "\"T1b\":{\"gain_db\":2.0},\"T2a\":{\"gain_db\":-1.5},\"FLAIRa\":{\"gain_db\":0.25}}}\n"
        "{\"step\":40,\"stage\":1,\"loss\":0.25}\n");
    ASSERT_TRUE(curve) << to_string(curve.error());
    ASSERT_EQ(curve->loss.size(), 2U);
    EXPECT_EQ(curve->loss[1].x, 40);
    EXPECT_EQ(curve->loss[1].y, 0.25);
    ASSERT_EQ(curve->gain_db[0].size(), 1U);
    EXPECT_EQ(curve->gain_db[0][0].x, 20);
    EXPECT_EQ(curve->gain_db[0][0].y, 1.5);
    EXPECT_EQ(curve->gain_db[1][0].y, -1.5);
    EXPECT_EQ(curve->gain_db[2][0].y, 0.25);
}

TEST(LearningCurve, LeavesOtherStagesOut) {
    const auto curve =
        curve_of("{\"step\":20,\"stage\":1,\"loss\":0.5}\n{\"step\":40,\"stage\":2,\"loss\":-3}\n");
    ASSERT_TRUE(curve);
    EXPECT_EQ(curve->loss.size(), 1U);
    EXPECT_EQ(curve_of("{\"step\":40,\"stage\":2,\"loss\":-3}\n").error().kind,
              ErrorKind::InvalidInput);
}

TEST(LearningCurve, ARunResumedFromAnOlderCheckpointReplacesWhatCameAfterIt) {
    const auto curve = curve_of(
        "{\"step\":20,\"stage\":1,\"loss\":5}\n{\"step\":40,\"stage\":1,\"loss\":4}\n"
        "{\"step\":60,\"stage\":1,\"loss\":3}\n{\"step\":40,\"stage\":1,\"loss\":2}\n");
    ASSERT_TRUE(curve);
    ASSERT_EQ(curve->loss.size(), 2U);
    EXPECT_EQ(curve->loss[1].x, 40);
    EXPECT_EQ(curve->loss[1].y, 2);
}

TEST(LearningCurve, ALineThatIsStillBeingWrittenIsLeftOutAndAWrongOneNamed) {
    const std::string good = "{\"step\":20,\"stage\":1,\"loss\":5}\n";
    const auto curve = curve_of(good + "{\"step\":40,\"sta");
    ASSERT_TRUE(curve) << to_string(curve.error());
    EXPECT_EQ(curve->loss.size(), 1U);
    const auto wrong = curve_of(good + "no JSON\n" + good);
    ASSERT_FALSE(wrong);
    EXPECT_NE(to_string(wrong.error()).find("log.jsonl:2"), std::string::npos);
    EXPECT_EQ(read_learning_curve("/nowhere/log.jsonl", "").error().kind, ErrorKind::NotFound);
}

TEST(LearningCurve, RunningMeanTakesWhatCameBefore) {
    const auto mean = running_mean({{1, 3}, {2, 5}, {3, 10}, {4, 0}}, 2);
    ASSERT_EQ(mean.size(), 4U);
    EXPECT_EQ(mean[0].y, 3);
    EXPECT_EQ(mean[1].y, 4);
    EXPECT_EQ(mean[2].y, 7.5);
    EXPECT_EQ(mean[3].y, 5);
    EXPECT_EQ(mean[3].x, 4);
}

TEST(LearningCurve, RunsDifferByStrokeAndContrastsByColour) {
    LearningCurve one, two;
    one.name = "one";
    two.name = "two";
    const auto plots = learning_plots({one, two});
    ASSERT_EQ(plots.size(), 2U);
    const auto& gain = plots[0].lines;
    ASSERT_EQ(gain.size(), 6U);
    EXPECT_EQ(gain[0].name, "T1, one");
    EXPECT_EQ(gain[5].name, "FLAIR, two");
    EXPECT_EQ(gain[0].color, gain[3].color);
    EXPECT_NE(gain[0].color, gain[1].color);
    EXPECT_NE(gain[0].stroke, gain[3].stroke);
    EXPECT_EQ(plots[1].lines.size(), 2U);
    EXPECT_EQ(learning_plots({one})[0].lines[0].name, "T1");
}

}  // namespace
}  // namespace iqt::models::train
