// SPDX-License-Identifier: Apache-2.0
#include "pipeline/worker/notice_maker.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "pipeline/log/log.hpp"
#include "pipeline/stages/notice.hpp"
#include "pipeline/worker/result_files.hpp"

namespace iqt::worker {
namespace {

using log::Level;

}  // namespace

NoticeMaker::NoticeMaker(WorkerOptions options, queue::NoticeStore& notices,
                         const SeriesReader& reader, const ResultEncoder& encoder,
                         stages::Planner routes)
    : options_(std::move(options)),
      notices_(notices),
      reader_(reader),
      encoder_(encoder),
      routes_(std::move(routes)) {}

Result<bool> NoticeMaker::make_one() {
    const auto claim = notices_.claim_notice(options_.name, options_.lease_ms);
    if (!claim) return fail(claim.error());
    if (!*claim) return false;
    make(**claim);
    return true;
}

void NoticeMaker::make(const queue::NoticeClaim& claim) {
    Result<queue::DerivedRecord> record = fail(ErrorKind::Internal, "no record");
    try {
        record = record_of(claim);
    } catch (const std::exception& caught) {  // a foreign library's; the worker goes on
        record = fail(ErrorKind::Internal, caught.what(), "worker", "see the log; report this");
    }
    if (!record) log::event(Level::Warn, "notice.failed", record.error(), {{"job", claim.job}});
    const Status finished = record ? notices_.finish_notice(claim, *record)
                                   : notices_.fail_notice(claim, record.error());
    if (finished && record && !record->files.empty())
        log::event(Level::Info, "notice.made",
                   {{"job", claim.job}, {"cause", to_string(claim.cause)}});
    if (finished) return;
    log::event(Level::Warn, "notice.not_finished", finished.error(), {{"job", claim.job}});
    // As with a job's results: where the commit failed the rows may be there all the same.
    if (!record || finished.error().kind == ErrorKind::LeaseLost)
        remove_result_files(options_.data_dir, results_folder(claim));
}

Result<queue::DerivedRecord> NoticeMaker::record_of(const queue::NoticeClaim& claim) const {
    auto about = notices_.notice_source(claim);
    if (!about) return fail(about.error());
    auto source = reader_.read_header(about->object);
    if (!source) return fail(source.error());
    source->series_uid = about->series_uid;
    source->identity_digest = about->identity_digest;
    source->calling_ae = about->calling_ae;
    source->called_ae = about->called_ae;
    source->instances = std::move(about->instances);
    queue::DerivedRecord record;
    const auto plan = routes_(*source);
    if (!plan && plan.error().kind != ErrorKind::NotFound) return fail(plan.error());
    if (!plan) return record;  // no route, so nobody who is to be told
    const bool asked = std::find(plan->outputs.begin(), plan->outputs.end(), OutputKind::Notice) !=
                       plan->outputs.end();
    // A notice about a notice could go round between node and PACS for ever.
    if (!asked || source->facts.own_output) return record;
    const auto encoded = stages::encode_notice(
        *source, stages::notice_page(claim.cause, claim.reasons, claim.revision), encoder_);
    if (!encoded) return fail(encoded.error());
    auto files = write_result_files(options_.data_dir, results_folder(claim), *encoded);
    if (!files) return fail(files.error());
    record.files = *std::move(files);
    record.destinations = plan->destinations;
    record.route = plan->route;
    return record;
}

}  // namespace iqt::worker
