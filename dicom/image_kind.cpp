// SPDX-License-Identifier: Apache-2.0
#include "dicom/image_kind.hpp"

#include <algorithm>
#include <array>

#include "dicom/contrast.hpp"
#include "dicom/equipment.hpp"
#include "dicom/facts.hpp"

namespace iqt::dicom {
namespace {

using Values = std::vector<std::string>;

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool has(const Values& values, std::string_view wanted) {
    return std::find(values.begin(), values.end(), wanted) != values.end();
}

/// Values of ImageType and FrameType, upper case.
Values upper_values(const FrameAttributes& frame, const DcmTagKey& tag) {
    Values values = frame.values(tag);
    for (std::string& value : values) value = upper_case(value);
    return values;
}

/// Values from the third on: the standard's terms and what vendors write (PS3.3 C.8.13.3.1,
/// C.8.3.1.1.1; Siemens, Philips and GE originals).
bool is_map_type(const Values& values) {
    static constexpr std::array<std::string_view, 44> kTerms{"DIFFUSION",
                                                             "DWI",
                                                             "ADC",
                                                             "ADC_UNSPECIFIED",
                                                             "TRACE",
                                                             "TRACEW",
                                                             "TRACE_UNSPECIFIED",
                                                             "FA",
                                                             "EADC",
                                                             "EXP",
                                                             "TENSOR",
                                                             "TENSOR_B0",
                                                             "AVDC",
                                                             "RA",
                                                             "DIFFUSION_ANISO",
                                                             "DIFFUSION ANISO",
                                                             "P",
                                                             "PHASE",
                                                             "P_FFE",
                                                             "P_SE",
                                                             "P_IR",
                                                             "P_TFE",
                                                             "PHASE MAP",
                                                             "PHASE_MAP",
                                                             "PHASE CONTRAST",
                                                             "R",
                                                             "I",
                                                             "REAL",
                                                             "IMAGINARY",
                                                             "R_FFE",
                                                             "I_FFE",
                                                             "R_SE",
                                                             "I_SE",
                                                             "R_IR",
                                                             "I_IR",
                                                             "B0",
                                                             "B1",
                                                             "FIELD_MAP",
                                                             "VELOCITY",
                                                             "PERFUSION",
                                                             "ASL",
                                                             "RELCBF",
                                                             "RCBF",
                                                             "CBF"};
    for (std::size_t i = 2; i < values.size(); ++i) {
        const std::string& value = values[i];
        if (std::find(kTerms.begin(), kTerms.end(), value) != kTerms.end()) return true;
        if (ends_with(value, " MAP") || ends_with(value, "_MAP")) return true;
    }
    return false;
}

bool is_derived_type(const Values& values) {
    return (!values.empty() && values[0] == "DERIVED") ||
           (values.size() > 1 && values[1] == "SECONDARY");
}

bool is_complex_part(const FrameAttributes& frame) {
    const std::string component = frame.code(DCM_ComplexImageComponent);
    return !component.empty() && component != "MAGNITUDE";
}

bool is_diffusion(const FrameAttributes& frame) {
    if (frame.number(DCM_DiffusionBValue).value_or(0) > 0) return true;
    const std::string directionality = frame.code(DCM_DiffusionDirectionality);
    return (!directionality.empty() && directionality != "NONE") ||
           frame.code(DCM_AcquisitionContrast) == "DIFFUSION";
}

/// "b=900" and the like; "b=0" alone says nothing.
bool names_b_value(std::string_view text) {
    for (std::size_t at = text.find("b="); at != std::string_view::npos;
         at = text.find("b=", at + 2)) {
        std::size_t digit = at + 2;
        while (digit < text.size() && (text[digit] == ' ' || text[digit] == '0')) ++digit;
        if (digit < text.size() && text[digit] >= '1' && text[digit] <= '9') return true;
    }
    return false;
}

bool is_volume_calculation(const FrameAttributes& frame) {
    const std::string technique = frame.code(DCM_VolumeBasedCalculationTechnique);
    return !technique.empty() && technique != "NONE";
}

}  // namespace

std::span<const std::pair<const char*, DcmTagKey>> name_attributes() {
    static const std::array<std::pair<const char*, DcmTagKey>, 4> kNames{
        {{"PulseSequenceName", DCM_PulseSequenceName},
         {"SequenceName", DCM_SequenceName},
         {"SeriesDescription", DCM_SeriesDescription},
         {"ProtocolName", DCM_ProtocolName}}};
    return kNames;
}

ImageKind image_kind(const FrameAttributes& frame) {
    ImageKind kind;
    for (const DcmTagKey& tag : {DCM_ImageType, DCM_FrameType}) {
        const Values values = upper_values(frame, tag);
        kind.derived |= is_derived_type(values);
        kind.mosaic |= has(values, "MOSAIC");
        kind.localizer |= has(values, "LOCALIZER");
        kind.diffusion_or_map |= is_map_type(values);
    }
    kind.derived |= is_volume_calculation(frame);
    kind.diffusion_or_map |= is_diffusion(frame) || is_complex_part(frame);
    for (const auto& [keyword, tag] : name_attributes()) {
        const auto text = frame.text(tag);
        if (!text || text->empty()) continue;
        kind.localizer |=
            has_word(*text, {"localizer", "localiser", "localizers", "scout", "scouts", "survey"});
        kind.diffusion_or_map |=
            has_word(*text, {"dwi", "adc", "dti", "diffusion", "trace", "tracew", "map", "maps",
                             "mapping", "fieldmap", "calipr"}) ||
            names_b_value(*text);
    }
    return kind;
}

bool is_own_output(const FrameAttributes& frame) {
    const bool own_type = has(upper_values(frame, DCM_ImageType), kOwnImageType);
    const std::string manufacturer = frame.code(DCM_Manufacturer);
    const std::string model = frame.code(DCM_ManufacturerModelName);
    const std::string own_model = upper_case(kNodeModelName);
    if (own_type && (manufacturer == upper_case(kOwnManufacturer) || model == own_model))
        return true;
    auto* equipment =
        dynamic_cast<DcmSequenceOfItems*>(frame.find(DCM_ContributingEquipmentSequence));
    if (equipment == nullptr) return false;
    for (DcmObject* object = equipment->nextInContainer(nullptr); object != nullptr;
         object = equipment->nextInContainer(object)) {
        auto* item = dynamic_cast<DcmItem*>(object);
        if (item == nullptr) continue;
        const FrameAttributes device(*item, nullptr, nullptr);
        if (device.code(DCM_ManufacturerModelName) != own_model) continue;
        DcmItem* purpose = device.first_item(DCM_PurposeOfReferenceCodeSequence);
        if (purpose == nullptr) return true;
        // 109102 = Processing Equipment (PS3.16 CID 7005).
        if (FrameAttributes(*purpose, nullptr, nullptr).code(DCM_CodeValue) == "109102")
            return true;
    }
    return false;
}

}  // namespace iqt::dicom
