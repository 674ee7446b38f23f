// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/encoder.hpp"
#include "pipeline/core/clock.hpp"
#include "pipeline/core/output.hpp"
#include "tests/fixtures/dicom_builder.hpp"

/// Sources, images and judges for the tests of the encoder.
namespace iqt::dicom::bench {

class FixedClock final : public Clock {
  public:
    explicit FixedClock(std::int64_t utc_ms) : utc_ms_(utc_ms) {}
    std::int64_t utc_ms() const override { return utc_ms_; }
    std::int64_t steady_ms() const override { return utc_ms_; }

  private:
    std::int64_t utc_ms_;
};

/// 2025-01-02 23:30:00.250 UTC: another day east of Greenwich.
inline constexpr std::int64_t kLateEvening = 1735860600250;

/// The grids of most sources here.
inline const Geometry kAxialSlab = fixtures::slab(fixtures::Plane::Axial, {12, 10, 3});
inline const Geometry kObliqueSlab = fixtures::slab(fixtures::Plane::Oblique, {12, 10, 3});

/// The files of a classic series with a pattern on the grid.
std::vector<std::string> classic(const Geometry& slab);

/// Parses a Part 10 file in memory.
std::unique_ptr<DcmFileFormat> parsed(const std::string& part10);

/// A source as a reader would give it, with the first file's header (after `edit`), made-up digests
/// and no voxels.
SourceSeries source_of(const std::vector<std::string>& files,
                       const std::function<void(DcmDataset&)>& edit = {});

/// All eight outputs on a grid: pixels that differ everywhere, pages padded by 7 and 5 pixels at
/// twice the size (odd number of bytes), summary, notice, deviations, warning classes.
DerivedImages images_on(const Geometry& grid);

/// Encodes with a fixed clock; fails the test and returns nothing on error.
std::vector<EncodedSeries> encoded(const SourceSeries& source, const DerivedImages& images,
                                   std::int64_t utc_ms = kLateEvening,
                                   const EncoderOptions& options = {});
const EncodedSeries& of_kind(const std::vector<EncodedSeries>& all, OutputKind kind);

/// Raw bytes of a text attribute, values joined with '\\'; "(absent)" where it is not there.
std::string text(DcmItem& item, const DcmTagKey& tag);
std::vector<double> numbers(DcmItem& item, const DcmTagKey& tag);

/// Whether a program is on the PATH.
bool has_program(const std::string& name);
/// Lines of dciodvfy on the object that begin with "Error".
std::vector<std::string> iod_errors(const std::string& part10);
/// Everything that dcentvfy says about the objects together, but for a slip of its own about SR.
std::vector<std::string> entity_complaints(const std::vector<std::string>& part10_files);

/// Path of a file below the shared data, or empty where there are none.
std::filesystem::path shared_data(const std::string& relative);
std::string bytes_of(const std::filesystem::path& file);

}  // namespace iqt::dicom::bench
