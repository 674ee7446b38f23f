// SPDX-License-Identifier: Apache-2.0
#include "dicom/derived_series.hpp"

#include <algorithm>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/image_plane.hpp"
#include "dicom/mr_acquisition.hpp"
#include "dicom/part10_writer.hpp"

namespace iqt::dicom {
namespace {

constexpr std::uint16_t kStoredMax = 65535;

Status check(const StoredPixels& pixels) {
    const Geometry& grid = pixels.grid.geometry;
    if (pixels.grid.voxels.size() != grid.voxel_count() || grid.voxel_count() == 0)
        return fail(ErrorKind::Mismatch, "a result's voxels do not fill its grid", {},
                    "report this with the log of the job");
    if (!is_encodable(grid.size[0], grid.size[1]))
        return fail(ErrorKind::TooLarge, "a result has more than 65535 rows or columns", {},
                    "use a model with a coarser output grid");
    return {};
}

/// stored = source value x gain, hence source value = stored / gain (PS3.3 C.7.6.16.2.11).
void put_real_world_values(double gain, DcmItem& out) {
    DcmItem& mapping = add_item(out, DCM_RealWorldValueMappingSequence);
    put_us(mapping, DCM_RealWorldValueFirstValueMapped, 0);
    put_us(mapping, DCM_RealWorldValueLastValueMapped, kStoredMax);
    put_fd(mapping, DCM_RealWorldValueIntercept, 0);
    put_fd(mapping, DCM_RealWorldValueSlope, 1 / gain);
    put_text(mapping, DCM_LUTExplanation, "Rescaled values of the source series");
    put_text(mapping, DCM_LUTLabel, "SOURCE VALUES");
    add_code(mapping, DCM_MeasurementUnitsCodeSequence, {"1", "UCUM", "no units"});
}

void put_mr_image(const EncodeJob& job, OutputKind kind, const StoredPixels& pixels,
                  DcmDataset& out) {
    const Geometry& grid = pixels.grid.geometry;
    put_text(out, DCM_SOPClassUID, UID_MRImageStorage);
    put_text(out, DCM_ImageType,
             kind == OutputKind::Enhanced ? "DERIVED\\SECONDARY\\OTHER\\IQT"
                                          : "DERIVED\\SECONDARY\\OTHER\\IQT\\RESAMPLED");
    copy_mr_acquisition(job.header, out);
    // Type 2 of the Contrast/Bolus module, which is present because an agent was given.
    if (!copy_if_legal(job.header, DCM_ContrastBolusAgent, out) && job.source.facts.contrast_agent)
        put_empty(out, DCM_ContrastBolusAgent);
    if (out.tagExists(DCM_PatientPosition) == OFFalse) put_empty(out, DCM_PatientPosition);
    put_stack(grid, out);
    put_pixel_spacing(grid.spacing_mm[0], grid.spacing_mm[1], out);
    put_pixel_layout(grid.size[0], grid.size[1], PixelLayout::Grey16, out);
    put_text(out, DCM_BurnedInAnnotation, "NO");
    put_text(out, DCM_PresentationLUTShape, "IDENTITY");
    put_text(out, DCM_WindowCenter, decimal_string(pixels.window.center));
    put_text(out, DCM_WindowWidth, decimal_string(std::max(pixels.window.width, 1.0)));
    put_text(out, DCM_ImageComments,
             std::string(kIntendedUse) +
                 ". Review together with the source series and the "
                 "warning maps.");
    put_real_world_values(pixels.gain, out);
}

}  // namespace

Result<EncodedSeries> encode_derived_series(const EncodeJob& job, OutputKind kind,
                                            const StoredPixels& pixels) {
    if (auto status = check(pixels); !status) return fail(status.error());
    const Geometry& grid = pixels.grid.geometry;
    const SeriesUids uids = result_uids(job.source, job.images, kind, grid.size[2]);
    DcmFileFormat file;
    DcmDataset& out = *file.getDataset();
    put_series_header(job, kind, uids.series, out);
    put_mr_image(job, kind, pixels, out);

    EncodedSeries series{kind, uids.series, {}};
    series.instances.reserve(uids.instances.size());
    const std::size_t plane =
        static_cast<std::size_t>(grid.size[0]) * static_cast<std::size_t>(grid.size[1]);
    for (int k = 0; k < grid.size[2]; ++k) {
        const std::string& uid = uids.instances[static_cast<std::size_t>(k)];
        put_text(out, DCM_SOPInstanceUID, uid);
        put_position(grid, 0, 0, k, out);
        const std::uint16_t* first = pixels.grid.voxels.data() + pixels.grid.offset(0, 0, k);
        if (out.putAndInsertUint16Array(DcmTag(DCM_PixelData, EVR_OW), first, plane).bad())
            return fail(ErrorKind::OutOfResources, "no memory for a result's pixels");
        auto bytes = encode_part10(file);
        if (!bytes) return fail(bytes.error());
        series.instances.push_back({UID_MRImageStorage, uid, std::move(*bytes)});
    }
    return series;
}

}  // namespace iqt::dicom
