// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pipeline/core/ports.hpp"
#include "pipeline/stages/eligibility.hpp"

namespace iqt::stages {

/// What to do with one series once it has been read: chosen by the caller's routes.
struct Plan {
    std::string route;
    Enhancer* enhancer = nullptr;  ///< not owned; outlives the call
    std::vector<OutputKind> outputs{OutputKind::Warning, OutputKind::Enhanced};
    std::vector<std::string> destinations;
    int samples = 16;
    Allowances allowances;
    std::optional<std::uint64_t> seed;  ///< overrides the seed made from the series
};

/// Chooses a plan for a series, or says why there is none. Called once, after eligibility.
using Planner = std::function<Result<Plan>(const SourceSeries&)>;

struct Declined {
    std::vector<Decline> reasons;       ///< headline first; never empty
    std::vector<EncodedSeries> notice;  ///< one page in the study, where the route asks for it
    Plan plan;                          ///< as far as there is one
};

struct Enhanced {
    Plan plan;
    SourceSeries source;
    Enhancement enhancement;
    DerivedImages images;
    std::vector<EncodedSeries> series;
};

using Outcome = std::variant<Declined, Enhanced>;

/// Which turn of a job this is.
struct Turn {
    int revision = 1;
    /// A person released it although it had been declined: what is safe to override (eligibility)
    /// becomes a banner "OVERRIDE" on every image.
    bool override_reasons = false;
};

struct Progress {
    std::function<void(double, std::string_view)> report;
    std::stop_token stop;
};

/// assemble -> check -> infer -> assess -> derive for one series: the one path that `serve` and
/// `enhance` share, so that their pixel data are equal. `encoder` may be null (NIfTI): series stay
/// empty. Errors: of the reader, the enhancer and the encoder.
Result<Outcome> enhance_series(const SeriesSnapshot& snapshot, const SeriesReader& reader,
                               const Planner& planner, const ResultEncoder* encoder,
                               const Turn& turn, const Progress& progress);

/// The same from a series that is already read.
Result<Outcome> enhance_series(SourceSeries source, const Planner& planner,
                               const ResultEncoder* encoder, const Turn& turn,
                               const Progress& progress);

}  // namespace iqt::stages
