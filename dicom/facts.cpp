// SPDX-License-Identifier: Apache-2.0
#include "dicom/facts.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "dicom/image_kind.hpp"

namespace iqt::dicom {
namespace {

constexpr double kProtonMhzPerTesla = 42.577;

/// "055Y", "18M", "3W", "10D" (PS3.5 6.2, AS; leading zeros are often left out).
std::optional<double> age_from(std::string_view text) {
    text = trimmed(text);
    if (text.size() < 2 || text.size() > 4) return std::nullopt;
    const auto number = number_from(text.substr(0, text.size() - 1));
    if (!number || *number < 0) return std::nullopt;
    switch (text.back()) {
        case 'Y':
            return *number;
        case 'M':
            return *number / 12.0;
        case 'W':
            return *number * 7 / 365.2425;
        case 'D':
            return *number / 365.2425;
        default:
            return std::nullopt;
    }
}

std::optional<std::chrono::sys_days> date_from(const std::string& text) {
    if (text.size() != 8 || text.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year{std::stoi(text.substr(0, 4))},
        std::chrono::month{static_cast<unsigned>(std::stoi(text.substr(4, 2)))},
        std::chrono::day{static_cast<unsigned>(std::stoi(text.substr(6, 2)))}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date};
}

std::optional<double> patient_age_y(const FrameAttributes& frame) {
    if (const auto age = age_from(frame.text(DCM_PatientAge).value_or(""))) return age;
    const auto birth = date_from(frame.code(DCM_PatientBirthDate));
    const auto study = date_from(frame.code(DCM_StudyDate));
    if (!birth || !study || *study < *birth) return std::nullopt;
    return static_cast<double>((*study - *birth).count()) / 365.2425;
}

std::optional<double> field_strength_t(const FrameAttributes& frame) {
    if (const auto stated = frame.number(DCM_MagneticFieldStrength); stated && *stated > 0)
        return stated;
    // The frequency gives the field for protons only.
    for (const DcmTagKey& tag : {DCM_ResonantNucleus, DCM_ImagedNucleus})
        if (const auto nucleus = frame.code(tag);
            !nucleus.empty() && nucleus != "1H" && nucleus != "H1" && nucleus != "H")
            return std::nullopt;
    for (const DcmTagKey& tag : {DCM_TransmitterFrequency, DCM_ImagingFrequency})
        if (const auto mhz = frame.number(tag); mhz && *mhz > 0) return *mhz / kProtonMhzPerTesla;
    return std::nullopt;
}

std::string body_part(const FrameAttributes& frame) {
    if (std::string stated = frame.code(DCM_BodyPartExamined); !stated.empty()) return stated;
    DcmItem* region = frame.first_item(DCM_AnatomicRegionSequence);
    if (region == nullptr) return {};
    return FrameAttributes(*region, nullptr, nullptr).code(DCM_CodeMeaning);
}

bool has_contrast_agent(const FrameAttributes& frame) {
    const std::string agent = frame.code(DCM_ContrastBolusAgent);
    const bool named = !agent.empty() && agent != "NONE" && agent != "NO" && agent != "N";
    return named || frame.first_item(DCM_ContrastBolusAgentSequence) != nullptr;
}

FramePlane plane_of(const FrameAttributes& frame, const PixelLayout& layout) {
    FramePlane plane;
    plane.rows = layout.rows;
    plane.columns = layout.columns;
    if (const auto p = frame.numbers(DCM_ImagePositionPatient); p.size() == 3)
        plane.position_lps_mm = Vec3{p[0], p[1], p[2]};
    if (const auto o = frame.numbers(DCM_ImageOrientationPatient); o.size() == 6)
        plane.orientation = std::array<double, 6>{o[0], o[1], o[2], o[3], o[4], o[5]};
    if (const auto s = frame.numbers(DCM_PixelSpacing); s.size() == 2)
        plane.pixel_spacing_mm = std::array<double, 2>{s[0], s[1]};
    plane.slice_spacing_mm = frame.number(DCM_SpacingBetweenSlices);
    if (!plane.slice_spacing_mm) plane.slice_spacing_mm = frame.number(DCM_SliceThickness);
    plane.frame_of_reference_uid = trimmed(frame.text(DCM_FrameOfReferenceUID).value_or(""));
    return plane;
}

/// Absent or empty: `otherwise`; not a number: nullopt.
std::optional<double> number_or(const FrameAttributes& frame, const DcmTagKey& tag,
                                double otherwise) {
    return frame.values(tag).empty() ? otherwise : frame.number(tag);
}

FrameValues values_of(const FrameAttributes& frame) {
    FrameValues values;
    const auto slope = number_or(frame, DCM_RescaleSlope, 1);
    const auto intercept = number_or(frame, DCM_RescaleIntercept, 0);
    values.usable = slope && intercept && *slope != 0;
    values.slope = slope.value_or(1);
    values.intercept = intercept.value_or(0);
    const auto center = frame.number(DCM_WindowCenter), width = frame.number(DCM_WindowWidth);
    if (center && width && *width > 0) values.window = Window{*center, *width};
    return values;
}

ContrastHints contrast_hints(const FrameAttributes& frame) {
    ContrastHints hints;
    hints.acquisition_contrast = frame.code(DCM_AcquisitionContrast);
    hints.repetition_time_ms = frame.number(DCM_RepetitionTime);
    hints.echo_time_ms = frame.number(DCM_EffectiveEchoTime);
    if (!hints.echo_time_ms) hints.echo_time_ms = frame.number(DCM_EchoTime);
    hints.inversion_time_ms = frame.number(DCM_InversionTimes);
    if (!hints.inversion_time_ms) hints.inversion_time_ms = frame.number(DCM_InversionTime);
    const auto sequences = frame.values(DCM_ScanningSequence);
    const auto variants = frame.values(DCM_SequenceVariant);
    const auto holds = [](const std::vector<std::string>& values, std::string_view value) {
        return std::find(values.begin(), values.end(), value) != values.end();
    };
    hints.echo_planar = holds(sequences, "EP") || frame.code(DCM_EchoPlanarPulseSequence) == "YES";
    const std::string steady = frame.code(DCM_SteadyStatePulseSequence);
    hints.balanced = (holds(sequences, "GR") && holds(variants, "SS") && !holds(variants, "SP") &&
                      hints.inversion_time_ms.value_or(0) <= 0) ||
                     steady == "FREE_PRECESSION" || steady == "TIME_REVERSED";
    for (const auto& [keyword, tag] : name_attributes())
        if (auto text = frame.text(tag); text && !text->empty())
            hints.names.emplace_back(keyword, std::move(*text));
    return hints;
}

}  // namespace

InstanceSummary summarise(DcmItem& data_set, const PixelLayout& layout) {
    InstanceSummary summary;
    const auto views = frame_attributes(data_set, layout.frames);
    const FrameAttributes& first = views.front();
    summary.own_output = is_own_output(first);
    summary.body_part = body_part(first);
    summary.manufacturer = trimmed(first.text(DCM_Manufacturer).value_or(""));
    summary.software_versions = trimmed(first.text(DCM_SoftwareVersions).value_or(""));
    summary.field_strength_t = field_strength_t(first);
    summary.patient_age_y = patient_age_y(first);
    summary.contrast_agent = has_contrast_agent(first);
    summary.lossy = first.code(DCM_LossyImageCompression) == "01";
    summary.modality_lut = first.first_item(DCM_ModalityLUTSequence) != nullptr;
    for (const FrameAttributes& frame : views) {
        const ImageKind kind = image_kind(frame);
        summary.derived |= kind.derived;
        summary.mosaic |= kind.mosaic;
        summary.localizer |= kind.localizer;
        summary.diffusion_or_map |= kind.diffusion_or_map;
        summary.frames.push_back({plane_of(frame, layout), values_of(frame), contrast_hints(frame),
                                  frame.code(DCM_EchoNumbers)});
    }
    return summary;
}

bool differ_in_contrast(const FrameHeader& a, const FrameHeader& b) {
    const auto differ = [](const std::optional<double>& one, const std::optional<double>& other) {
        return one && other &&
               std::abs(*one - *other) > 0.01 * std::max(std::abs(*one), std::abs(*other));
    };
    const auto both_differ = [](const std::string& one, const std::string& other) {
        return !one.empty() && !other.empty() && one != other;
    };
    return differ(a.contrast.echo_time_ms, b.contrast.echo_time_ms) ||
           differ(a.contrast.inversion_time_ms, b.contrast.inversion_time_ms) ||
           both_differ(a.echo_numbers, b.echo_numbers) ||
           both_differ(a.contrast.acquisition_contrast, b.contrast.acquisition_contrast);
}

}  // namespace iqt::dicom
