// SPDX-License-Identifier: Apache-2.0
#include "dicom/parametric_map.hpp"

#include <algorithm>
#include <array>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/derivation.hpp"
#include "dicom/equipment.hpp"
#include "dicom/image_plane.hpp"
#include "dicom/multi_frame.hpp"
#include "dicom/part10_writer.hpp"
#include "dicom/references.hpp"

namespace iqt::dicom {
namespace {

constexpr const char* kImageType = "DERIVED\\PRIMARY\\VOLUME\\NONE";
constexpr std::size_t kVoxelsMax = 0xFFFFFFFE / sizeof(float);

const Code kNoUnits{"1", "UCUM", "no units"};

struct Measure {
    const Volume& sd;
    Code method;
    const char *content_label, *lut_label;
};

std::array<Measure, 3> measures_of(const UncertaintyMaps& maps) {
    return {{{maps.total_sd,
              {"IQTSDTOTAL", kNodeCodingScheme, "Total: intrinsic and parameter uncertainty"},
              "TOTAL_SD",
              "TOTAL SD"},
             {maps.intrinsic_sd,
              {"IQTSDINTRINSIC", kNodeCodingScheme, "Intrinsic: predicted by the network"},
              "INTRINSIC_SD",
              "INTRINSIC SD"},
             {maps.parameter_sd,
              {"IQTSDPARAMETER", kNodeCodingScheme, "Parameter: spread of sampled networks"},
              "PARAMETER_SD",
              "PARAMETER SD"}}};
}

Status check(const UncertaintyMaps& maps) {
    const Geometry& grid = maps.total_sd.geometry;
    for (const Measure& measure : measures_of(maps))
        if (measure.sd.geometry != grid || measure.sd.voxels.size() != grid.voxel_count() ||
            measure.sd.voxels.empty())
            return fail(ErrorKind::Mismatch, "standard deviations do not fill the enhanced grid",
                        {}, "report this with the log of the job");
    if (!is_encodable(grid.size[0], grid.size[1]) || grid.voxel_count() > kVoxelsMax)
        return fail(ErrorKind::TooLarge, "a standard deviation map is too large for one object", {},
                    "leave \"uncertainty\" out of the outputs of the route");
    return {};
}

void put_quantity(DcmItem& mapping, const Code& name, const Code& value) {
    DcmItem& item = add_item(mapping, DCM_QuantityDefinitionSequence);
    put_text(item, DCM_ValueType, "CODE");
    add_code(item, DCM_ConceptNameCodeSequence, name);
    add_code(item, DCM_ConceptCodeSequence, value);
}

/// Stored values are the values: slope 1.
void put_real_world_values(const Measure& measure, DcmItem& shared) {
    const auto [least, most] =
        std::minmax_element(measure.sd.voxels.begin(), measure.sd.voxels.end());
    DcmItem& mapping = add_item(shared, DCM_RealWorldValueMappingSequence);
    put_fd(mapping, DCM_DoubleFloatRealWorldValueFirstValueMapped, static_cast<double>(*least));
    put_fd(mapping, DCM_DoubleFloatRealWorldValueLastValueMapped, static_cast<double>(*most));
    put_fd(mapping, DCM_RealWorldValueIntercept, 0);
    put_fd(mapping, DCM_RealWorldValueSlope, 1);
    put_text(mapping, DCM_LUTExplanation, "In rescaled values of the source series");
    put_text(mapping, DCM_LUTLabel, measure.lut_label);
    add_code(mapping, DCM_MeasurementUnitsCodeSequence, kNoUnits);
    put_quantity(mapping, {"246205007", "SCT", "Quantity"},
                 {"110852", "DCM", "MR signal intensity"});
    put_quantity(mapping, {"121401", "DCM", "Derivation"},
                 {"386136009", "SCT", "Standard Deviation"});
    put_quantity(mapping, {"370129005", "SCT", "Measurement Method"}, measure.method);
}

/// Upper end of the window: above all but half a percent of the total standard deviations.
double window_top(const Volume& total_sd) {
    std::vector<float> values = total_sd.voxels;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) * 995 / 1000);
    std::nth_element(values.begin(), at, values.end());
    return *at > 0 ? static_cast<double>(*at) : 1.0;
}

void put_groups(const EncodeJob& job, const Measure& measure, double top, DcmDataset& out) {
    const Geometry& grid = measure.sd.geometry;
    DcmItem& shared = put_shared_groups(grid, out);
    DcmItem& derivation = add_item(shared, DCM_DerivationImageSequence);
    add_frame_derivation(job, OutputKind::Uncertainty, derivation);
    add_source_images(job, derivation);
    DcmItem& anatomy = add_item(shared, DCM_FrameAnatomySequence);
    put_text(anatomy, DCM_FrameLaterality, "U");
    add_code(anatomy, DCM_AnatomicRegionSequence, {"12738006", "SCT", "Brain"});
    put_real_world_values(measure, shared);
    DcmItem& identity = add_item(shared, DCM_PixelValueTransformationSequence);
    put_text(identity, DCM_RescaleIntercept, "0");
    put_text(identity, DCM_RescaleSlope, "1");
    put_text(identity, DCM_RescaleType, "US");
    DcmItem& window = add_item(shared, DCM_FrameVOILUTSequence);
    put_text(window, DCM_WindowCenter, decimal_string(top / 2));
    put_text(window, DCM_WindowWidth, decimal_string(top));
    put_text(add_item(shared, DCM_ParametricMapFrameTypeSequence), DCM_FrameType, kImageType);
    for (int k = 0; k < grid.size[2]; ++k)
        add_frame(grid, k, {static_cast<std::uint32_t>(k + 1)}, out);
}

void put_map(const EncodeJob& job, const Measure& measure, DcmDataset& out) {
    put_text(out, DCM_SOPClassUID, UID_ParametricMapStorage);
    put_text(out, DCM_ImageType, kImageType);
    put_text(out, DCM_PixelPresentation, "MONOCHROME");
    put_text(out, DCM_ContentQualification, "RESEARCH");
    put_text(out, DCM_BurnedInAnnotation, "NO");
    put_text(out, DCM_RecognizableVisualFeatures, "YES");
    put_text(out, DCM_PresentationLUTShape, "IDENTITY");
    put_text(out, DCM_ImageComments,
             std::string(kIntendedUse) + ". Review together with the enhanced series.");
    put_empty(out, DCM_AcquisitionContextSequence);
    put_frames_size(measure.sd.geometry, static_cast<std::size_t>(measure.sd.geometry.size[2]),
                    out);
    put_us(out, DCM_BitsAllocated, 32);
    put_common_references({source_reference(job)}, out);
}

Result<EncodedInstance> encode_map(const EncodeJob& job, const SeriesUids& uids, std::size_t number,
                                   const Measure& measure, double top) {
    DcmFileFormat file;
    DcmDataset& out = *file.getDataset();
    put_series_header(job, OutputKind::Uncertainty, uids.series, out);
    put_text(out, DCM_SOPInstanceUID, uids.instances[number]);
    put_map(job, measure, out);
    put_content_identification(measure.content_label, std::string(kIntendedUse), out);
    put_text(out, DCM_InstanceNumber, std::to_string(number + 1));
    put_dimensions(uids.instances.back(),
                   {{DCM_ImagePositionPatient, DCM_PlanePositionSequence, "Image Position"}}, out);
    put_groups(job, measure, top, out);
    if (out.putAndInsertFloat32Array(DcmTag(DCM_FloatPixelData, EVR_OF), measure.sd.voxels.data(),
                                     static_cast<unsigned long>(measure.sd.voxels.size()))
            .bad())
        return fail(ErrorKind::OutOfResources, "no memory for a result's pixels");
    auto bytes = encode_part10(file);
    if (!bytes) return fail(bytes.error());
    return EncodedInstance{UID_ParametricMapStorage, uids.instances[number], std::move(*bytes)};
}

}  // namespace

Result<EncodedSeries> encode_uncertainty(const EncodeJob& job) {
    const UncertaintyMaps& maps = *job.images.uncertainty;
    if (auto status = check(maps); !status) return fail(status.error());
    const auto measures = measures_of(maps);
    // The last UID names the organization of the frames, which the three objects share.
    const SeriesUids uids = result_uids(job.source, job.images, OutputKind::Uncertainty, 4);
    const double top = window_top(maps.total_sd);
    EncodedSeries series{OutputKind::Uncertainty, uids.series, {}};
    for (std::size_t number = 0; number < measures.size(); ++number) {
        auto instance = encode_map(job, uids, number, measures[number], top);
        if (!instance) return fail(instance.error());
        series.instances.push_back(std::move(*instance));
    }
    return series;
}

}  // namespace iqt::dicom
