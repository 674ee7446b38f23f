// SPDX-License-Identifier: Apache-2.0
#include "pipeline/worker/worker.hpp"

#include <chrono>
#include <exception>
#include <thread>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "pipeline/log/log.hpp"
#include "pipeline/worker/notice_maker.hpp"
#include "pipeline/worker/result_files.hpp"

namespace iqt::worker {
namespace {

using log::Level;

// Renews a lease in the background; a lost one stops the work through `lost`.
class Heartbeat {
  public:
    Heartbeat(queue::JobStore& jobs, const queue::Claim& claim, std::int64_t lease_ms,
              std::stop_source lost)
        : thread_([&jobs, claim, lease_ms, lost](std::stop_token stop) mutable {
              beat(jobs, claim, lease_ms, std::move(lost), std::move(stop));
          }) {}

  private:
    static void beat(queue::JobStore& jobs, const queue::Claim& claim, std::int64_t lease_ms,
                     std::stop_source lost, std::stop_token stop) {
        std::mutex mutex;
        std::condition_variable_any wait;
        std::unique_lock lock(mutex);
        while (!wait.wait_for(lock, stop, std::chrono::milliseconds(lease_ms / 3),
                              [] { return false; })) {
            if (stop.stop_requested()) return;
            const Status renewed = jobs.heartbeat(claim, lease_ms);
            if (renewed) continue;
            log::event(Level::Warn, "worker.heartbeat_failed", renewed.error(),
                       {{"job", claim.job}});
            if (renewed.error().kind != ErrorKind::LeaseLost) continue;
            lost.request_stop();
            return;
        }
    }
    std::jthread thread_;
};

std::string summary_of(const stages::Enhanced& enhanced) {
    const Assessment& found = enhanced.images.assessment;
    const Provenance& how = enhanced.enhancement.provenance;
    return nlohmann::ordered_json{{"model", how.model.id},
                                  {"model_version", how.model.version},
                                  {"samples", how.samples},
                                  {"precision", how.precision},
                                  {"device", how.device},
                                  {"tiling", how.tiling},
                                  {"contrast", to_string(*enhanced.source.facts.contrast)},
                                  {"noise_sd", found.noise_sd},
                                  {"gain", enhanced.images.enhanced->gain},
                                  {"clipped_voxels", enhanced.images.enhanced->clipped_voxels},
                                  {"uncertain_ml", found.uncertain_ml},
                                  {"inconsistent_ml", found.inconsistent_ml},
                                  {"assessed_ml", found.assessed_ml}}
        .dump();
}

queue::DerivedRecord record_of(const stages::Plan& plan, std::vector<queue::ResultFile> files) {
    queue::DerivedRecord record;
    record.files = std::move(files);
    record.destinations = plan.destinations;
    record.route = plan.route;
    if (plan.enhancer != nullptr) {
        record.model_id = plan.enhancer->info().id;
        record.model_digest = plan.enhancer->info().digest;
    }
    return record;
}

}  // namespace

Worker::Worker(WorkerOptions options, queue::JobStore& jobs, const SeriesReader& reader,
               const ResultEncoder& encoder, stages::Planner planner, NoticeMaker* notices)
    : options_(std::move(options)),
      jobs_(jobs),
      reader_(reader),
      encoder_(encoder),
      planner_(std::move(planner)),
      notices_(notices) {}

void Worker::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    changed_.notify_all();
}

void Worker::wait_for_work(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::chrono::milliseconds(options_.idle_poll_ms),
                      [this] { return woken_; });
    woken_ = false;
}

void Worker::run(std::stop_token stop) {
    log::event(Level::Info, "worker.started", {{"worker", options_.name}});
    while (!stop.stop_requested()) {
        const Result<bool> worked = work_once(stop);
        if (!worked) log::event(Level::Error, "worker.claim_failed", worked.error());
        if (!worked || !*worked) wait_for_work(stop);
    }
    log::event(Level::Info, "worker.stopped", {{"worker", options_.name}});
}

Result<bool> Worker::work_once(std::stop_token stop) {
    if (notices_ != nullptr) {  // first: a notice takes a moment, a job may take minutes
        const Result<bool> made = notices_->make_one();
        if (!made) log::event(Level::Error, "worker.claim_failed", made.error());
        if (made && *made) return true;
    }
    auto claim = jobs_.claim(options_.name, options_.lease_ms);
    if (!claim) return fail(claim.error());
    if (!*claim) return false;
    process(**claim, std::move(stop));
    return true;
}

void Worker::process(const queue::Claim& claim, std::stop_token stop) {
    log::event(Level::Info, "job.started",
               {{"job", claim.job}, {"attempt", claim.attempt}, {"revision", claim.revision}});
    std::stop_source abandon;
    const std::stop_callback forward(stop, [&abandon] { abandon.request_stop(); });
    Status finished;
    try {
        const Heartbeat heartbeat(jobs_, claim, options_.lease_ms, abandon);
        auto snapshot = jobs_.snapshot(claim);
        Result<stages::Outcome> outcome = fail(ErrorKind::Internal, "no outcome");
        if (snapshot)
            outcome = stages::enhance_series(*snapshot, reader_, planner_, &encoder_,
                                             {claim.revision, claim.override_reasons},
                                             {{}, abandon.get_token()});
        else
            outcome = fail(snapshot.error());
        if (outcome)
            finished = finish(claim, *std::move(outcome));
        else if (outcome.error().kind == ErrorKind::Cancelled)
            finished = jobs_.give_back(claim);
        else {
            log::event(Level::Warn, "job.failed", outcome.error(), {{"job", claim.job}});
            finished = jobs_.finish_failed(claim, outcome.error());
        }
    } catch (const std::exception& caught) {  // the one catch of this thread
        const Error error{ErrorKind::Internal, caught.what(), "worker", "see the log; report this"};
        log::event(Level::Error, "job.failed", error, {{"job", claim.job}});
        finished = jobs_.finish_failed(claim, error);
    }
    if (!finished) {
        log::event(Level::Warn, "job.not_finished", finished.error(), {{"job", claim.job}});
        // After any other error it is not certain that the rows were not written; files that no
        // row names are swept when the listener starts.
        if (finished.error().kind == ErrorKind::LeaseLost)
            remove_result_files(options_.data_dir, results_folder(claim));
    }
}

Status Worker::finish(const queue::Claim& claim, stages::Outcome outcome) {
    if (const auto* declined = std::get_if<stages::Declined>(&outcome))
        return finish_declined(claim, *declined);
    return finish_enhanced(claim, std::get<stages::Enhanced>(outcome));
}

Status Worker::finish_enhanced(const queue::Claim& claim, const stages::Enhanced& enhanced) {
    auto files = write_result_files(options_.data_dir, results_folder(claim), enhanced.series);
    if (!files) return jobs_.finish_failed(claim, files.error());
    queue::DerivedRecord record = record_of(enhanced.plan, *std::move(files));
    record.summary_json = summary_of(enhanced);
    const auto count = static_cast<std::int64_t>(record.files.size());
    const Status done = jobs_.finish_derived(claim, record);
    if (done) log::event(Level::Info, "job.derived", {{"job", claim.job}, {"instances", count}});
    return done;
}

Status Worker::finish_declined(const queue::Claim& claim, const stages::Declined& declined) {
    auto files = write_result_files(options_.data_dir, results_folder(claim), declined.notice);
    if (!files) return jobs_.finish_failed(claim, files.error());
    std::vector<std::string> reasons;
    for (const stages::Decline& reason : declined.reasons) reasons.push_back(reason.sentence);
    const Status done =
        jobs_.finish_declined(claim, reasons, record_of(declined.plan, *std::move(files)));
    if (done)
        log::event(
            Level::Info, "job.declined",
            {{"job", claim.job}, {"reason", stages::to_string(declined.reasons.front().kind)}});
    return done;
}

}  // namespace iqt::worker
