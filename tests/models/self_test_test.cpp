// SPDX-License-Identifier: Apache-2.0
#include "models/self_test.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace iqt::models {
namespace {

// The cubic baseline with every voxel changed: a model that computes something else.
class Changed final : public Enhancer {
  public:
    explicit Changed(std::function<float(float, std::size_t)> change)
        : change_(std::move(change)) {}
    const ModelInfo& info() const override { return cubic_->info(); }
    Result<Enhancement> enhance(const Volume& source, const EnhanceRequest& request) override {
        auto result = cubic_->enhance(source, request);
        for (std::size_t n = 0; n < result->mean.voxels.size(); ++n)
            result->mean.voxels[n] = change_(result->mean.voxels[n], n);
        return result;
    }

  private:
    std::unique_ptr<Enhancer> cubic_ = make_cubic_enhancer({});
    std::function<float(float, std::size_t)> change_;
};

Package with_cubic_answer() {
    Package package;
    package.golden = *golden_answer(*make_cubic_enhancer({}));
    return package;
}

ErrorKind failure(const std::function<float(float, std::size_t)>& change) {
    Changed changed(change);
    const Status tested = self_test(changed, with_cubic_answer());
    EXPECT_FALSE(tested);
    return tested ? ErrorKind::Internal : tested.error().kind;
}

TEST(SelfTest, PassesForTheModelThatGaveTheAnswer) {
    const auto cubic = make_cubic_enhancer({});
    EXPECT_TRUE(self_test(*cubic, with_cubic_answer()));
    EXPECT_GT(with_cubic_answer().golden->mean.size(), 50U);
}

TEST(SelfTest, LeavesRoomForReducedPrecision) {
    Changed rounded([](float v, std::size_t n) { return v * (n % 2 == 0 ? 1.004F : 0.996F); });
    EXPECT_TRUE(self_test(rounded, with_cubic_answer()));
}

TEST(SelfTest, FailsForAModelThatAnswersOtherwise) {
    EXPECT_EQ(failure([](float v, std::size_t) { return v * 1.05F; }), ErrorKind::Corrupt);
    EXPECT_EQ(failure([](float v, std::size_t) { return v + 30; }), ErrorKind::Corrupt);
    EXPECT_EQ(failure([](float, std::size_t) { return std::numeric_limits<float>::quiet_NaN(); }),
              ErrorKind::Corrupt);
}

TEST(SelfTest, FailsWhereTheUncertaintyIsGone) {
    Package package = with_cubic_answer();
    package.golden->total_sd.assign(package.golden->mean.size(), 0.02);
    const auto cubic = make_cubic_enhancer({});
    EXPECT_EQ(self_test(*cubic, package).error().kind, ErrorKind::Corrupt);
}

TEST(SelfTest, PassesAPackageWithoutAStoredAnswer) {
    Changed changed([](float v, std::size_t) { return v * 2; });
    EXPECT_TRUE(self_test(changed, Package{}));
}

}  // namespace
}  // namespace iqt::models
