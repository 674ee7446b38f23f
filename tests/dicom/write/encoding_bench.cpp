// SPDX-License-Identifier: Apache-2.0
#include "tests/dicom/write/encoding_bench.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include <dcmtk/dcmdata/dcistrmb.h>
#include <gtest/gtest.h>

#include "dicom/source_header.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::dicom::bench {
namespace {

std::vector<std::string> lines_of(const std::string& command) {
    std::vector<std::string> lines;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return {"cannot run " + command};
    std::string all;
    char buffer[4096];
    for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        all.append(buffer, got);
    ::pclose(pipe);
    std::istringstream stream(all);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::filesystem::path write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file;
}

RgbImage page(int width, int height, unsigned seed) {
    RgbImage image{width, height, {}};
    image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    for (std::size_t n = 0; n < image.pixels.size(); ++n)
        image.pixels[n] = static_cast<std::uint8_t>((n * 7 + seed * 13) % 256);
    return image;
}

StoredPixels stored(const Geometry& grid, std::size_t first) {
    StoredPixels pixels;
    pixels.grid = Grid<std::uint16_t>(grid);
    for (std::size_t n = 0; n < pixels.grid.voxels.size(); ++n)
        pixels.grid.voxels[n] = static_cast<std::uint16_t>((first + n * 31) % 65536);
    pixels.gain = 4;
    pixels.window = {2000, 4000};
    return pixels;
}

Volume deviations(const Geometry& grid, int first) {
    Volume sd(grid);
    for (std::size_t n = 0; n < sd.voxels.size(); ++n)
        sd.voxels[n] = static_cast<float>(first) + static_cast<float>(n % 977) / 64.0F;
    return sd;
}

/// Every class but the one that is not checked, overlapping.
void mark(const Geometry& grid, DerivedImages& images) {
    Mask& mask = images.assessment.mask = Mask(grid);
    constexpr unsigned kMarked = kUncertain | kInconsistent | kNotAssessed;
    for (std::size_t n = 0; n < mask.voxels.size(); ++n)
        mask.voxels[n] = static_cast<std::uint8_t>((n * 5 / 3) & kMarked);
    images.assessment.assessed_ml = 900.25;
    images.classes = {{kUncertain, {0xE6, 0x9F, 0x00}, 12.5, true},
                      {kUnfamiliar, {0x56, 0xB4, 0xE9}, 0, false},
                      {kInconsistent, {0xD5, 0x5E, 0x00}, 3.0004, true},
                      {kNotAssessed, {0xA0, 0xA0, 0xA0}, 1000, true}};
    images.flags = images.report = true;
}

}  // namespace

std::vector<std::string> classic(const Geometry& slab) {
    return fixtures::classic_mr(fixtures::pattern(slab));
}

std::unique_ptr<DcmFileFormat> parsed(const std::string& part10) {
    auto file = std::make_unique<DcmFileFormat>();
    DcmInputBufferStream stream;
    stream.setBuffer(part10.data(), static_cast<offile_off_t>(part10.size()));
    stream.setEos();
    file->transferInit();
    EXPECT_TRUE(file->read(stream).good());
    file->transferEnd();
    EXPECT_TRUE(file->loadAllDataIntoMemory().good());
    return file;
}

SourceSeries source_of(const std::vector<std::string>& files,
                       const std::function<void(DcmDataset&)>& edit) {
    SourceSeries source;
    for (const std::string& bytes : files) {
        const auto file = parsed(bytes);
        DcmDataset& data = *file->getDataset();
        source.instances.push_back({text(data, DCM_SOPClassUID), text(data, DCM_SOPInstanceUID),
                                    "pixels " + std::to_string(source.instances.size())});
        if (source.header) continue;
        if (edit) edit(data);
        source.series_uid = text(data, DCM_SeriesInstanceUID);
        source.header = std::make_shared<DcmSourceHeader>(data);
    }
    source.facts.contrast = Contrast::T2;
    source.content_digest = "content";
    source.identity_digest = "identity";
    return source;
}

DerivedImages images_on(const Geometry& grid) {
    DerivedImages images;
    images.enhanced = stored(grid, 100);
    images.input_on_grid = stored(grid, 7);
    for (int k = 0; k < grid.size[2]; ++k)
        images.warning.push_back(
            {page(grid.size[0] * 2 + 7 + 6, grid.size[1] * 2 + 5 + 6, static_cast<unsigned>(k)), 7,
             5, 2});
    images.summary = page(301, 203, 98);
    images.notice = page(321, 201, 99);
    images.uncertainty = {deviations(grid, 1), deviations(grid, 2), deviations(grid, 3)};
    mark(grid, images);
    ModelInfo& model = images.provenance.model;
    model.id = "iqt-ur";
    model.version = "1.0.0";
    model.digest = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
    model.architecture = "iqt_ur";
    model.training_statement = "Trained on 30 adult 3 T scans of two public collections.";
    images.provenance.seed = 42;
    images.provenance.samples = 16;
    images.parameters = "gain=4";
    images.software_version = "0.1.0";
    return images;
}

std::vector<EncodedSeries> encoded(const SourceSeries& source, const DerivedImages& images,
                                   std::int64_t utc_ms, const EncoderOptions& options) {
    const FixedClock clock(utc_ms);
    auto all = DicomEncoder(options, clock).encode(source, images);
    EXPECT_TRUE(all.has_value()) << (all ? "" : to_string(all.error()));
    return all ? std::move(*all) : std::vector<EncodedSeries>{};
}

const EncodedSeries& of_kind(const std::vector<EncodedSeries>& all, OutputKind kind) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const EncodedSeries& one) { return one.kind == kind; });
    if (found == all.end()) throw std::runtime_error("no series of this kind was encoded");
    return *found;
}

std::string text(DcmItem& item, const DcmTagKey& tag) {
    DcmElement* element = nullptr;
    if (item.findAndGetElement(tag, element).bad() || element == nullptr) return "(absent)";
    if (element->getLength() == 0) return {};
    char* value = nullptr;
    Uint32 size = 0;
    if (element->getString(value, size).bad() || value == nullptr) return "(no text)";
    return {value, size};
}

std::vector<double> numbers(DcmItem& item, const DcmTagKey& tag) {
    std::vector<double> values;
    Float64 value = 0;
    for (unsigned long n = 0; item.findAndGetFloat64(tag, value, n).good(); ++n)
        values.push_back(value);
    Uint16 whole = 0;
    if (values.empty() && item.findAndGetUint16(tag, whole).good()) values.push_back(whole);
    return values;
}

bool has_program(const std::string& name) {
    return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

std::vector<std::string> iod_errors(const std::string& part10) {
    const fakes::TempFolder folder;
    const auto file = write(folder.path() / "object.dcm", part10);
    const auto lines = lines_of("dciodvfy " + file.string());
    std::vector<std::string> errors;
    // The first line names the IOD; without it the judge did not judge.
    if (lines.empty()) errors.emplace_back("dciodvfy said nothing at all");
    for (const std::string& line : lines)
        if (line.rfind("Error", 0) == 0) errors.push_back(line);
    return errors;
}

std::vector<std::string> entity_complaints(const std::vector<std::string>& part10_files) {
    const fakes::TempFolder folder;
    for (std::size_t n = 0; n < part10_files.size(); ++n)
        write(folder.path() / (std::to_string(n) + ".dcm"), part10_files[n]);
    auto lines = lines_of("dcentvfy " + folder.path().string() + "/*.dcm");
    // It counts the accession number among the series of an image and the study of any SR.
    std::erase_if(lines, [](const std::string& line) {
        return line.find(
                   "Different information entities for attribute - "
                   "Element=<AccessionNumber>") != std::string::npos;
    });
    return lines;
}

std::filesystem::path shared_data(const std::string& relative) {
    const char* root = std::getenv("IQT_SHARED_DATA");
    const std::filesystem::path base = root != nullptr ? root : IQT_SOURCE_DIR "/../shared/data";
    const auto file = base / relative;
    return std::filesystem::exists(file) ? file : std::filesystem::path();
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace iqt::dicom::bench
