// SPDX-License-Identifier: Apache-2.0
// Real scanners' objects against what expected.json says must become of them.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pipeline/stages/eligibility.hpp"
#include "tests/dicom/read/shared_data.hpp"

namespace iqt::dicom {
namespace {

using nlohmann::json;

json expected() {
    std::ifstream in(IQT_SOURCE_DIR "/tests/dicom/expected.json");
    return json::parse(in);
}

bool flag(const json& facts, const char* name) {
    return facts.value(name, false);
}

void expect_flags(const SeriesFacts& found, const json& wanted) {
    EXPECT_EQ(found.own_output, flag(wanted, "own_output"));
    EXPECT_EQ(found.derived, flag(wanted, "derived"));
    EXPECT_EQ(found.mosaic, flag(wanted, "mosaic"));
    EXPECT_EQ(found.localizer, flag(wanted, "localizer"));
    EXPECT_EQ(found.diffusion_or_map, flag(wanted, "diffusion_or_map"));
    EXPECT_EQ(found.mixed_orientation, flag(wanted, "mixed_orientation"));
    EXPECT_EQ(found.mixed_contrast, flag(wanted, "mixed_contrast"));
    EXPECT_EQ(found.mixed_size, flag(wanted, "mixed_size"));
    EXPECT_EQ(found.lossy, flag(wanted, "lossy"));
    EXPECT_EQ(found.contrast_agent, flag(wanted, "contrast_agent"));
    EXPECT_EQ(found.two_identities, flag(wanted, "two_identities"));
    const bool any = wanted.contains("irregular_spacing");
    EXPECT_TRUE(any || !found.irregular_spacing);
}

void expect_facts(const SeriesFacts& found, const json& wanted) {
    expect_flags(found, wanted);
    EXPECT_EQ(found.slice_count, wanted.value("slice_count", 0));
    EXPECT_EQ(found.duplicate_positions, wanted.value("duplicate_positions", 0));
    EXPECT_EQ(found.missing_slices, wanted.value("missing_slices", 0));
    EXPECT_EQ(found.body_part, wanted.value("body_part", ""));
    EXPECT_EQ(found.manufacturer, wanted.value("manufacturer", ""));
    EXPECT_EQ(found.software_versions, wanted.value("software_versions", ""));
    EXPECT_EQ(found.contrast ? to_string(*found.contrast) : "", wanted.value("contrast", ""));
    EXPECT_EQ(found.contrast_source, wanted.value("contrast_source", ""));
    EXPECT_EQ(found.field_strength_t.has_value(), wanted.contains("field_strength_t"));
    EXPECT_NEAR(found.field_strength_t.value_or(0), wanted.value("field_strength_t", 0.0), 5e-4);
    EXPECT_EQ(found.patient_age_y.has_value(), wanted.contains("age_y"));
    EXPECT_NEAR(found.patient_age_y.value_or(0), wanted.value("age_y", 0.0), 1e-9);
    const std::string undecodable = wanted.value("undecodable", "");
    EXPECT_EQ(found.undecodable.empty(), undecodable.empty());
    EXPECT_THAT(found.undecodable, testing::HasSubstr(undecodable));
}

void expect_volume(const SourceSeries& series, const json& wanted) {
    ASSERT_TRUE(series.volume);
    const Geometry& g = series.volume->geometry;
    EXPECT_EQ(g.size, wanted.at("size").get<decltype(g.size)>());
    const Vec3 spacing = wanted.at("spacing_mm").get<Vec3>();
    for (std::size_t axis = 0; axis < 3; ++axis)
        EXPECT_NEAR(g.spacing_mm[axis], spacing[axis], 1e-3 * spacing[axis]) << axis;
    EXPECT_GT(dot(cross(g.axes[0], g.axes[1]), g.axes[2]), 0.999999);
    if (!wanted.contains("origin_lps_mm")) return;
    const Vec3 origin = wanted.at("origin_lps_mm").get<Vec3>();
    for (std::size_t axis = 0; axis < 3; ++axis)
        EXPECT_NEAR(g.origin_lps_mm[axis], origin[axis], 1e-6) << axis;
}

TEST(Interoperability, EachFolderHasTheFactsAndReasonsWrittenDownBeforehand) {
    IQT_NEED_SHARED_DICOM(root);
    const json plan = expected();
    for (const json& folder : plan.at("folders")) {
        const std::string name = folder.at("folder");
        SCOPED_TRACE(name);
        const FolderScan scan = find_series(root / name);
        EXPECT_EQ(scan.unreadable.size(), folder.at("unreadable").get<std::size_t>());
        ASSERT_EQ(scan.series.size(), 1U);
        EXPECT_EQ(scan.series[0].files.size(), folder.at("objects").get<std::size_t>());
        const auto series = DicomSeriesReader().read(test::snapshot_of(scan.series[0].files));
        ASSERT_TRUE(series) << to_string(series.error());
        expect_facts(series->facts, folder.at("facts"));
        if (folder.contains("volume")) expect_volume(*series, folder.at("volume"));

        std::vector<std::string> declines;
        for (const auto& decline : stages::eligibility(series->facts, {}))
            declines.emplace_back(to_string(decline.kind));
        EXPECT_EQ(declines, folder.at("declines").get<std::vector<std::string>>());
        const std::string headline = declines.empty() ? "" : declines.front();
        EXPECT_EQ(headline,
                  folder.at("headline").is_null() ? "" : folder.at("headline").get<std::string>());
    }
}

TEST(Interoperability, EveryFolderOfTheDataIsInThePlan) {
    IQT_NEED_SHARED_DICOM(root);
    const json plan = expected();
    std::size_t objects = 0;
    for (const json& folder : plan.at("folders"))
        objects += folder.at("objects").get<std::size_t>();
    std::size_t found = 0;
    for (const SeriesFiles& series : find_series(root).series) found += series.files.size();
    EXPECT_EQ(found, objects);
}

TEST(Interoperability, EightTransferSyntaxesGiveIdenticalVoxelsAndJpeg2000IsNamed) {
    IQT_NEED_SHARED_DICOM(root);
    std::optional<SourceSeries> first;
    for (int number = 1; number <= 8; ++number) {
        const auto file = root / "transfer_syntaxes" / (std::to_string(number) + ".dcm");
        SCOPED_TRACE(file);
        auto series = DicomSeriesReader().read(test::snapshot_of({file}));
        ASSERT_TRUE(series) << to_string(series.error());
        EXPECT_EQ(series->facts.undecodable, "");
        ASSERT_TRUE(series->volume);
        EXPECT_EQ(series->volume->geometry.size, (std::array<int, 3>{384, 384, 1}));
        if (!first) {
            first = std::move(*series);
            continue;
        }
        EXPECT_EQ(series->volume->voxels, first->volume->voxels);
        EXPECT_EQ(series->volume->geometry, first->volume->geometry);
        EXPECT_EQ(series->instances[0].pixel_digest, first->instances[0].pixel_digest);
    }
    const auto [low, high] =
        std::minmax_element(first->volume->voxels.begin(), first->volume->voxels.end());
    EXPECT_EQ(*low, 0);
    EXPECT_GT(*high, 1000);
    const auto ninth =
        DicomSeriesReader().read(test::snapshot_of({root / "transfer_syntaxes" / "9.dcm"}));
    ASSERT_TRUE(ninth) << to_string(ninth.error());
    EXPECT_THAT(ninth->facts.undecodable, testing::HasSubstr("JPEG 2000 (lossless)"));
    EXPECT_TRUE(ninth->facts.mosaic);
    EXPECT_FALSE(ninth->volume);
    EXPECT_EQ(ninth->facts.manufacturer, "SIEMENS");
}

TEST(Interoperability, TwelveBitValuesIgnoreWhatStandsAboveThem) {
    IQT_NEED_SHARED_DICOM(root);
    const auto voxels = [&](const char* name) {
        const auto series =
            DicomSeriesReader().read(test::snapshot_of({root / "twelve_bit" / name}));
        return series && series->volume ? series->volume->voxels : std::vector<float>{};
    };
    const auto clean = voxels("12bitUnsigned.dcm");
    ASSERT_FALSE(clean.empty());
    const auto [low, high] = std::minmax_element(clean.begin(), clean.end());
    EXPECT_GE(*low, 0);
    EXPECT_LE(*high, 4095);
    const auto dirty = voxels("12bitUnsigned_0x0F0F.dcm");
    const auto negative = voxels("12bitSigned_0x0F0F.dcm");
    ASSERT_EQ(dirty.size(), clean.size());
    ASSERT_EQ(negative.size(), clean.size());
    for (const float value : dirty) ASSERT_TRUE(value >= 0 && value <= 4095) << value;
    for (const float value : negative) ASSERT_TRUE(value >= -2048 && value <= 2047) << value;
}

TEST(Interoperability, HyperfineFramesKeepTheirStoredValues) {
    IQT_NEED_SHARED_DICOM(root);
    const auto file = root / "hyperfine/anatomical/001/001.dcm";
    const auto series = DicomSeriesReader().read(test::snapshot_of({file}));
    ASSERT_TRUE(series && series->volume);
    // Explicit little endian without anything after the pixels: they are the end of the file.
    std::ifstream in(file, std::ios::binary);
    in.seekg(-static_cast<std::streamoff>(series->volume->voxels.size() * 2), std::ios::end);
    for (const float value : series->volume->voxels) {
        const int low = in.get(), high = in.get();
        ASSERT_EQ(value, static_cast<float>(low + 256 * high));
    }
    EXPECT_TRUE(series->facts.patient_age_y == std::nullopt);
}

}  // namespace
}  // namespace iqt::dicom
