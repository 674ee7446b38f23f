// SPDX-License-Identifier: Apache-2.0
#include "dicom/mr_acquisition.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"
#include "dicom/text_values.hpp"

namespace iqt::dicom {
namespace {

/// Where a classic attribute stands in an Enhanced object; rows of one target are tried in order,
/// then the target itself at the top level.
struct Mapping {
    DcmTagKey target, group, attribute;
};

const std::array kMappings{
    Mapping{DCM_RepetitionTime, DCM_MRTimingAndRelatedParametersSequence, DCM_RepetitionTime},
    Mapping{DCM_EchoTrainLength, DCM_MRTimingAndRelatedParametersSequence, DCM_EchoTrainLength},
    Mapping{DCM_EchoTrainLength, DCM_MRTimingAndRelatedParametersSequence, DCM_RFEchoTrainLength},
    Mapping{DCM_FlipAngle, DCM_MRTimingAndRelatedParametersSequence, DCM_FlipAngle},
    Mapping{DCM_EchoTime, DCM_MREchoSequence, DCM_EffectiveEchoTime},
    Mapping{DCM_InversionTime, DCM_MRModifierSequence, DCM_InversionTimes},
    Mapping{DCM_InversionTime, DCM_MRModifierSequence, DCM_InversionTime},
    Mapping{DCM_ScanOptions, DCM_MRModifierSequence, DCM_ScanOptions},
    Mapping{DCM_NumberOfAverages, DCM_MRAveragesSequence, DCM_NumberOfAverages},
    Mapping{DCM_PixelBandwidth, DCM_MRImagingModifierSequence, DCM_PixelBandwidth},
    Mapping{DCM_ImagingFrequency, DCM_MRImagingModifierSequence, DCM_TransmitterFrequency},
    Mapping{DCM_ReceiveCoilName, DCM_MRReceiveCoilSequence, DCM_ReceiveCoilName},
    Mapping{DCM_TransmitCoilName, DCM_MRTransmitCoilSequence, DCM_TransmitCoilName},
};

/// Attributes that stand at the top level of both kinds of object, or of classic ones alone.
const std::array kTopLevel{DCM_AcquisitionDate,
                           DCM_AcquisitionTime,
                           DCM_AcquisitionDateTime,
                           DCM_AcquisitionNumber,
                           DCM_MagneticFieldStrength,
                           DCM_EchoNumbers,
                           DCM_SAR,
                           DCM_dBdt,
                           DCM_VariableFlipAngleFlag,
                           DCM_AngioFlag,
                           DCM_TriggerTime};

DcmItem* group_item(DcmItem& source, const DcmTagKey& groups, const DcmTagKey& group) {
    DcmItem* all = nullptr;
    DcmItem* item = nullptr;
    if (source.findAndGetSequenceItem(groups, all, 0).bad() || all == nullptr) return nullptr;
    return all->findAndGetSequenceItem(group, item, 0).good() ? item : nullptr;
}

/// The first value of a number, or the text of a text attribute, as text that suits a classic one.
std::optional<std::string> value_of(DcmItem& item, const DcmTagKey& tag) {
    DcmElement* element = nullptr;
    if (item.findAndGetElement(tag, element).bad() || element == nullptr) return std::nullopt;
    Float64 number = 0;
    Uint16 count = 0;
    if (element->ident() == EVR_FD) {
        if (element->getFloat64(number, 0).bad()) return std::nullopt;
        return decimal_string(number);
    }
    if (element->ident() == EVR_US) {
        if (element->getUint16(count, 0).bad() || count == 0) return std::nullopt;
        return std::to_string(count);
    }
    auto text = text_of(item, tag);
    return text && !text->empty() ? text : std::nullopt;
}

std::optional<std::string> value_in_group(DcmItem& source, const DcmTagKey& group,
                                          const DcmTagKey& attribute) {
    for (const DcmTagKey& groups :
         {DCM_SharedFunctionalGroupsSequence, DCM_PerFrameFunctionalGroupsSequence})
        if (DcmItem* item = group_item(source, groups, group))
            if (auto value = value_of(*item, attribute)) return value;
    return std::nullopt;
}

/// Values of a multi-valued code string that are among the allowed ones.
std::vector<std::string> allowed_values(const std::string& text,
                                        std::initializer_list<const char*> allowed) {
    std::vector<std::string> values;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\\', begin), text.size());
        const std::string value = text.substr(begin, end - begin);
        if (std::find(allowed.begin(), allowed.end(), value) != allowed.end())
            values.push_back(value);
        begin = end + 1;
    }
    return values;
}

std::string joined(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "" : "\\") + value;
    return text;
}

/// ScanningSequence of an Enhanced object from its pulse sequence attributes (PS3.3 C.8.13.4).
std::vector<std::string> scanning_sequence_of_enhanced(DcmItem& source) {
    std::vector<std::string> values;
    const std::string echo = text_of(source, DCM_EchoPulseSequence).value_or("");
    if (echo == "SPIN" || echo == "BOTH") values.emplace_back("SE");
    if (echo == "GRADIENT" || echo == "BOTH") values.emplace_back("GR");
    if (text_of(source, DCM_EchoPlanarPulseSequence).value_or("") == "YES")
        values.emplace_back("EP");
    return values;
}

void put_scanning_sequence(DcmItem& source, DcmItem& out) {
    auto values = scanning_sequence_of_enhanced(source);
    const bool enhanced = !values.empty();
    if (!enhanced)
        values = allowed_values(text_of(source, DCM_ScanningSequence).value_or(""),
                                {"SE", "IR", "GR", "EP", "RM"});
    const bool inverted =
        value_in_group(source, DCM_MRModifierSequence, DCM_InversionRecovery).value_or("") == "YES";
    if (inverted && std::find(values.begin(), values.end(), "IR") == values.end())
        values.emplace_back("IR");
    // Inversion Time is required with IR: without it the claim would make the object invalid.
    if (text_of(out, DCM_InversionTime).value_or("").empty()) std::erase(values, "IR");
    put_text(out, DCM_ScanningSequence, values.empty() ? "RM" : joined(values));
    const auto variants = allowed_values(text_of(source, DCM_SequenceVariant).value_or(""),
                                         {"SK", "MTC", "SS", "TRSS", "SP", "MP", "OSP", "NONE"});
    put_text(out, DCM_SequenceVariant, variants.empty() ? "NONE" : joined(variants));
}

/// What differs in spelling between the two kinds of object.
void put_renamed(DcmItem& source, DcmItem& out) {
    if (!copy_if_legal(source, DCM_SequenceName, out))
        put_if_legal(out, DCM_SequenceName, text_of(source, DCM_PulseSequenceName).value_or(""));
    if (!copy_if_legal(source, DCM_ImagedNucleus, out))
        put_if_legal(out, DCM_ImagedNucleus, text_of(source, DCM_ResonantNucleus).value_or(""));
    std::string phase =
        value_in_group(source, DCM_MRFOVGeometrySequence, DCM_InPlanePhaseEncodingDirection)
            .value_or(text_of(source, DCM_InPlanePhaseEncodingDirection).value_or(""));
    if (phase == "COLUMN") phase = "COL";
    if (phase == "ROW" || phase == "COL") put_text(out, DCM_InPlanePhaseEncodingDirection, phase);
    const std::string dimensions = text_of(source, DCM_MRAcquisitionType).value_or("");
    if (dimensions == "2D" || dimensions == "3D") put_text(out, DCM_MRAcquisitionType, dimensions);
}

}  // namespace

void copy_mr_acquisition(DcmItem& source, DcmItem& out) {
    for (const Mapping& row : kMappings) {
        if (out.tagExists(row.target) == OFTrue) continue;
        if (const auto value = value_in_group(source, row.group, row.attribute))
            put_if_legal(out, row.target, *value);
    }
    for (const Mapping& row : kMappings)
        if (out.tagExists(row.target) == OFFalse) copy_if_legal(source, row.target, out);
    for (const DcmTagKey& tag : kTopLevel) copy_if_legal(source, tag, out);
    put_renamed(source, out);
    put_scanning_sequence(source, out);
    for (const DcmTagKey& tag : {DCM_ScanOptions, DCM_MRAcquisitionType, DCM_RepetitionTime,
                                 DCM_EchoTime, DCM_EchoTrainLength})
        if (out.tagExists(tag) == OFFalse) put_empty(out, tag);
}

}  // namespace iqt::dicom
