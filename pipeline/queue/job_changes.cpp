// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/assert.hpp"
#include "pipeline/queue/notices.hpp"
#include "pipeline/queue/store_state.hpp"

/// Changes of a job that several calls share.
namespace iqt::queue {
namespace {

std::string so_often(int count) {
    return count == 1 ? "once" : std::to_string(count) + " times";
}

}  // namespace

void give_up(Transaction& tx, JobHead& job, const std::string& how, const std::string& why) {
    tx.move(job, JobState::Dead, how);
    tx.set_reasons(job.id, {why});
    request_notice(tx, job, NoticeCause::GivenUp, {why});
}

Result<JobHead> leased_job(Transaction& tx, const Claim& claim) {
    auto job = tx.job(claim.job);
    if (job && job->state == JobState::Running && job->token == claim.token) return *job;
    return fail(ErrorKind::LeaseLost, "the job meanwhile belongs to somebody else",
                "job " + std::to_string(to_int(claim.job)));
}

void end_crashed_attempt(StoreState& state, Transaction& tx, JobHead& job, const std::string& how) {
    tx.query("UPDATE jobs SET crashes = crashes + 1 WHERE id = ?", to_int(job.id)).run();
    ++job.crashes;
    if (job.attempt < state.options.work_retry.attempts_max) {
        tx.move(job, JobState::Ready, how);
        return;
    }
    const std::string why = job.crashes == job.attempt
                                ? "the worker died " + so_often(job.attempt) + " on this series"
                                : "given up after " + std::to_string(job.attempt) +
                                      " attempts; in " + std::to_string(job.crashes) +
                                      " of them the worker died";
    give_up(tx, job, how, why);
}

void end_interrupted_attempt(StoreState& state, Transaction& tx, JobHead& job) {
    constexpr const char* kHow = "the node ended while the worker had it";
    int before = 0;
    {
        Query count = tx.query("SELECT count(*) FROM events WHERE job_id = ? AND detail = ?",
                               to_int(job.id), kHow);
        IQT_ASSERT(count.next());
        before = count.small(0);
    }
    if (before + 1 < state.options.interruptions_max) {
        tx.query("UPDATE jobs SET attempt = attempt - 1 WHERE id = ?", to_int(job.id)).run();
        tx.move(job, JobState::Ready, kHow);
        return;
    }
    give_up(tx, job, kHow,
            "the node ended " + so_often(before + 1) + " while it worked on this series");
}

void supersede(Transaction& tx, JobHead job, const std::string& why) {
    tx.withdraw_unsent(job.id, why);
    switch (job.state) {
        case JobState::Delivered:
        case JobState::Declined:
        case JobState::Dead:
        case JobState::Cancelled:
            tx.note(job.id, "superseded", why);
            return;
        default:
            tx.move(job, JobState::Cancelled, why);
            tx.set_reasons(job.id, {why});
    }
}

void hold_for_person(Transaction& tx, JobHead job, const std::string& why,
                     std::optional<NoticeCause> notice) {
    if (job.hold == kHoldIdentity) return;
    tx.withdraw_unsent(job.id, why);
    switch (job.state) {
        case JobState::Delivered:
        case JobState::Declined:
        case JobState::Dead:
        case JobState::Cancelled:
            tx.note(job.id, "disputed", why);
            return;
        case JobState::Derived:  // it is computed again when it is released
        case JobState::Delivering:
        case JobState::Failed:
            tx.move(job, JobState::Ready, why);
            break;
        default:
            break;
    }
    if (job.state == JobState::Ready) tx.move(job, JobState::Receiving, why);
    if (job.state != JobState::Held) tx.move(job, JobState::Held, why);
    tx.query("UPDATE jobs SET hold = ? WHERE id = ?", kHoldIdentity, to_int(job.id)).run();
    tx.set_reasons(job.id, {why});
    if (notice) request_notice(tx, job, *notice, {why});
}

}  // namespace iqt::queue
