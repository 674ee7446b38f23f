// SPDX-License-Identifier: Apache-2.0
#include "models/train/trainer.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "models/nifti.hpp"
#include "models/safetensors.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A ball in a ball, brighter for another seed: enough of a head to train four steps on.
Volume ball(float inside) {
    Geometry g;
    g.size = {56, 56, 56};
    Volume out(g);
    for (int k = 0; k < 56; ++k)
        for (int j = 0; j < 56; ++j)
            for (int i = 0; i < 56; ++i) {
                const int r2 = (i - 28) * (i - 28) + (j - 28) * (j - 28) + (k - 28) * (k - 28);
                out.at(i, j, k) = r2 < 14 * 14 ? inside : r2 < 24 * 24 ? 0.8F : 0.0F;
            }
    return out;
}

class TrainerTest : public testing::Test {
  protected:
    void SetUp() override {
        const fs::path data = folder_.path() / "data";
        fs::create_directory(data);
        ASSERT_TRUE(nifti::write(data / "a_T1_1mm.nii.gz", ball(0.4F), "made up"));
        ASSERT_TRUE(nifti::write(data / "b_T2_1mm.nii.gz", ball(1.2F), "made up"));
        ASSERT_TRUE(nifti::write(data / "kept_FLAIR_1mm.nii.gz", ball(0.5F), "made up"));
    }

    TrainOptions options(const std::string& run) const {
        TrainOptions o;
        o.data = folder_.path() / "data";
        o.output = folder_.path() / run;
        o.steps = 6;
        o.spread_share = 1.0 / 3;  // four steps of the mean, two of the spread
        o.batch = 1;
        o.patch = 16;
        o.network.filters = 16;
        o.network.blocks = 1;
        o.network.variance_filters = 16;
        o.held_out = {"kept"};
        return o;
    }

    std::string weights(const std::string& run) const {
        return bytes_of(folder_.path() / run / "weights.safetensors");
    }

    fakes::TempFolder folder_;
};

TEST_F(TrainerTest, TheSameSeedMakesTheSameWeights) {
    for (const char* run : {"one", "two"}) {
        const auto done = train(options(run));
        ASSERT_TRUE(done) << to_string(done.error());
    }
    TrainOptions other = options("other");
    other.seed = 2;
    ASSERT_TRUE(train(other));
    EXPECT_FALSE(weights("one").empty());
    EXPECT_EQ(weights("one"), weights("two"));
    EXPECT_NE(weights("one"), weights("other"));
}

TEST_F(TrainerTest, ARunThatEndedEarlyGoesOnAsIfItHadNot) {
    ASSERT_TRUE(train(options("whole")));
    for (const std::int64_t end : {2, 5}) {  // in the first stage, in the second
        TrainOptions begun = options("resumed" + std::to_string(end));
        begun.stop = [end](std::int64_t step) { return step == end; };
        ASSERT_TRUE(train(begun));
        EXPECT_NE(weights(begun.output.filename().string()), weights("whole"));
        begun.stop = {};
        begun.resume = true;
        const auto done = train(begun);
        ASSERT_TRUE(done) << to_string(done.error());
        EXPECT_EQ(weights(begun.output.filename().string()), weights("whole")) << end;
    }
}

TEST_F(TrainerTest, TheSpreadCanBeFittedToAMeanThatStandsAlready) {
    TrainOptions mean = options("mean");
    mean.spread_share = 0;
    ASSERT_TRUE(train(mean));
    TrainOptions spread = options("spread");
    spread.spread_share = 1;
    spread.start = mean.output / "weights.safetensors";
    const auto done = train(spread);
    ASSERT_TRUE(done) << to_string(done.error());
    const auto before = read_safetensors(spread.start),
               after = read_safetensors(spread.output / "weights.safetensors");
    ASSERT_TRUE(before && after);
    for (const auto& [name, tensor] : *before) {
        const bool of_spread = name.starts_with("variance") || name.starts_with("log_alpha");
        EXPECT_EQ(tensor.values != after->at(name).values, of_spread) << name;
    }
}

TEST_F(TrainerTest, EveryKindOfNoiseLearnsFromTheData) {
    for (const nets::Dropout dropout : {nets::Dropout::VarII, nets::Dropout::VarI}) {
        TrainOptions o = options("noise-" + std::string(to_string(dropout)));
        o.network.dropout = dropout;
        o.network.sampled_blocks = 1;
        const auto done = train(o);
        ASSERT_TRUE(done) << to_string(done.error());
        const auto tensors = read_safetensors(o.output / "weights.safetensors");
        ASSERT_TRUE(tensors);
        for (const char* name :
             {"log_alpha_block0_first", "log_alpha_block0_second", "log_alpha1", "log_alpha2"}) {
            const auto& values = tensors->at(name).values;
            EXPECT_EQ(values.size(), dropout == nets::Dropout::VarI ? 16U * 16 * 27 : 16U);
            EXPECT_TRUE(std::ranges::any_of(values, [](float v) { return v != -5.0F; })) << name;
        }
    }
}

TEST_F(TrainerTest, ResumingWithOtherSettingsIsRefusedAndNamesThem) {
    TrainOptions o = options("run");
    o.stop = [](std::int64_t step) { return step == 1; };
    ASSERT_TRUE(train(o));
    o.resume = true;
    o.network.blocks = 2;
    const auto done = train(o);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::Mismatch);
    EXPECT_NE(to_string(done.error()).find("network"), std::string::npos);
}

TEST_F(TrainerTest, ResumingWhereNothingWasBegunIsNotFound) {
    TrainOptions o = options("nothing");
    o.resume = true;
    const auto done = train(o);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace iqt::models::train
