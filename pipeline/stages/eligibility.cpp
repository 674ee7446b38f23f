// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/eligibility.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace iqt::stages {
namespace {

constexpr std::array<std::string_view, 20> kNames{"own_output",
                                                  "derived",
                                                  "mosaic",
                                                  "localizer",
                                                  "diffusion_or_map",
                                                  "body_part",
                                                  "field_strength",
                                                  "mixed_orientation",
                                                  "duplicate_position",
                                                  "missing_slice",
                                                  "too_few_slices",
                                                  "unknown_contrast",
                                                  "lossy",
                                                  "undecodable",
                                                  "contrast_agent",
                                                  "age_out_of_range",
                                                  "spacing_out_of_range",
                                                  "no_model",
                                                  "no_route",
                                                  "input_quality"};

constexpr Range kLowFieldT{0.05, 0.1};
constexpr int kSlicesMin = 8;

// BodyPartExamined terms (PS3.16 annex L) and region names under which heads are sent.
constexpr std::array<std::string_view, 6> kHeadTerms{"BRAIN", "HEAD",  "SKULL",
                                                     "NEURO", "CEREB", "INTRACRANIAL"};

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", value);
    return text.data();
}

bool is_head(std::string_view body_part) {
    return std::any_of(kHeadTerms.begin(), kHeadTerms.end(), [&](std::string_view term) {
        return body_part.find(term) != std::string_view::npos;
    });
}

/// Whether one of the series' values (separated by backslashes) is stated; true where none is.
bool is_validated_software(std::string_view series, const std::vector<std::string>& stated) {
    if (stated.empty()) return true;
    while (!series.empty()) {
        const std::string_view value = series.substr(0, series.find('\\'));
        series.remove_prefix(std::min(series.size(), value.size() + 1));
        if (std::find(stated.begin(), stated.end(), value) != stated.end()) return true;
    }
    return false;
}

class Reasons {
  public:
    void add(DeclineKind kind, std::string sentence) {
        list_.push_back({kind, std::move(sentence)});
    }
    std::vector<Decline> take() { return std::move(list_); }

  private:
    std::vector<Decline> list_;
};

void check_kind_of_image(const SeriesFacts& facts, Reasons& reasons) {
    if (facts.own_output)
        reasons.add(DeclineKind::OwnOutput,
                    "this series was made by this product; results are not enhanced again");
    if (facts.derived)
        reasons.add(DeclineKind::Derived,
                    "the images are marked DERIVED; only original acquisitions are enhanced");
    if (facts.mosaic) reasons.add(DeclineKind::Mosaic, "the images are mosaics of many slices");
    if (facts.localizer) reasons.add(DeclineKind::Localizer, "this is a localizer or scout series");
    if (facts.diffusion_or_map)
        reasons.add(
            DeclineKind::DiffusionOrMap,
            "this is a diffusion, phase or parameter-map series, not a T1, T2 or FLAIR image");
    if (!facts.body_part.empty() && !is_head(facts.body_part))
        reasons.add(DeclineKind::BodyPart,
                    "the body part examined is " + facts.body_part + ", not the brain or head");
}

void check_field(const SeriesFacts& facts, const Allowances& allowances, Reasons& reasons) {
    if (allowances.any_field_strength) return;
    if (!facts.field_strength_t) {
        if (!allowances.unknown_field_strength)
            reasons.add(DeclineKind::FieldStrength,
                        "the field strength is not stated (MagneticFieldStrength and the "
                        "transmitter frequency are both absent); the route may allow this");
        return;
    }
    if (!kLowFieldT.contains(*facts.field_strength_t))
        reasons.add(DeclineKind::FieldStrength, "the field strength is " +
                                                    number(*facts.field_strength_t) +
                                                    " T; the models are made for 0.05 to 0.1 T");
}

void check_stack(const SeriesFacts& facts, Reasons& reasons) {
    if (facts.mixed_orientation)
        reasons.add(DeclineKind::MixedOrientation,
                    "the images of the series do not share one orientation");
    if (facts.mixed_size)
        reasons.add(DeclineKind::MixedOrientation,
                    "the images of the series do not share one matrix size or pixel spacing");
    if (facts.mixed_contrast)
        reasons.add(DeclineKind::MixedOrientation,
                    "the images of the series do not share one contrast (echo times differ)");
    if (facts.duplicate_positions > 0)
        reasons.add(DeclineKind::DuplicatePosition,
                    std::to_string(facts.duplicate_positions) +
                        (facts.duplicate_positions == 1 ? " image lies" : " images lie") +
                        " at a position that another image has already");
    if (facts.missing_slices > 0)
        reasons.add(DeclineKind::MissingSlice,
                    std::to_string(facts.missing_slices) +
                        (facts.missing_slices == 1 ? " slice is" : " slices are") +
                        " missing inside the stack; send the whole series again");
    if (facts.irregular_spacing)
        reasons.add(DeclineKind::MissingSlice,
                    "the slices are not equally spaced (or carry no usable position)");
    if (facts.slice_count < kSlicesMin)
        reasons.add(DeclineKind::TooFewSlices, "the series has " +
                                                   std::to_string(facts.slice_count) +
                                                   " slices; at least 8 are needed");
}

}  // namespace

std::string_view to_string(DeclineKind kind) {
    return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Decline> eligibility(const SeriesFacts& facts, const Allowances& allowances) {
    Reasons reasons;
    check_kind_of_image(facts, reasons);
    check_field(facts, allowances, reasons);
    check_stack(facts, reasons);
    if (!facts.contrast)
        reasons.add(DeclineKind::UnknownContrast,
                    "the contrast could not be recognised as T1, T2 or FLAIR");
    if (facts.lossy) reasons.add(DeclineKind::Lossy, "the images were compressed with loss");
    if (!facts.undecodable.empty()) reasons.add(DeclineKind::Undecodable, facts.undecodable);
    if (facts.contrast_agent)
        reasons.add(DeclineKind::ContrastAgent,
                    "a contrast agent was given; the models were not made for that");
    return reasons.take();
}

std::vector<Decline> model_contract(const SeriesFacts& facts, const Geometry* geometry,
                                    const ModelInfo& model, const Allowances& allowances) {
    Reasons reasons;
    if (facts.patient_age_y && !model.age_y.contains(*facts.patient_age_y))
        reasons.add(DeclineKind::AgeOutOfRange,
                    "the patient's age is outside the range that model " + model.id +
                        " was made for (" + number(model.age_y.min) + " to " +
                        number(model.age_y.max) + " years)");
    if (geometry != nullptr) {
        const auto slice_axis = static_cast<std::size_t>(geometry->slice_axis());
        for (std::size_t axis = 0; axis < 3; ++axis) {
            const Range& range =
                axis == slice_axis ? model.slice_spacing_mm : model.in_plane_spacing_mm;
            if (range.contains(geometry->spacing_mm[axis])) continue;
            reasons.add(DeclineKind::SpacingOutOfRange,
                        std::string(axis == slice_axis ? "the slice" : "the in-plane") +
                            " spacing is " + number(geometry->spacing_mm[axis]) + " mm; model " +
                            model.id + " takes " + number(range.min) + " to " + number(range.max) +
                            " mm");
            if (axis != slice_axis) break;
        }
    }
    if (facts.contrast && std::find(model.contrasts.begin(), model.contrasts.end(),
                                    *facts.contrast) == model.contrasts.end())
        reasons.add(DeclineKind::NoModel, "model " + model.id + " was not made for " +
                                              std::string(to_string(*facts.contrast)));
    // eligibility() has judged the field against the product's domain; a model may be narrower.
    if (facts.field_strength_t && !allowances.any_field_strength &&
        kLowFieldT.contains(*facts.field_strength_t) &&
        !model.field_strength_t.contains(*facts.field_strength_t))
        reasons.add(
            DeclineKind::FieldStrength,
            "the field strength is outside the range that model " + model.id + " was made for");
    return reasons.take();
}

bool can_be_overridden(DeclineKind kind) {
    switch (kind) {
        case DeclineKind::BodyPart:
        case DeclineKind::ContrastAgent:
        case DeclineKind::AgeOutOfRange:
        case DeclineKind::InputQuality:
            return true;
        default:
            return false;
    }
}

std::vector<std::string> banners(const SeriesFacts& facts, const ModelInfo& model) {
    std::vector<std::string> lines;
    if (!facts.patient_age_y) lines.emplace_back("PATIENT AGE UNKNOWN");
    if (facts.software_versions.empty()) lines.emplace_back("SCANNER SOFTWARE VERSION UNKNOWN");
    if (!is_validated_software(facts.software_versions, model.software_versions))
        lines.emplace_back("SOFTWARE VERSION NOT VALIDATED");
    if (!facts.field_strength_t) lines.emplace_back("FIELD STRENGTH NOT STATED");
    return lines;
}

}  // namespace iqt::stages
