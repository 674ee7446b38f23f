// SPDX-License-Identifier: Apache-2.0
#include "dicom/encoder.hpp"

#include <exception>
#include <new>
#include <utility>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/derived_series.hpp"
#include "dicom/encode_job.hpp"
#include "dicom/measurement_report.hpp"
#include "dicom/parametric_map.hpp"
#include "dicom/segmentation.hpp"
#include "dicom/source_header.hpp"
#include "dicom/warning_capture.hpp"

namespace iqt::dicom {
namespace {

/// The grid that warning pages belong to: the enhanced pixels', else the mask's.
const Geometry& warning_grid(const DerivedImages& images) {
    return images.enhanced ? images.enhanced->grid.geometry : images.assessment.mask.geometry;
}

LocalTime time_of_making(DcmItem& header, const EncoderOptions& options, const Clock& clock) {
    auto offset = offset_minutes(text_of(header, DCM_TimezoneOffsetFromUTC).value_or(""));
    if (!offset) offset = offset_minutes(options.timezone);
    return local_time(clock.utc_ms(), offset.value_or(0));
}

/// Adds the series to the list, or says why it could not be made.
Status add(std::vector<EncodedSeries>& all, Result<EncodedSeries> series) {
    if (!series) return fail(series.error());
    all.push_back(std::move(*series));
    return {};
}

/// What only adds to the warning and enhanced series.
Status add_further(std::vector<EncodedSeries>& all, const EncodeJob& job) {
    if (job.images.uncertainty)
        if (auto ok = add(all, encode_uncertainty(job)); !ok) return ok;
    if (job.images.flags)
        if (auto ok = add(all, encode_flags(job)); !ok) return ok;
    if (job.images.report)
        if (auto ok = add(all, encode_report(job)); !ok) return ok;
    return {};
}

Result<std::vector<EncodedSeries>> encode_all(const EncodeJob& job) {
    const DerivedImages& images = job.images;
    std::vector<EncodedSeries> all;
    if (!images.warning.empty())
        if (auto ok = add(all, encode_warning_series(job, warning_grid(images))); !ok)
            return fail(ok.error());
    if (images.summary)
        if (auto ok = add(all, encode_text_page(job, OutputKind::Summary, *images.summary)); !ok)
            return fail(ok.error());
    if (images.enhanced)
        if (auto ok = add(all, encode_derived_series(job, OutputKind::Enhanced, *images.enhanced));
            !ok)
            return fail(ok.error());
    if (images.input_on_grid)
        if (auto ok = add(
                all, encode_derived_series(job, OutputKind::InputOnGrid, *images.input_on_grid));
            !ok)
            return fail(ok.error());
    if (images.notice)
        if (auto ok = add(all, encode_text_page(job, OutputKind::Notice, *images.notice)); !ok)
            return fail(ok.error());
    if (auto ok = add_further(all, job); !ok) return fail(ok.error());
    return all;
}

}  // namespace

DicomEncoder::DicomEncoder(EncoderOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

Result<std::vector<EncodedSeries>> DicomEncoder::encode(const SourceSeries& source,
                                                        const DerivedImages& images) const try {
    const auto* source_header = dynamic_cast<const DcmSourceHeader*>(source.header.get());
    if (source_header == nullptr)
        return fail(ErrorKind::NotSupported, "the source is no DICOM series", {},
                    "results of other sources have to be written in their own format");
    if (dcmDataDict.isDictionaryLoaded() == OFFalse)
        return fail(ErrorKind::Config, "the DICOM data dictionary is not loaded", "dicom.dic",
                    "install it with DCMTK or name it in DCMDICTPATH");
    if (source.instances.empty())
        return fail(ErrorKind::InvalidInput, "the source series names no instances", {},
                    "report this with the log of the job");
    DcmDataset header(source_header->dataset());
    if (text_of(header, DCM_StudyInstanceUID).value_or("").empty())
        return fail(ErrorKind::InvalidInput, "the source has no Study Instance UID", {},
                    "send the series again from a system that keeps its study");
    const EncodeJob job{header, source, images, options_, time_of_making(header, options_, clock_)};
    return encode_all(job);
} catch (const std::bad_alloc&) {
    return fail(ErrorKind::OutOfResources, "no memory to encode the results");
} catch (const std::exception& error) {
    return fail(ErrorKind::Internal, std::string("cannot encode the results: ") + error.what());
}

}  // namespace iqt::dicom
