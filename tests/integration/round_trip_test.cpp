// SPDX-License-Identifier: Apache-2.0
// Orthanc -> node -> Orthanc with a completed real Hyperfine header in three orientations, judged
// by programs that are not ours: dciodvfy, dcentvfy and dcm2niix.
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "models/nifti.hpp"
#include "models/simulate.hpp"
#include "tests/integration/hyperfine_source.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr Vec3 kMarkerFromCentreMm{55, -10, 15};  // towards the patient's left

// A bright ball off centre on the patient's left, so that a flip cannot go unseen.
void add_left_marker(Volume& volume, float value) {
    const Geometry& g = volume.geometry;
    const Vec3 centre = g.point_lps_mm(g.size[0] / 2.0, g.size[1] / 2.0, g.size[2] / 2.0);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                Vec3 d = g.point_lps_mm(i, j, k);
                for (std::size_t c = 0; c < 3; ++c) d[c] -= centre[c] + kMarkerFromCentreMm[c];
                if (norm(d) < 8) volume.at(i, j, k) = value;
            }
}

constexpr int kFrames = 36;
constexpr double kSlice_mm = 5;

// Cut, or continued with nothing, on both sides of one axis until kFrames slices fill it exactly.
Volume as_long_as_the_slices(const Volume& volume, int axis) {
    const auto a = static_cast<std::size_t>(axis);
    Geometry g = volume.geometry;
    const int size = static_cast<int>(std::lround(kFrames * kSlice_mm / g.spacing_mm[a]));
    EXPECT_NEAR(size * g.spacing_mm[a], kFrames * kSlice_mm, 1e-3);
    std::array<int, 3> from{};
    from[a] = (g.size[a] - size) / 2;  // below zero: before the first voxel
    g.origin_lps_mm = volume.geometry.point_lps_mm(from[0], from[1], from[2]);
    g.size[a] = size;
    Volume fitted(g);
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i) {
                const std::array<int, 3> at{i + from[0], j + from[1], k + from[2]};
                if (at[a] < 0 || at[a] >= volume.geometry.size[a]) continue;
                fitted.at(i, j, k) = volume.at(at[0], at[1], at[2]);
            }
    return fitted;
}

float nearest(const Volume& volume, const Vec3& point) {
    const Vec3 index = volume.geometry.index(point);
    std::array<int, 3> at{};
    for (std::size_t c = 0; c < 3; ++c) {
        at[c] = static_cast<int>(std::lround(index[c]));
        if (at[c] < 0 || at[c] >= volume.geometry.size[c]) return -1;
    }
    return volume.at(at[0], at[1], at[2]);
}

enum class Mirror { No, LeftRight };

// Pearson correlation of `image` with `truth` at equal patient positions (or mirrored ones).
double correlation(const Volume& image, const Volume& truth, Mirror mirror) {
    const Geometry& g = image.geometry;
    const double middle =
        g.point_lps_mm((g.size[0] - 1) / 2.0, (g.size[1] - 1) / 2.0, (g.size[2] - 1) / 2.0)[0];
    double n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    for (int k = 0; k < g.size[2]; k += 2)
        for (int j = 0; j < g.size[1]; j += 2)
            for (int i = 0; i < g.size[0]; i += 2) {
                Vec3 point = g.point_lps_mm(i, j, k);
                if (mirror == Mirror::LeftRight) point[0] = 2 * middle - point[0];
                const double y = nearest(truth, point), x = image.at(i, j, k);
                if (y <= 0) continue;
                n += 1, a += x, b += y, aa += x * x, bb += y * y, ab += x * y;
            }
    return (n * ab - a * b) / std::sqrt((n * aa - a * a) * (n * bb - b * b));
}

// Outer edges of a volume as the eight corners' bounding box; axes may be permuted or reversed.
std::array<Vec3, 2> edges(const Geometry& g) {
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    for (const double i : {-0.5, g.size[0] - 0.5})
        for (const double j : {-0.5, g.size[1] - 0.5})
            for (const double k : {-0.5, g.size[2] - 0.5}) {
                const Vec3 p = g.point_lps_mm(i, j, k);
                for (std::size_t c = 0; c < 3; ++c) {
                    low[c] = std::min(low[c], p[c]);
                    high[c] = std::max(high[c], p[c]);
                }
            }
    return {low, high};
}

Volume through_dcm2niix(const fs::path& series, const fs::path& out) {
    fs::create_directories(out);
    const Finished finished = run(
        {"dcm2niix", "-b", "n", "-z", "n", "-f", "v", "-o", out.string(), series.string()}, 120s);
    for (const fs::path& file : files_below(out))
        if (file.extension() == ".nii") {
            auto volume = models::nifti::read(file);
            EXPECT_TRUE(volume.has_value()) << to_string(volume.error());
            return *std::move(volume);
        }
    ADD_FAILURE() << "dcm2niix made no volume: " << finished.out << finished.err;
    return {};
}

struct Plane {
    const char* name;
    int patient_direction;  // 0: slices along left-right, 1: anterior-posterior, 2: axial
};

class RoundTrip : public testing::TestWithParam<Plane> {};

// The validation FLAIR with its marker, 36 slices long, as a completed Hyperfine series in one
// orientation.
struct Source {
    Volume truth;
    std::string series_uid;
};

Source write_source(const fs::path& shared, const Plane& plane, const fs::path& folder) {
    auto read = models::nifti::read(shared / "validation" / "py_synthsr_FLAIR_1mm.nii.gz");
    EXPECT_TRUE(read.has_value());
    Source source;
    const int slice_axis = models::axis_along(read->geometry, plane.patient_direction);
    source.truth = as_long_as_the_slices(*read, slice_axis);
    const double white = models::white_matter_mean(source.truth, Contrast::Flair);
    add_left_marker(source.truth, static_cast<float>(3 * white));
    models::SimulateOptions how;
    how.slice_axis = slice_axis;
    how.slice_mm = kSlice_mm;
    how.white_matter = white;
    Volume low = models::in_reading_order(models::simulate(source.truth, how, 1).low_field);
    EXPECT_EQ(low.geometry.size[2], kFrames);
    for (float& value : low.voxels) value *= static_cast<float>(500 / white);
    fs::create_directories(folder);
    SourceText text;
    text.plane = plane.name;
    text.uid_seed = plane.name;
    source.series_uid =
        write_completed_hyperfine(shared / "dicom" / "hyperfine" / "anatomical" / "001" / "001.dcm",
                                  low, text, folder / "series.dcm");
    return source;
}

// Attributes ("gggg,eeee") of one object, a line each, as dcmdump shows them.
std::string value_lines(const fs::path& file, const std::vector<std::string>& attributes) {
    std::vector<std::string> line{"dcmdump", "-q"};
    for (const std::string& attribute : attributes) line.insert(line.end(), {"+P", attribute});
    line.push_back(file.string());
    const Finished finished = run(line, 30s);
    EXPECT_EQ(finished.status, 0) << finished.err;
    return finished.out;
}

// Judges everything the PACS holds; returns the folder of the enhanced series.
fs::path judge(const std::vector<fs::path>& folders, const std::string& source_uid) {
    fs::path enhanced, report;
    std::vector<fs::path> entities;
    for (const fs::path& sub : folders) {
        const auto files = files_below(sub);
        for (const fs::path& file : files) entities.push_back(file);
        if (sub.filename() == source_uid) continue;
        EXPECT_EQ(dciodvfy_errors(files), std::vector<std::string>{}) << sub;
        const std::string first =
            value_lines(files.front(), {"0008,0008", "0008,0060", "0008,103e"});
        if (first.find("[SR]") != std::string::npos) report = sub;
        if (first.find("\\IQT]") != std::string::npos && first.find("INPUT") == std::string::npos)
            enhanced = sub;
    }
    const Disagreements found = dcentvfy(entities);
    EXPECT_TRUE(found.judged);
    EXPECT_FALSE(report.empty());
    // It counts the accession number among the series of an image and the study of any SR.
    const std::string known =
        "Different information entities for attribute - Element=<AccessionNumber>";
    for (const std::string& line : found.lines)
        EXPECT_TRUE(line.find(known) != std::string::npos &&
                    line.find("<" + report.string() + "/") != std::string::npos)
            << line;
    return enhanced;
}

// Values of the attributes that say whose series it is, and its UIDs.
std::vector<std::string> identifiers(const fs::path& file) {
    std::vector<std::string> values;
    std::istringstream lines(value_lines(
        file, {"0010,0010", "0010,0020", "0020,000d", "0020,000e", "0008,0018", "0020,0052"}));
    for (std::string text; std::getline(lines, text);) {
        const std::size_t from = text.find('['), to = text.rfind(']');
        if (from != std::string::npos && to > from + 1)
            values.push_back(text.substr(from + 1, to - from - 1));
    }
    return values;
}

// SECURITY.md: names, ids and full UIDs never leave the database and the DICOM objects.
void expect_no_patient_in_log(const Node& node, const fs::path& source,
                              const std::vector<fs::path>& results) {
    const std::string log = node.log();
    ASSERT_NE(log.find("delivery.accepted"), std::string::npos) << "not the log of this run";
    std::vector<std::string> secrets = identifiers(source);
    ASSERT_EQ(secrets.size(), 6U);
    for (const char* part : {"IQTTEST", "SYNTHETIC"}) secrets.emplace_back(part);
    for (const fs::path& series : results)
        for (const std::string& value : identifiers(files_below(series).front()))
            secrets.push_back(value);
    for (const std::string& secret : secrets)
        EXPECT_EQ(log.find(secret), std::string::npos) << "the log holds " << secret;
}

void expect_equal_edges(const Geometry& a, const Geometry& b) {
    const auto edges_a = edges(a), edges_b = edges(b);
    for (std::size_t side = 0; side < 2; ++side)
        for (std::size_t c = 0; c < 3; ++c)
            EXPECT_NEAR(edges_a[side][c], edges_b[side][c], 0.01) << side << c;
}

TEST_P(RoundTrip, SeriesComesBackWhereItWasAndEveryObjectIsValid) {
    const auto shared = shared_data();
    if (!shared) GTEST_SKIP() << "the shared data folder is not beside the checkout";
    const fakes::TempFolder folder;
    const fs::path in = folder.path() / "source";
    const Source source = write_source(*shared, GetParam(), in);
    const int node_port = free_port();
    Pacs pacs(folder.path() / "pacs", node_port);
    Node node({.folder = folder.path() / "node",
               .dicom_port = node_port,
               .model = "cubic",
               .outputs = {"enhanced", "warning", "summary", "input_on_grid", "uncertainty",
                           "flags", "report"},
               .pacs_port = pacs.dicom_port(),
               .extra = {{"log", {{"level", "debug"}}}}});
    node.start();
    EXPECT_NE(value_lines(in / "series.dcm", {"0028,0008"}).find("[36]"), std::string::npos);
    pacs.upload({in / "series.dcm"});
    pacs.send_to_node(source.series_uid);
    ASSERT_TRUE(node.settled(1, 180s)) << node.jobs().dump() << node.log();
    ASSERT_EQ(node.jobs()[0].at("state"), "delivered") << node.jobs().dump(2);
    EXPECT_EQ(node.stop(), 0);

    const auto folders = pacs.download_all(folder.path() / "got");
    ASSERT_EQ(folders.size(), 7U) << "source and outputs; cubic has no uncertainty";
    expect_no_patient_in_log(node, in / "series.dcm", folders);
    const fs::path enhanced = judge(folders, source.series_uid);
    ASSERT_FALSE(enhanced.empty());
    const Volume before = through_dcm2niix(in, folder.path() / "n0");
    const Volume after = through_dcm2niix(enhanced, folder.path() / "n1");
    expect_equal_edges(before.geometry, after.geometry);
    const double straight = correlation(after, source.truth, Mirror::No);
    const double flipped = correlation(after, source.truth, Mirror::LeftRight);
    std::printf("%s: correlation %.4f, after a left-right flip %.4f\n", GetParam().name, straight,
                flipped);
    EXPECT_GT(straight, 0.9);
    EXPECT_LT(flipped, straight - 0.1);
}

INSTANTIATE_TEST_SUITE_P(Planes, RoundTrip,
                         testing::Values(Plane{"AXI", 2}, Plane{"SAG", 0}, Plane{"COR", 1}),
                         [](const auto& plane) { return std::string(plane.param.name); });

}  // namespace
}  // namespace iqt::integration
