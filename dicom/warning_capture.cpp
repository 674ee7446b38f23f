// SPDX-License-Identifier: Apache-2.0
#include "dicom/warning_capture.hpp"

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/derivation.hpp"
#include "dicom/image_plane.hpp"
#include "dicom/part10_writer.hpp"

namespace iqt::dicom {
namespace {

Status check(const RgbImage& image) {
    if (!is_encodable(image.width, image.height))
        return fail(ErrorKind::TooLarge, "a page has no or more than 65535 rows or columns", {},
                    "report this with the log of the job");
    if (image.pixels.size() !=
        static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3)
        return fail(ErrorKind::Mismatch, "a page's pixels do not fill its size", {},
                    "report this with the log of the job");
    return {};
}

void put_capture(DcmDataset& out) {
    put_text(out, DCM_SOPClassUID, UID_SecondaryCaptureImageStorage);
    put_text(out, DCM_ImageType, "DERIVED\\SECONDARY\\OTHER");
    // The only text burnt in is the product's own: intended use, legend, model; never patient data.
    put_text(out, DCM_BurnedInAnnotation, "YES");
}

Result<EncodedInstance> encode_page(const RgbImage& page, const std::string& uid,
                                    DcmFileFormat& file) {
    DcmDataset& out = *file.getDataset();
    put_text(out, DCM_SOPInstanceUID, uid);
    put_pixel_layout(page.width, page.height, PixelLayout::Rgb8, out);
    if (out.putAndInsertUint8Array(DcmTag(DCM_PixelData, EVR_OB), page.pixels.data(),
                                   static_cast<unsigned long>(page.pixels.size()))
            .bad())
        return fail(ErrorKind::OutOfResources, "no memory for a page's pixels");
    auto bytes = encode_part10(file);
    if (!bytes) return fail(bytes.error());
    return EncodedInstance{UID_SecondaryCaptureImageStorage, uid, std::move(*bytes)};
}

/// Enhanced voxel i covers pixels [left + i*scale, left + (i+1)*scale): pixel p's centre lies at
/// voxel (p + 0.5 - left) / scale - 0.5.
double voxel_of_first_pixel(int padding_px, int scale) {
    return (0.5 - padding_px) / scale - 0.5;
}

void put_page_plane(const Geometry& grid, const WarningPage& page, int k, DcmItem& out) {
    put_pixel_spacing(grid.spacing_mm[0] / page.scale, grid.spacing_mm[1] / page.scale, out);
    put_position(grid, voxel_of_first_pixel(page.left_px, page.scale),
                 voxel_of_first_pixel(page.top_px, page.scale), k, out);
}

Status check(const std::vector<WarningPage>& pages, const Geometry& grid) {
    if (pages.size() != static_cast<std::size_t>(grid.size[2]))
        return fail(ErrorKind::Mismatch, "there is not one warning image per enhanced slice", {},
                    "report this with the log of the job");
    for (const WarningPage& page : pages) {
        if (page.scale < 1 || page.left_px < 0 || page.top_px < 0)
            return fail(ErrorKind::Mismatch, "a warning page does not say where its anatomy lies",
                        {}, "report this with the log of the job");
        if (auto status = check(page.image); !status) return status;
    }
    return {};
}

}  // namespace

Result<EncodedSeries> encode_warning_series(const EncodeJob& job, const Geometry& grid) {
    const std::vector<WarningPage>& pages = job.images.warning;
    if (auto status = check(pages, grid); !status) return fail(status.error());
    const SeriesUids uids = result_uids(job.source, job.images, OutputKind::Warning, grid.size[2]);
    DcmFileFormat file;
    DcmDataset& out = *file.getDataset();
    put_series_header(job, OutputKind::Warning, uids.series, out);
    put_stack(grid, out);
    put_capture(out);
    put_text(out, DCM_PatientOrientation,
             patient_orientation(grid.axes[0]) + "\\" + patient_orientation(grid.axes[1]));
    DcmItem* about = nullptr;
    SeriesUids enhanced;
    if (job.images.enhanced) {
        enhanced = result_uids(job.source, job.images, OutputKind::Enhanced, grid.size[2]);
        about = &put_first_source_image(out, UID_MRImageStorage);
    }

    EncodedSeries series{OutputKind::Warning, uids.series, {}};
    series.instances.reserve(pages.size());
    for (std::size_t k = 0; k < pages.size(); ++k) {
        put_page_plane(grid, pages[k], static_cast<int>(k), out);
        if (about != nullptr) put_text(*about, DCM_ReferencedSOPInstanceUID, enhanced.instances[k]);
        auto instance = encode_page(pages[k].image, uids.instances[k], file);
        if (!instance) return fail(instance.error());
        series.instances.push_back(std::move(*instance));
    }
    return series;
}

Result<EncodedSeries> encode_text_page(const EncodeJob& job, OutputKind kind,
                                       const RgbImage& page) {
    if (auto status = check(page); !status) return fail(status.error());
    const SeriesUids uids = result_uids(job.source, job.images, kind, 1);
    DcmFileFormat file;
    DcmDataset& out = *file.getDataset();
    put_series_header(job, kind, uids.series, out);
    put_capture(out);
    put_empty(out, DCM_PatientOrientation);  // Type 2C: a page of text has none
    put_text(out, DCM_InstanceNumber, "1");
    auto instance = encode_page(page, uids.instances.front(), file);
    if (!instance) return fail(instance.error());
    EncodedSeries series{kind, uids.series, {}};
    series.instances.push_back(std::move(*instance));
    return series;
}

}  // namespace iqt::dicom
