// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/series.hpp"

namespace iqt::stages {

/// Why a series is not enhanced, in the order in which the first becomes the headline.
enum class DeclineKind {
    OwnOutput,
    Derived,
    Mosaic,
    Localizer,
    DiffusionOrMap,
    BodyPart,
    FieldStrength,
    MixedOrientation,
    DuplicatePosition,
    MissingSlice,
    TooFewSlices,
    UnknownContrast,
    Lossy,
    Undecodable,
    ContrastAgent,
    AgeOutOfRange,
    SpacingOutOfRange,
    NoModel,
    NoRoute,
    InputQuality,  ///< by its pixels (qa::assess_input); looked at only where nothing else speaks
};
std::string_view to_string(DeclineKind kind);  // "own_output", ...

struct Decline {
    DeclineKind kind = DeclineKind::OwnOutput;
    std::string sentence;  ///< for a technologist: what was found, what was expected
};

/// Whether a person may have a series enhanced in spite of this: only where the doubt concerns the
/// patient or the pixels and the geometry stands (design rule 6.6).
bool can_be_overridden(DeclineKind kind);

/// What a route may allow beyond the model's contract.
struct Allowances {
    bool unknown_field_strength = false;
    bool any_field_strength = false;
    /// What the pixels say (qa::assess_input) declines a series where it is bad enough; otherwise
    /// it only becomes a banner.
    bool input_quality_declines = false;
};

/// All reasons against enhancing, independent of the model; in order, empty = none. Pure.
std::vector<Decline> eligibility(const SeriesFacts& facts, const Allowances& allowances);

/// Reasons that follow from one model's input contract; in order. Pure.
std::vector<Decline> model_contract(const SeriesFacts& facts, const Geometry* geometry,
                                    const ModelInfo& model, const Allowances& allowances);

/// Lines that every warning image must carry for this input: unknown age, version or field, and a
/// scanner's software that is not among those that the model states (where it states any; one equal
/// value of a multi-valued SoftwareVersions is enough).
std::vector<std::string> banners(const SeriesFacts& facts, const ModelInfo& model);

}  // namespace iqt::stages
