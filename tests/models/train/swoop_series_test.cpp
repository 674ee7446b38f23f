// SPDX-License-Identifier: Apache-2.0
#include "dicom/swoop_series.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "dicom/instance_header.hpp"
#include "dicom/series_reader.hpp"
#include "models/simulate.hpp"
#include "tests/fakes/anatomy_phantom.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::dicom {
namespace {

/// A small thick-slice series as read on screen, cut across 0 x, 1 y, 2 z.
Volume low_field(int patient_direction) {
    const Volume head = fakes::anatomy_phantom({60, 70, 64});
    models::SimulateOptions how;
    how.slice_axis = models::axis_along(head.geometry, patient_direction);
    how.white_matter = 1000;
    return models::in_reading_order(models::simulate(head, how, 5).low_field);
}

SourceSeries read_back(const std::vector<std::string>& objects) {
    initialise();
    SeriesSnapshot snapshot;
    for (const std::string& bytes : objects) snapshot.objects.push_back({bytes, {}, bytes.size()});
    auto series = DicomSeriesReader().read(snapshot);
    EXPECT_TRUE(series) << to_string(series.error());
    return series ? std::move(*series) : SourceSeries{};
}

TEST(SwoopSeries, IsReadBackInThePatientWithItsContrast) {
    for (const SwoopForm form : {SwoopForm::Enhanced, SwoopForm::Classic})
        for (const Contrast contrast : {Contrast::T1, Contrast::T2, Contrast::Flair})
            for (const int direction : {0, 1, 2}) {
                const Volume volume = low_field(direction);
                const auto objects = make_swoop_series(volume, {contrast, form, 1});
                ASSERT_TRUE(objects) << to_string(objects.error());
                EXPECT_EQ(objects->size(), form == SwoopForm::Enhanced
                                               ? 1U
                                               : static_cast<std::size_t>(volume.geometry.size[2]));
                const SourceSeries series = read_back(*objects);
                ASSERT_TRUE(series.volume);
                EXPECT_EQ(series.facts.contrast, contrast);
                ASSERT_TRUE(series.facts.field_strength_t);
                EXPECT_NEAR(*series.facts.field_strength_t, 0.064, 1e-6);
                EXPECT_FALSE(series.facts.derived);
                EXPECT_EQ(series.volume->geometry.size, volume.geometry.size);
                for (std::size_t c = 0; c < 3; ++c) {
                    EXPECT_NEAR(series.volume->geometry.origin_lps_mm[c],
                                volume.geometry.origin_lps_mm[c], 1e-6);
                    EXPECT_NEAR(series.volume->geometry.spacing_mm[c],
                                volume.geometry.spacing_mm[c], 1e-6);
                }
                double factor = 0, worst = 0;
                for (std::size_t v = 0; v < volume.voxels.size(); ++v)
                    if (volume.voxels[v] > 900)
                        factor = static_cast<double>(series.volume->voxels[v] / volume.voxels[v]);
                for (std::size_t v = 0; v < volume.voxels.size(); ++v)
                    worst =
                        std::max(worst, std::abs(static_cast<double>(series.volume->voxels[v]) -
                                                 factor * static_cast<double>(volume.voxels[v])));
                EXPECT_GT(factor, 1);
                EXPECT_LT(worst, 1.6);  // rounding, and the factor is only known to one voxel
            }
}

TEST(SwoopSeries, UidsFollowSeedPixelsAndForm) {
    const Volume volume = low_field(2);
    const auto uids = [](const Volume& v, const SwoopOptions& options) {
        const auto objects = make_swoop_series(v, options);
        EXPECT_TRUE(objects);
        const auto facts = read_instance_facts(std::string_view(objects->front()));
        EXPECT_TRUE(facts);
        return std::vector{facts->study_uid, facts->series_uid, facts->sop_instance_uid};
    };
    const auto first = uids(volume, {Contrast::T1, SwoopForm::Enhanced, 1});
    EXPECT_EQ(first, uids(volume, {Contrast::T1, SwoopForm::Enhanced, 1}));
    const auto other_contrast = uids(volume, {Contrast::T2, SwoopForm::Enhanced, 1});
    EXPECT_EQ(first[0], other_contrast[0]);  // one study
    EXPECT_NE(first[1], other_contrast[1]);
    EXPECT_NE(first[0], uids(volume, {Contrast::T1, SwoopForm::Enhanced, 2})[0]);
    Volume changed = volume;
    changed.voxels[4000] += 100;
    EXPECT_NE(first[2], uids(changed, {Contrast::T1, SwoopForm::Enhanced, 1})[2]);
    EXPECT_NE(first[2], uids(volume, {Contrast::T1, SwoopForm::Classic, 1})[2]);
}

TEST(SwoopSeries, EqualInputGivesEqualBytes) {
    const Volume volume = low_field(2);
    EXPECT_EQ(*make_swoop_series(volume, {}), *make_swoop_series(volume, {}));
}

TEST(SwoopSeries, LeftHandedAndEmptyVolumesAreRefused) {
    Volume volume = low_field(2);
    for (double& c : volume.geometry.axes[2]) c = -c;
    EXPECT_EQ(make_swoop_series(volume, {}).error().kind, ErrorKind::InvalidInput);
    EXPECT_EQ(make_swoop_series(Volume(), {}).error().kind, ErrorKind::InvalidInput);
}

/// Lines of dciodvfy that begin with "Error".
std::string errors_of(const std::filesystem::path& file) {
    const std::string command = "dciodvfy '" + file.string() + "' 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::string errors;
    char line[4096];
    while (pipe != nullptr && std::fgets(line, sizeof line, pipe) != nullptr)
        if (std::string_view(line).rfind("Error", 0) == 0) errors += line;
    if (pipe != nullptr) ::pclose(pipe);
    return errors;
}

TEST(SwoopSeries, TheValidatorFindsNoErrors) {
    if (std::system("command -v dciodvfy >/dev/null 2>&1") != 0)
        GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
    const fakes::TempFolder folder;
    for (const SwoopForm form : {SwoopForm::Enhanced, SwoopForm::Classic})
        for (const Contrast contrast : {Contrast::T1, Contrast::T2, Contrast::Flair}) {
            const auto objects = make_swoop_series(low_field(2), {contrast, form, 1});
            ASSERT_TRUE(objects);
            const auto file = folder.path() / "a.dcm";
            std::ofstream(file, std::ios::binary) << objects->back();
            EXPECT_EQ(errors_of(file), "") << to_string(contrast);
        }
}

}  // namespace
}  // namespace iqt::dicom
