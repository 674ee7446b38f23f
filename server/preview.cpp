// SPDX-License-Identifier: Apache-2.0
#include "server/preview.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "dicom/instance_header.hpp"
#include "dicom/rgb_reader.hpp"
#include "dicom/series_reader.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/render/panel.hpp"

namespace iqt::server {
namespace {

namespace fs = std::filesystem;

constexpr double kPixelMm = 0.5;

Result<SourceSeries> read_series(const fs::path& folder) {
    const dicom::FolderScan scan = dicom::find_series(folder);
    if (scan.series.size() != 1)
        return fail(ErrorKind::InvalidInput,
                    "holds " + std::to_string(scan.series.size()) + " series instead of one",
                    folder.string());
    SeriesSnapshot snapshot;
    for (const fs::path& file : scan.series.front().files) {
        std::error_code code;
        snapshot.objects.push_back({{}, file, fs::file_size(file, code)});
    }
    auto series = dicom::DicomSeriesReader().read(snapshot);
    if (series && !series->volume)
        return fail(ErrorKind::InvalidInput, "no volume could be built from it", folder.string());
    return series;
}

// Warning images by InstanceNumber, which is slice k + 1.
Result<std::map<int, RgbImage>> read_warnings(const fs::path& folder) {
    std::map<int, RgbImage> pages;
    for (const dicom::SeriesFiles& series : dicom::find_series(folder).series)
        for (const fs::path& file : series.files) {
            std::error_code code;
            auto page = dicom::read_rgb({{}, file, fs::file_size(file, code)});
            if (!page) return fail(page.error());
            pages[page->number] = std::move(page->image);
        }
    if (pages.empty()) return fail(ErrorKind::NotFound, "no warning images", folder.string());
    return pages;
}

Result<fs::path> save(const RgbImage& image, const fs::path& file) {
    auto png = render::to_png(image);
    if (!png) return fail(png.error());
    std::ofstream out(file, std::ios::binary);
    out << *png;
    out.close();
    if (!out) return fail(ErrorKind::Io, "cannot write the picture", file.string());
    return file;
}

struct Scene {
    Volume native;    ///< as acquired
    Volume enhanced;  ///< in stored values
    Window source_window, stored_window;
    std::map<int, RgbImage> warnings;
};

Result<Scene> read_scene(const PreviewFolders& folders) {
    auto source = read_series(folders.source);
    if (!source) return fail(source.error());
    auto enhanced = read_series(folders.enhanced);
    if (!enhanced) return fail(enhanced.error());
    auto warnings = read_warnings(folders.warning);
    if (!warnings) return fail(warnings.error());
    Scene scene;
    scene.native = *std::move(source->volume);
    scene.enhanced = *std::move(enhanced->volume);
    scene.warnings = *std::move(warnings);
    scene.stored_window = enhanced->window.value_or(Window{1000, 2000});
    // Stored values are source values times one power of two.
    const double ratio = grid::percentile(scene.enhanced, 0.99) /
                         std::max(grid::percentile(scene.native, 0.99), 1e-6);
    const double gain = std::exp2(std::round(std::log2(std::max(ratio, 1e-6))));
    scene.source_window = {scene.stored_window.center / gain, scene.stored_window.width / gain};
    return scene;
}

std::vector<render::PanelPart> cut(const Scene& scene, int axis, double share) {
    const auto at = static_cast<std::size_t>(axis);
    const auto index = [&](const Volume& volume) {
        return std::clamp(static_cast<int>(share * volume.geometry.size[at]), 0,
                          volume.geometry.size[at] - 1);
    };
    return {
        {render::draw_slice(scene.native, axis, index(scene.native), scene.source_window, kPixelMm),
         "input as acquired", render::slice_letters(scene.native.geometry, axis)},
        {render::draw_slice(scene.enhanced, axis, index(scene.enhanced), scene.stored_window,
                            kPixelMm),
         "enhanced", render::slice_letters(scene.enhanced.geometry, axis)}};
}

}  // namespace

Result<std::vector<fs::path>> write_previews(const PreviewFolders& folders,
                                             const fs::path& output) {
    auto scene = read_scene(folders);
    if (!scene) return fail(scene.error());
    std::error_code code;
    fs::create_directories(output, code);
    std::vector<fs::path> files;
    const int slices = scene->enhanced.geometry.size[2];
    for (const double share : {0.35, 0.5, 0.65}) {
        auto parts = cut(*scene, 2, share);
        const int k = static_cast<int>(share * slices);
        if (const auto page = scene->warnings.find(k + 1); page != scene->warnings.end())
            parts.push_back({page->second, "warning map", {}});
        std::array<char, 48> name{};
        std::snprintf(name.data(), name.size(), "slice_%03d.png", k + 1);
        auto saved = save(render::draw_panel(parts, "slice " + std::to_string(k + 1) + " of " +
                                                        std::to_string(slices)),
                          output / name.data());
        if (!saved) return fail(saved.error());
        files.push_back(*saved);
    }
    for (const int axis : {0, 1}) {
        auto saved = save(render::draw_panel(cut(*scene, axis, 0.5), "across the slices"),
                          output / ("across_" + std::to_string(axis) + ".png"));
        if (!saved) return fail(saved.error());
        files.push_back(*saved);
    }
    return files;
}

}  // namespace iqt::server
