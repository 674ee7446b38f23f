// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "models/metrics.hpp"
#include "models/nets/bf16_conv.hpp"
#include "models/nets/torch_enhancer.hpp"
#include "models/nets/weights.hpp"
#include "models/package_writer.hpp"
#include "models/self_test.hpp"
#include "models/simulate.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models::nets {
namespace {

namespace fs = std::filesystem;

/// A package with random weights in a folder of its own.
class EnhancerTest : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("iqt_enhancer_" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    Package make(const std::function<void(IqtUr&)>& change = [](IqtUr&) {}) {
        UrOptions options;
        options.filters = 8;
        options.blocks = 1;
        options.variance_filters = 4;
        torch::manual_seed(5);
        IqtUr network(options);
        {
            const torch::NoGradGuard no_grad;
            for (auto& item : network->named_parameters())
                if (item.key() == "out.weight") item.value().normal_(0, 0.05);
        }
        change(network);
        EXPECT_TRUE(save_weights(network, folder_ / "w.safetensors"));
        const nlohmann::json card = {
            {"schema", 1},
            {"id", "random"},
            {"version", "1"},
            {"architecture", "iqt_ur"},
            {"hyperparameters",
             {{"channels", 4},
              {"conditions", 6},
              {"filters", 8},
              {"blocks", 1},
              {"variance_filters", 4}}},
            {"input",
             {{"contrasts", {"T1", "T2", "FLAIR"}},
              {"in_plane_spacing_mm", {1.0, 2.0}},
              {"slice_spacing_mm", {3.0, 7.0}},
              {"orientation", "any"},
              {"field_strength_t", {0.05, 0.1}},
              {"age_y", {18, 90}}}},
            {"output", {{"spacing_mm", 1.0}, {"has_uncertainty", true}}},
            {"sampling", {{"method", "variational dropout"}}},
            {"decline", nlohmann::json::object()},
            {"training",
             {{"statement", "random"},
              {"data", {{{"name", "none"}, {"licence", "none"}, {"attribution", "none"}}}}}},
            {"metrics", nlohmann::json::array()},
            {"limits", {"random weights"}},
            {"intended_use", "RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE."}};
        const nlohmann::json calibration = {{"residual_threshold", 5.0},
                                            {"total_sd_threshold", 0.1},
                                            {"variance_scale", 4.0},
                                            {"tpr", 0.5},
                                            {"fpr", 0.1},
                                            {"n", 1}};
        std::ofstream(folder_ / "card.json") << card;
        std::ofstream(folder_ / "calibration.json") << calibration;
        auto package = write_package(
            {folder_ / "w.safetensors", folder_ / "card.json", folder_ / "calibration.json"},
            folder_ / "package");
        EXPECT_TRUE(package) << to_string(package.error());
        return *package;
    }

    static std::unique_ptr<Enhancer> open(const Package& package,
                                          const std::string& precision = "float32") {
        DeviceOptions options;
        options.device = "cpu";
        options.precision = precision;
        auto enhancer = make_torch_enhancer(package, options);
        EXPECT_TRUE(enhancer) << to_string(enhancer.error());
        return std::move(*enhancer);
    }

    static EnhanceRequest request(std::uint64_t seed, int samples = 3) {
        EnhanceRequest r;
        r.contrast = Contrast::T2;
        r.samples = samples;
        r.seed = seed;
        return r;
    }

    fs::path folder_;
};

/// Nested shells with fine ridges: structure that thick slices lose and anatomy-like edges.
Volume phantom(int edge) {
    Geometry g;
    g.size = {edge, edge, edge};
    Volume out(g);
    const double c = edge / 2.0;
    for (int k = 0; k < edge; ++k)
        for (int j = 0; j < edge; ++j)
            for (int i = 0; i < edge; ++i) {
                const double x = (i - c) / c, y = (j - c) / c, z = (k - c) / c;
                const double r = std::sqrt(x * x + y * y * 1.3 + z * z * 1.2),
                             angle = std::atan2(y, x) + 2 * z;
                const double fold = 0.06 * std::sin(9 * angle) * std::sin(7 * z);
                double value = 0;
                if (r < 0.92) value = 300;
                if (r < 0.86) value = 80;
                if (r < 0.80 + fold) value = 550;
                if (r < 0.68 + fold) value = 850;
                if (r < 0.22) value = 150;
                out.at(i, j, k) = static_cast<float>(value);
            }
    return out;
}

Volume scan(int slice_axis) {
    SimulateOptions how;
    how.white_matter = 850;
    Volume low = simulate(phantom(72), how, 7).low_field;
    if (slice_axis == 2) return low;
    return with_slices_along_k(low, slice_axis == 1 ? 0 : 1);  // turns the slices away from k
}

TEST_F(EnhancerTest, AnswersOnTheRefinedGridForEverySliceAxis) {
    const auto enhancer = open(make());
    for (const int axis : {0, 1, 2}) {
        const Volume source = scan(axis);
        EXPECT_EQ(source.geometry.slice_axis() == 2, axis == 2);
        const auto result = enhancer->enhance(source, request(1));
        ASSERT_TRUE(result);
        const Geometry expected = refine(source.geometry, 1.0);
        for (const Volume* v :
             {&result->mean, &result->total_sd, &result->intrinsic_sd, &result->parameter_sd}) {
            EXPECT_EQ(v->geometry, expected);
            EXPECT_EQ(v->voxels.size(), expected.voxel_count());
        }
    }
}

TEST_F(EnhancerTest, IsTheCubicImageExactlyWhenTheResidualIsZero) {
    const auto enhancer = open(make([](IqtUr& network) {
        const torch::NoGradGuard no_grad;
        for (auto& item : network->named_parameters())
            if (item.key().rfind("out.", 0) == 0) item.value().zero_();
    }));
    const Volume source = scan(2);
    const auto result = enhancer->enhance(source, request(1));
    ASSERT_TRUE(result);
    Volume cubic = grid::resample(source, refine(source.geometry, 1.0), grid::Kernel::Cubic);
    for (float& v : cubic.voxels)
        v = std::max(v, 0.0F);  // where cubic overshoots a magnitude image
    EXPECT_EQ(result->mean.voxels, cubic.voxels);
}

TEST_F(EnhancerTest, FollowsTheSourcesUnits) {
    const auto enhancer = open(make());
    Volume source = scan(2);
    const auto once = enhancer->enhance(source, request(1));
    for (float& v : source.voxels) v *= 4;
    const auto more = enhancer->enhance(source, request(1));
    ASSERT_TRUE(once && more);
    for (std::size_t n = 0; n < once->mean.voxels.size(); n += 997) {
        EXPECT_NEAR(more->mean.voxels[n], 4 * once->mean.voxels[n], 0.05);
        EXPECT_NEAR(more->total_sd.voxels[n], 4 * once->total_sd.voxels[n], 0.05);
    }
}

TEST_F(EnhancerTest, AddsTheTwoVariancesAndScalesTheIntrinsicOne) {
    const auto result = open(make())->enhance(scan(2), request(1));
    ASSERT_TRUE(result);
    for (std::size_t n = 0; n < result->mean.voxels.size(); n += 499) {
        const double a = result->intrinsic_sd.voxels[n], b = result->parameter_sd.voxels[n],
                     t = result->total_sd.voxels[n];
        EXPECT_GT(a, 0);
        EXPECT_NEAR(t, std::sqrt(a * a + b * b), 1e-3 * t);
    }
    EXPECT_EQ(result->provenance.precision, "float32");
    EXPECT_EQ(result->provenance.tiling, "whole");
    EXPECT_EQ(result->provenance.samples, 3);
}

TEST_F(EnhancerTest, UsesTheCalibrationOfTheContrastAtHand) {
    Package package = make();
    const Volume source = scan(2);
    const auto common = open(package)->enhance(source, request(1));
    package.info.by_contrast[Contrast::T2] = {4 * package.info.variance_scale, 0.3};
    package.info.by_contrast[Contrast::T1] = {9 * package.info.variance_scale, 0.4};
    const auto own = open(package)->enhance(source, request(1));
    ASSERT_TRUE(common && own);
    EXPECT_EQ(own->provenance.model.total_sd_threshold, 0.3);
    for (std::size_t n = 0; n < own->intrinsic_sd.voxels.size(); n += 499)
        EXPECT_NEAR(own->intrinsic_sd.voxels[n], 2 * common->intrinsic_sd.voxels[n],
                    1e-4 * own->intrinsic_sd.voxels[n]);
}

TEST_F(EnhancerTest, RepeatsItselfByteForByte) {
    const Package package = make();
    const Volume source = scan(2);
    const auto a = open(package)->enhance(source, request(1)),
               b = open(package)->enhance(source, request(1));
    const auto other = open(package)->enhance(source, request(2));
    ASSERT_TRUE(a && b && other);
    EXPECT_EQ(a->mean.voxels, b->mean.voxels);
    EXPECT_EQ(a->total_sd.voxels, b->total_sd.voxels);
    EXPECT_EQ(a->mean.voxels, other->mean.voxels);
    EXPECT_NE(a->parameter_sd.voxels, other->parameter_sd.voxels);
}

TEST_F(EnhancerTest, NamesWhatItCannotDo) {
    const Package package = make();
    DeviceOptions options;
    options.device = "tpu";
    EXPECT_EQ(make_torch_enhancer(package, options).error().kind, ErrorKind::Config);
    options.device = "cpu";
    options.precision = "float16";
    EXPECT_EQ(make_torch_enhancer(package, options).error().kind, ErrorKind::NotSupported);
    Package other = package;
    other.info.architecture = "unheard_of";
    EXPECT_EQ(make_torch_enhancer(other, {}).error().kind, ErrorKind::NotSupported);
}

TEST_F(EnhancerTest, StopsOnRequest) {
    std::stop_source stop;
    stop.request_stop();
    EnhanceRequest r = request(1);
    r.stop = stop.get_token();
    const auto result = open(make())->enhance(scan(2), r);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Cancelled);
}

TEST(ShippedModel, GivesAMagnitudeImageNoNegativeValues) {
    const auto package = load_package(fs::path(IQT_SOURCE_DIR) / "models" / "packages" / "iqt-ur");
    ASSERT_TRUE(package) << to_string(package.error());
    DeviceOptions options;
    options.device = "cpu";
    const auto enhancer = make_torch_enhancer(*package, options);
    ASSERT_TRUE(enhancer) << to_string(enhancer.error());
    EnhanceRequest request;
    request.samples = 1;
    Volume source = golden_input();
    for (float& v : source.voxels) v = std::max(v, 0.0F);
    const auto result = (*enhancer)->enhance(source, request);
    ASSERT_TRUE(result);
    EXPECT_GE(*std::ranges::min_element(result->mean.voxels), 0);
}

// Equal UIDs promise equal pixels, and UIDs hash the kind of device: arithmetic that rounds
// otherwise must not go by the same name.
TEST(ShippedModel, NamesTheArithmeticThatItsBytesDependOn) {
    const auto package = load_package(fs::path(IQT_SOURCE_DIR) / "models" / "packages" / "iqt-ur");
    ASSERT_TRUE(package) << to_string(package.error());
    const auto device_for = [&](const std::string& precision) {
        DeviceOptions options;
        options.device = "cpu";
        options.precision = precision;
        const auto enhancer = make_torch_enhancer(*package, options);
        EXPECT_TRUE(enhancer);
        EnhanceRequest request;
        request.samples = 1;
        return (*enhancer)->enhance(golden_input(), request)->provenance.device;
    };
    EXPECT_EQ(device_for("float32"), "cpu");
    EXPECT_EQ(device_for("bfloat16"), bf16::name_of(bf16::unit()));
}

TEST(ShippedModel, IsBetterThanCubicOnAPhantomItNeverSaw) {
    const fs::path folder = fs::path(IQT_SOURCE_DIR) / "models" / "packages" / "iqt-ur";
    const auto package = load_package(folder);
    ASSERT_TRUE(package) << to_string(package.error());
    DeviceOptions options;
    options.device = "cpu";
    const auto enhancer = make_torch_enhancer(*package, options);
    ASSERT_TRUE(enhancer) << to_string(enhancer.error());
    const Volume truth = phantom(96);
    SimulateOptions how;
    how.white_matter = 850;
    const Volume low = simulate(truth, how, 11).low_field;
    EnhanceRequest request;
    request.samples = 4;
    const auto result = (*enhancer)->enhance(low, request);
    ASSERT_TRUE(result);
    const Geometry grid = refine(low.geometry, 1.0);
    const Volume reference = grid::resample_free(truth, grid, grid::Kernel::Cubic);
    const Metrics cubic = compare(reference, grid::resample(low, grid, grid::Kernel::Cubic));
    const Metrics learned = compare(reference, result->mean);
    EXPECT_GT(learned.psnr_db, cubic.psnr_db + 0.2);
    EXPECT_GT(learned.ssim, cubic.ssim);
}

}  // namespace
}  // namespace iqt::models::nets
