// SPDX-License-Identifier: Apache-2.0
// Series that look right by their header and are not: none may leave without a banner, or it is
// declined. Left and right exchanged cannot be seen in pixels and is not tested (ARCHITECTURE.md,
// D-014); nor is all of what else it names as not seen.
#include <algorithm>
#include <fstream>
#include <functional>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/nifti.hpp"
#include "models/train/input_qa_cases.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using models::train::QaCase;
using models::train::QaInput;

constexpr const char* kTemplates = "/usr/share/mricron/templates";
constexpr std::uint64_t kSeed = 1;

/// What `enhance` makes of a volume with the cubic baseline.
struct Answer {
    int status = -1;
    std::string said;
    std::vector<std::string> banners;  ///< of warnings.json
    std::string verdict;
};

Answer ask(const QaInput& input, const Json& config = Json::object()) {
    const fakes::TempFolder folder;
    const fs::path file = folder.path() / "input.nii.gz", out = folder.path() / "out";
    EXPECT_TRUE(models::nifti::write(file, input.volume, "test").has_value());
    std::vector<std::string> line{
        program("iqt-node"), "enhance", file.string(), out.string(),
        "--model",           "cubic",   "--contrast",  std::string(to_string(input.declared))};
    if (!config.empty()) {
        std::ofstream(folder.path() / "node.json") << config.dump();
        line.insert(line.end(), {"--config", (folder.path() / "node.json").string()});
    }
    const Finished finished = run(line, 240s);
    Answer answer{finished.status, finished.err, {}, {}};
    if (!fs::exists(out / "warnings.json")) return answer;
    const Json warnings = Json::parse(read_file(out / "warnings.json"));
    answer.banners = warnings.at("banners").get<std::vector<std::string>>();
    answer.verdict = warnings.at("input_check").at("verdict").get<std::string>();
    return answer;
}

void expect_flagged(const Answer& answer, const std::string& banner) {
    ASSERT_EQ(answer.status, 0) << answer.said;
    EXPECT_NE(answer.verdict, "enhance");
    EXPECT_THAT(answer.banners, testing::Contains(testing::StartsWith(banner)));
    for (const std::string& words : answer.banners)
        EXPECT_THAT(answer.said, testing::HasSubstr("WARNING: " + words));
}

std::optional<Volume> volume_of(const fs::path& file) {
    if (!fs::exists(file)) return std::nullopt;
    auto volume = models::nifti::read(file);
    EXPECT_TRUE(volume.has_value());
    return *std::move(volume);
}

constexpr const char* kHead = "ch2.nii.gz";      // Colin27, a whole head with a face
constexpr const char* kBrain = "ch2bet.nii.gz";  // the same without skull and face

/// Colin27, acquired as one of the trainer's cases.
std::optional<QaInput> colin(const QaCase& one, const char* file = kHead) {
    const auto head = volume_of(fs::path(kTemplates) / file);
    if (!head) return std::nullopt;
    const double white = models::white_matter_mean(*head, Contrast::T1);
    return models::train::make_qa_input(*head, Contrast::T1, white, one, kSeed);
}

/// One of models::train::wrong_cases and the banner that it gets.
struct WrongHead {
    const char *label, *name, *plane, *banner;
    const char* file = kHead;
};

class WrongHeads : public testing::TestWithParam<WrongHead> {};

TEST_P(WrongHeads, CarryTheirBanner) {
    const auto cases = models::train::wrong_cases();
    const auto found = std::find_if(cases.begin(), cases.end(), [](const QaCase& one) {
        return one.name == GetParam().name && one.plane == GetParam().plane;
    });
    ASSERT_NE(found, cases.end()) << "the trainer has no such case any more";
    const auto input = colin(*found, GetParam().file);
    if (!input) GTEST_SKIP() << "no Colin27: deploy/setup_dev.sh installs mricron-data";
    expect_flagged(ask(*input), GetParam().banner);
}

constexpr const char* kTooMuch = "MORE SIGNAL THAN 64 mT GIVES";
constexpr const char* kTurned = "ORIENTATION IN DOUBT";
INSTANTIATE_TEST_SUITE_P(
    Cases, WrongHeads,
    testing::Values(
        WrongHead{"Snr3", "SNR 3", "axial", "LOW SIGNAL"},
        WrongHead{"Signal3T", "3 T signal, 1.6 x 5 mm", "axial", kTooMuch},
        WrongHead{"SignalAndPixels3T", "3 T signal and pixels, 1 x 3 mm", "axial", kTooMuch},
        WrongHead{"MotionAxial", "motion 4 mm, 4 degrees a slice", "axial", "MOTION"},
        WrongHead{"MotionSagittal", "motion 4 mm, 4 degrees a slice", "sagittal", "MOTION"},
        WrongHead{"UpsideDownAxial", "upside down (slices reversed)", "axial", kTurned},
        WrongHead{"UpsideDownCoronal", "upside down (rows reversed)", "coronal", kTurned},
        WrongHead{"BackToFrontAxial", "back to front (rows reversed)", "axial", kTurned},
        WrongHead{"BackToFrontSagittal", "back to front (columns reversed)", "sagittal", kTurned},
        WrongHead{"BackToFrontCoronal", "back to front (slices reversed)", "coronal", kTurned},
        WrongHead{"TurnedOver", "turned over (slices and rows reversed)", "axial", kTurned},
        WrongHead{"UpsideDownAxialNoFace", "upside down (slices reversed)", "axial", kTurned,
                  kBrain},
        WrongHead{"BackToFrontAxialNoFace", "back to front (rows reversed)", "axial", kTurned,
                  kBrain},
        WrongHead{"BackToFrontCoronalNoFace", "back to front (slices reversed)", "coronal", kTurned,
                  kBrain},
        WrongHead{"TurnedOverNoFace", "turned over (slices and rows reversed)", "axial", kTurned,
                  kBrain},
        WrongHead{"Shuffled", "slices shuffled", "axial", "SLICE ORDER"}),
    [](const auto& one) { return std::string(one.param.label); });

class RightHeads : public testing::TestWithParam<const char*> {};

TEST_P(RightHeads, CarryOnlyWhatTheirHeaderLeavesOut) {
    const auto input = colin(models::train::good_cases().front(), GetParam());
    if (!input) GTEST_SKIP() << "no Colin27: deploy/setup_dev.sh installs mricron-data";
    const Answer answer = ask(*input);
    EXPECT_EQ(answer.status, 0) << answer.said;
    EXPECT_EQ(answer.verdict, "enhance");
    EXPECT_THAT(answer.banners,
                testing::ElementsAre("PATIENT AGE UNKNOWN", "SCANNER SOFTWARE VERSION UNKNOWN",
                                     "FIELD STRENGTH NOT STATED"));
}

INSTANTIATE_TEST_SUITE_P(Colin27, RightHeads, testing::Values(kHead, kBrain), [](const auto& one) {
    return std::string(one.param == std::string_view(kHead) ? "Head" : "Brain");
});

/// What is no human head at all, at the resolution and noise of a 64 mT series.
std::optional<QaInput> at_low_field(const fs::path& file, double slice_mm) {
    const auto object = volume_of(file);
    if (!object) return std::nullopt;
    models::SimulateOptions how;
    how.slice_mm = slice_mm;
    how.slice_axis = models::axis_along(object->geometry, 2);
    return QaInput{models::simulate(*object, how, kSeed).low_field, Contrast::T1};
}

TEST(NoHumanHead, AMacaqueCarriesABannerOrIsDeclinedAsTheRouteSays) {
    const auto input = at_low_field(fs::path(kTemplates) / "inia19-t1-brain.nii.gz", 3);
    if (!input) GTEST_SKIP() << "no macaque: deploy/setup_dev.sh installs mricron-data";
    expect_flagged(ask(*input), "SMALL FOR A HEAD");
    const Answer strict =
        ask(*input, {{"routes", {{{"name", "strict"}, {"input_quality", "decline"}}}}});
    EXPECT_EQ(strict.status, 3) << strict.said;
    EXPECT_THAT(strict.said, testing::HasSubstr("input_quality"));
    EXPECT_EQ(strict.verdict, "") << "nothing is written";
}

TEST(NoHumanHead, ACylinderCarriesABanner) {
    const auto shared = shared_data();
    if (!shared) GTEST_SKIP() << "the shared data folder is not beside the checkout";
    const auto input = at_low_field(*shared / "ood" / "cylinder_T1_2mm.nii.gz", 5);
    ASSERT_TRUE(input.has_value());
    expect_flagged(ask(*input), "SHAPE UNLIKE A HEAD");
}

TEST(NoHumanHead, FruitCarriesABanner) {
    const auto shared = shared_data();
    if (!shared) GTEST_SKIP() << "the shared data folder is not beside the checkout";
    const auto input = at_low_field(*shared / "ood" / "fruit_GE_SPGR.nii.gz", 5);
    ASSERT_TRUE(input.has_value());
    expect_flagged(ask(*input), "INTENSITIES UNUSUAL FOR T1");
}

}  // namespace
}  // namespace iqt::integration
