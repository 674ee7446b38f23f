// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/part10_writer.hpp"
#include "dicom/swoop_parts.hpp"
#include "dicom/text_values.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::dicom::swoop {
namespace {

struct Constant {
    DcmTagKey tag;
    const char* value;
};

template <std::size_t N>
void put_all(DcmItem& item, const std::array<Constant, N>& constants) {
    for (const Constant& constant : constants) put_text(item, constant.tag, constant.value);
}

std::string image_type(const Series& series) {
    return std::string("ORIGINAL\\PRIMARY\\") + series.protocol.flavour + "\\NONE";
}

/// Image description of the object or, with FrameType, of its frames (PS3.3 C.8.13.3.1).
void put_description(DcmItem& item, const Series& series, const DcmTagKey& type_tag) {
    put_text(item, type_tag, image_type(series));
    put_text(item, DCM_PixelPresentation, "MONOCHROME");
    put_text(item, DCM_VolumetricProperties, "VOLUME");
    put_text(item, DCM_VolumeBasedCalculationTechnique, "NONE");
    put_text(item, DCM_ComplexImageComponent, "MAGNITUDE");
    put_text(item, DCM_AcquisitionContrast, series.protocol.contrast);
}

/// MR Pulse Sequence and Enhanced MR Image modules (PS3.3 C.8.13.4, C.8.13.1).
void put_acquisition(DcmItem& set, const Series& series) {
    static const std::array kConstants{Constant{DCM_ContentQualification, "PRODUCT"},
                                       Constant{DCM_EchoPulseSequence, "SPIN"},
                                       Constant{DCM_MultipleSpinEcho, "NO"},
                                       Constant{DCM_MultiPlanarExcitation, "NO"},
                                       Constant{DCM_PhaseContrast, "NO"},
                                       Constant{DCM_TimeOfFlightContrast, "NO"},
                                       Constant{DCM_SteadyStatePulseSequence, "NONE"},
                                       Constant{DCM_EchoPlanarPulseSequence, "NO"},
                                       Constant{DCM_SaturationRecovery, "NO"},
                                       Constant{DCM_SpectrallySelectedSuppression, "NONE"},
                                       Constant{DCM_OversamplingPhase, "NONE"},
                                       Constant{DCM_GeometryOfKSpaceTraversal, "RECTILINEAR"},
                                       Constant{DCM_SegmentedKSpaceTraversal, "SINGLE"},
                                       Constant{DCM_RectilinearPhaseEncodeReordering, "LINEAR"},
                                       Constant{DCM_KSpaceFiltering, "NONE"},
                                       Constant{DCM_CoverageOfKSpace, "FULL"},
                                       Constant{DCM_ResonantNucleus, "1H"},
                                       Constant{DCM_ApplicableSafetyStandardAgency, "IEC"}};
    put_all(set, kConstants);
    put_text(set, DCM_AcquisitionDateTime, kDateTime);
    put_text(set, DCM_PulseSequenceName, series.description);
    put_fd(set, DCM_AcquisitionDuration, kAcquisitionMs / 1000);
    put_us(set, DCM_NumberOfKSpaceTrajectories, 1);
    put_empty(set, DCM_AcquisitionContextSequence);
}

void put_timing(DcmItem& shared, const Series& series) {
    const Protocol& protocol = series.protocol;
    DcmItem& timing = add_item(shared, DCM_MRTimingAndRelatedParametersSequence);
    put_text(timing, DCM_RepetitionTime, decimal_string(protocol.repetition_ms));
    put_text(timing, DCM_EchoTrainLength, std::to_string(protocol.echo_train));
    put_text(timing, DCM_FlipAngle, "90");
    DcmItem& rate = add_item(timing, DCM_SpecificAbsorptionRateSequence);
    put_text(rate, DCM_SpecificAbsorptionRateDefinition, "IEC_HEAD");
    put_fd(rate, DCM_SpecificAbsorptionRateValue, 0.01);
    DcmItem& mode = add_item(timing, DCM_OperatingModeSequence);
    put_text(mode, DCM_OperatingModeType, "RF");
    put_text(mode, DCM_OperatingMode, "IEC_NORMAL");
    put_us(timing, DCM_RFEchoTrainLength, static_cast<std::uint16_t>(protocol.echo_train));
    put_us(timing, DCM_GradientEchoTrainLength, 0);
    put_fd(add_item(shared, DCM_MREchoSequence), DCM_EffectiveEchoTime, protocol.echo_ms);
    const bool inversion = protocol.inversion_ms > 0;
    DcmItem& modifier = add_item(shared, DCM_MRModifierSequence);
    put_text(modifier, DCM_InversionRecovery, inversion ? "YES" : "NO");
    if (inversion) put_fd(modifier, DCM_InversionTimes, protocol.inversion_ms);
    static const std::array kConstants{Constant{DCM_FlowCompensation, "NONE"},
                                       Constant{DCM_Spoiling, "NONE"},
                                       Constant{DCM_T2Preparation, "NO"},
                                       Constant{DCM_SpectrallySelectedExcitation, "NONE"},
                                       Constant{DCM_SpatialPresaturation, "NONE"},
                                       Constant{DCM_PartialFourier, "NO"},
                                       Constant{DCM_ParallelAcquisition, "NO"}};
    put_all(modifier, kConstants);
}

void put_encoding(DcmItem& shared, const Series& series) {
    const auto& size = series.volume->geometry.size;
    DcmItem& view = add_item(shared, DCM_MRFOVGeometrySequence);
    put_text(view, DCM_InPlanePhaseEncodingDirection, "ROW");
    put_us(view, DCM_MRAcquisitionFrequencyEncodingSteps, static_cast<std::uint16_t>(size[1]));
    put_us(view, DCM_MRAcquisitionPhaseEncodingStepsInPlane, static_cast<std::uint16_t>(size[0]));
    put_us(view, DCM_MRAcquisitionPhaseEncodingStepsOutOfPlane,
           static_cast<std::uint16_t>(size[2]));
    put_text(view, DCM_PercentSampling, "100");
    put_text(view, DCM_PercentPhaseFieldOfView, "100");
    put_text(add_item(shared, DCM_MRAveragesSequence), DCM_NumberOfAverages, "1");
    DcmItem& imaging = add_item(shared, DCM_MRImagingModifierSequence);
    put_text(imaging, DCM_PixelBandwidth, "500");
    put_text(imaging, DCM_MagnetizationTransfer, "NONE");
    put_text(imaging, DCM_BloodSignalNulling, "NO");
    put_text(imaging, DCM_Tagging, "NONE");
    put_fd(imaging, DCM_TransmitterFrequency, 2.725);  // 42.577 MHz/T at 0.064 T
    DcmItem& receive = add_item(shared, DCM_MRReceiveCoilSequence);
    put_text(receive, DCM_ReceiveCoilName, "HEAD");
    put_empty(receive, DCM_ReceiveCoilManufacturerName);
    put_text(receive, DCM_ReceiveCoilType, "MULTICOIL");
    put_text(receive, DCM_QuadratureReceiveCoil, "NO");
    DcmItem& element = add_item(receive, DCM_MultiCoilDefinitionSequence);
    put_text(element, DCM_MultiCoilElementName, "CH1");
    put_text(element, DCM_MultiCoilElementUsed, "YES");
    DcmItem& transmit = add_item(shared, DCM_MRTransmitCoilSequence);
    put_text(transmit, DCM_TransmitCoilName, "HEADTX");
    put_empty(transmit, DCM_TransmitCoilManufacturerName);
    put_text(transmit, DCM_TransmitCoilType, "VOLUME");
}

/// What all frames have in common (PS3.3 C.7.6.16.2, C.8.13.5).
void put_shared(DcmItem& set, const Series& series) {
    DcmItem& shared = add_item(set, DCM_SharedFunctionalGroupsSequence);
    DcmItem& measures = add_item(shared, DCM_PixelMeasuresSequence);
    put_text(measures, DCM_SliceThickness, series.slice_spacing());
    put_text(measures, DCM_SpacingBetweenSlices, series.slice_spacing());
    put_text(measures, DCM_PixelSpacing, series.pixel_spacing());
    put_text(add_item(shared, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient,
             series.orientation());
    DcmItem& anatomy = add_item(shared, DCM_FrameAnatomySequence);
    put_text(anatomy, DCM_FrameLaterality, "U");
    add_code(anatomy, DCM_AnatomicRegionSequence, {"12738006", "SCT", "Brain"});
    DcmItem& rescale = add_item(shared, DCM_PixelValueTransformationSequence);
    put_text(rescale, DCM_RescaleIntercept, "0");
    put_text(rescale, DCM_RescaleSlope, "1");
    put_text(rescale, DCM_RescaleType, "US");
    put_window(add_item(shared, DCM_FrameVOILUTSequence), series);
    put_description(add_item(shared, DCM_MRImageFrameTypeSequence), series, DCM_FrameType);
    put_timing(shared, series);
    put_encoding(shared, series);
}

void put_frames(DcmItem& set, const Series& series) {
    const std::string stack = "1";
    for (int k = 0; k < series.volume->geometry.size[2]; ++k) {
        DcmItem& frame = add_item(set, DCM_PerFrameFunctionalGroupsSequence);
        DcmItem& content = add_item(frame, DCM_FrameContentSequence);
        put_text(content, DCM_FrameReferenceDateTime, kDateTime);
        put_text(content, DCM_FrameAcquisitionDateTime, kDateTime);
        put_fd(content, DCM_FrameAcquisitionDuration, kAcquisitionMs);
        put_text(content, DCM_StackID, stack);
        const auto number = static_cast<Uint32>(k + 1);
        content.putAndInsertUint32(DCM_InStackPositionNumber, number);
        content.putAndInsertUint32(DCM_DimensionIndexValues, number);
        put_text(add_item(frame, DCM_PlanePositionSequence), DCM_ImagePositionPatient,
                 series.position(k));
    }
}

/// One dimension: the position in the stack (PS3.3 C.7.6.17).
void put_dimension(DcmItem& set, const Series& series) {
    const std::string uid = digest::uid_from_name("synthetic dimension|" + series.series_uid);
    put_text(add_item(set, DCM_DimensionOrganizationSequence), DCM_DimensionOrganizationUID, uid);
    DcmItem& index = add_item(set, DCM_DimensionIndexSequence);
    put_text(index, DCM_DimensionOrganizationUID, uid);
    index.putAndInsertTagKey(DCM_DimensionIndexPointer, DCM_InStackPositionNumber);
    index.putAndInsertTagKey(DCM_FunctionalGroupPointer, DCM_FrameContentSequence);
}

}  // namespace

Result<std::string> enhanced_object(const Series& series) {
    DcmFileFormat file;
    DcmDataset& set = *file.getDataset();
    put_common(set, series, UID_EnhancedMRImageStorage, 1);
    put_description(set, series, DCM_ImageType);
    put_acquisition(set, series);
    put_text(set, DCM_NumberOfFrames, std::to_string(series.volume->geometry.size[2]));
    put_dimension(set, series);
    put_shared(set, series);
    put_frames(set, series);
    const OFCondition put =
        set.putAndInsertUint16Array(DCM_PixelData, series.pixels.data(), series.pixels.size());
    if (put.bad()) return fail(ErrorKind::Internal, "the pixels could not be stored");
    return encode_part10(file);
}

}  // namespace iqt::dicom::swoop
