// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/enhance_series.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "pipeline/core/assert.hpp"
#include "pipeline/digest/digest.hpp"
#include "pipeline/qa/input_qa.hpp"
#include "pipeline/stages/assess.hpp"
#include "pipeline/stages/derive.hpp"
#include "pipeline/stages/notice.hpp"

namespace iqt::stages {
namespace {

void say(const Progress& progress, double share, std::string_view step) {
    if (progress.report) progress.report(share, step);
}

// Every reason against this series, in the order of DeclineKind; the plan may be missing.
std::vector<Decline> all_reasons(const SourceSeries& source, const Result<Plan>& plan) {
    const Allowances allowances = plan ? plan->allowances : Allowances{};
    std::vector<Decline> reasons = eligibility(source.facts, allowances);
    if (!plan) {
        reasons.push_back({DeclineKind::NoRoute, to_string(plan.error())});
    } else if (plan->enhancer != nullptr) {
        const Geometry* geometry = source.volume ? &source.volume->geometry : nullptr;
        for (Decline& decline :
             model_contract(source.facts, geometry, plan->enhancer->info(), allowances))
            reasons.push_back(std::move(decline));
    } else if (source.facts.contrast) {
        reasons.push_back(
            {DeclineKind::NoModel, "no model package is installed for " +
                                       std::string(to_string(*source.facts.contrast)) + " series"});
    }
    const bool geometry_stands =
        std::all_of(reasons.begin(), reasons.end(),
                    [](const Decline& reason) { return can_be_overridden(reason.kind); });
    if (geometry_stands && !source.volume)
        reasons.push_back({DeclineKind::Undecodable, "no volume could be built from the images"});
    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const Decline& a, const Decline& b) { return a.kind < b.kind; });
    return reasons;
}

// What the pixels say against it; in the order of the findings.
std::vector<Decline> reasons_of(const InputQa& qa) {
    std::vector<Decline> reasons;
    for (const QaFinding& finding : qa.findings)
        if (finding.declines) reasons.push_back({DeclineKind::InputQuality, finding.sentence});
    return reasons;
}

// Takes out of the reasons what a person has overridden, where no other reason stands: a banner for
// each, with the name of its kind.
std::vector<std::string> overridden(std::vector<Decline>& reasons, const Turn& turn) {
    std::vector<std::string> lines;
    const bool all = std::all_of(reasons.begin(), reasons.end(), [](const Decline& reason) {
        return can_be_overridden(reason.kind);
    });
    if (!turn.override_reasons || !all) return lines;
    for (const Decline& reason : reasons) {
        std::string line = "OVERRIDE: " + std::string(to_string(reason.kind));
        std::replace(line.begin(), line.end(), '_', ' ');
        if (std::find(lines.begin(), lines.end(), line) == lines.end())
            lines.push_back(std::move(line));
    }
    reasons.clear();
    return lines;
}

Assessment assess_with_input(const SourceSeries& source, const Enhancement& enhancement, InputQa qa,
                             const std::vector<std::string>& overrides) {
    Assessment assessment = assess(*source.volume, enhancement);
    assessment.overridden = !overrides.empty();
    assessment.banners = overrides;
    for (std::string& line : banners(source.facts, enhancement.provenance.model))
        assessment.banners.push_back(std::move(line));
    for (const QaFinding& finding : qa.findings) assessment.banners.push_back(finding.banner);
    assessment.input_qa = std::move(qa);
    return assessment;
}

Result<Declined> decline(const SourceSeries& source, std::vector<Decline> reasons,
                         Result<Plan> plan, const ResultEncoder* encoder, int revision) {
    Declined declined;
    declined.reasons = std::move(reasons);
    if (!plan) return declined;
    const auto& outputs = plan->outputs;
    const bool own = declined.reasons.front().kind == DeclineKind::OwnOutput;
    const bool notice =
        std::find(outputs.begin(), outputs.end(), OutputKind::Notice) != outputs.end();
    if (!notice || own || encoder == nullptr || source.header == nullptr) return declined;
    NoticePage page{"This series was not enhanced", {}, {}, revision};
    for (const Decline& reason : declined.reasons) {
        page.paragraphs.push_back(reason.sentence);
        page.parameters += to_string(reason.kind);
        page.parameters += ';';
    }
    if (plan->enhancer != nullptr) page.model = plan->enhancer->info();
    auto encoded = encode_notice(source, page, *encoder);
    if (!encoded) return fail(encoded.error());
    declined.plan = *std::move(plan);
    declined.notice = *std::move(encoded);
    return declined;
}

}  // namespace

Result<Outcome> enhance_series(SourceSeries source, const Planner& planner,
                               const ResultEncoder* encoder, const Turn& turn,
                               const Progress& progress) {
    Result<Plan> plan = planner(source);
    if (!plan && plan.error().kind != ErrorKind::NotFound) return fail(plan.error());
    auto reasons = all_reasons(source, plan);
    std::vector<std::string> overrides = overridden(reasons, turn);
    InputQa qa;
    if (reasons.empty()) {
        say(progress, 0.02, "check");
        qa = qa::assess_input(*source.volume, *source.facts.contrast);
        if (plan->allowances.input_quality_declines) reasons = reasons_of(qa);
        for (std::string& line : overridden(reasons, turn)) overrides.push_back(std::move(line));
    }
    if (!reasons.empty()) {
        auto declined =
            decline(source, std::move(reasons), std::move(plan), encoder, turn.revision);
        if (!declined) return fail(declined.error());
        return Outcome(*std::move(declined));
    }
    EnhanceRequest request;
    request.contrast = *source.facts.contrast;
    request.samples = plan->samples;
    request.seed = plan->seed.value_or(digest::leading_bits(source.content_digest));
    request.stop = progress.stop;
    request.progress = [&](double share, std::string_view step) {
        say(progress, 0.05 + 0.75 * share, step);
    };
    say(progress, 0.05, "infer");
    auto enhancement = plan->enhancer->enhance(*source.volume, request);
    if (!enhancement) return fail(enhancement.error());
    IQT_ASSERT(enhancement->mean.geometry ==
               refine(source.volume->geometry, plan->enhancer->info().target_spacing_mm));
    say(progress, 0.8, "assess");
    const Assessment assessment = assess_with_input(source, *enhancement, std::move(qa), overrides);
    say(progress, 0.85, "derive");
    Enhanced enhanced;
    enhanced.images = derive(source, *enhancement, assessment, plan->outputs, turn.revision);
    if (progress.stop.stop_requested()) return fail(ErrorKind::Cancelled, "stopped by request");
    if (encoder != nullptr) {
        say(progress, 0.92, "encode");
        auto series = encoder->encode(source, enhanced.images);
        if (!series) return fail(series.error());
        enhanced.series = *std::move(series);
    }
    enhanced.plan = *std::move(plan);
    enhanced.source = std::move(source);
    enhanced.enhancement = *std::move(enhancement);
    say(progress, 1.0, "done");
    return Outcome(std::move(enhanced));
}

Result<Outcome> enhance_series(const SeriesSnapshot& snapshot, const SeriesReader& reader,
                               const Planner& planner, const ResultEncoder* encoder,
                               const Turn& turn, const Progress& progress) {
    say(progress, 0.0, "assemble");
    auto source = reader.read(snapshot);
    if (!source) return fail(source.error());
    source->calling_ae = snapshot.calling_ae;
    source->called_ae = snapshot.called_ae;
    return enhance_series(*std::move(source), planner, encoder, turn, progress);
}

}  // namespace iqt::stages
