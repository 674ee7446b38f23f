// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "pipeline/queue/notices.hpp"
#include "pipeline/queue/retention.hpp"
#include "pipeline/queue/settle_policy.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/queue/store_state.hpp"

namespace iqt::queue {
namespace {

struct Waiting {
    JobId id{};
    std::string calling_ae;
    SettleState state;
};

std::vector<Waiting> waiting_jobs(StoreState& store, Transaction& tx) {
    std::vector<Waiting> jobs;
    Query query = tx.query(
        "SELECT id, calling_ae, activity_boot, activity_steady_ms, activity_utc_ms, aborted, "
        "instances = multi_frames, EXISTS (SELECT 1 FROM touches WHERE job_id = jobs.id) FROM jobs "
        "WHERE state IN ('receiving', 'held') AND hold IS NOT ?",
        kHoldIdentity);
    while (query.next()) {
        Waiting job{JobId{query.integer(0)}, query.text(1), {}};
        job.state.since_last_ms = store.since_ms(query.text(2), query.integer(3), query.integer(4));
        job.state.listening_ms = store.clock.steady_ms() - store.opened_steady_ms;
        job.state.association_aborted = query.small(5) != 0;
        job.state.enhanced_only = query.small(6) != 0;
        job.state.association_open = query.small(7) != 0;
        jobs.push_back(std::move(job));
    }
    return jobs;
}

SeriesShape stored_shape(Transaction& tx, const JobHead& job) {
    if (removed_instances(tx, job.series) > 0) return SeriesShape::Removed;
    std::vector<InstanceGeometry> instances;
    Query query = tx.query(
        "SELECT multi_frame, px, py, pz, rx, ry, rz, cx, cy, cz FROM instances "
        "WHERE series_id = ? AND replaced_in IS NULL",
        job.series);
    while (query.next()) {
        InstanceGeometry one;
        one.multi_frame = query.small(0) != 0;
        if (!query.is_null(1))
            one.position_lps_mm = Vec3{query.real(1), query.real(2), query.real(3)};
        if (!query.is_null(4))
            one.orientation = {query.real(4), query.real(5), query.real(6),
                               query.real(7), query.real(8), query.real(9)};
        instances.push_back(one);
    }
    return shape_of(instances);
}

class Clockwork {
  public:
    Clockwork(StoreState& store, Transaction& tx) : store_(store), tx_(tx) {}

    void settle_series() {
        for (const Waiting& waiting : waiting_jobs(store_, tx_)) {
            auto job = tx_.job(waiting.id);
            if (!job) continue;
            const Settlement settlement =
                settle(store_.settle_times(waiting.calling_ae), waiting.state,
                       [&] { return stored_shape(tx_, *job); });
            if (std::holds_alternative<SettleReady>(settlement)) {
                tx_.move(*job, JobState::Ready,
                         job->state == JobState::Held ? "not held any longer" : "settled");
                tx_.set_reasons(job->id, {});
                ++done.settled;
            } else if (const auto* wait = std::get_if<SettleWait>(&settlement)) {
                wake_in(wait->more_ms);
            } else {
                hold(*job, std::get<SettleHold>(settlement));
            }
        }
    }

    void end_expired_leases() {
        for (const Expired& lease : expired_leases()) {
            auto job = tx_.job(lease.job);
            if (!job) continue;
            if (lease.of_former_boot)
                end_interrupted_attempt(store_, tx_, *job);
            else
                end_crashed_attempt(store_, tx_, *job, "its lease ran out");
            ++done.returned;
        }
    }

    void retry_failed() {
        const std::int64_t now = tx_.utc_ms();
        std::vector<JobId> due;
        {
            Query query = tx_.query("SELECT id, retry_at_utc_ms FROM jobs WHERE state = 'failed'");
            while (query.next()) {
                const std::int64_t left_ms = query.integer(1) - now;
                // Further away than any wait: the clock was set back.
                if (left_ms <= 0 || left_ms > longest_ms(store_.options.work_retry))
                    due.push_back(JobId{query.integer(0)});
                else
                    wake_in(left_ms);
            }
        }
        for (const JobId id : due) {
            auto job = tx_.job(id);
            if (!job) continue;
            tx_.move(*job, JobState::Ready, "tried again");
            ++done.retried;
        }
    }

    JobStore::Tick done;

  private:
    void hold(JobHead& job, const SettleHold& settlement) {
        wake_in(settlement.more_ms);
        if (job.state == JobState::Held) return;
        tx_.move(job, JobState::Held, settlement.reason);
        tx_.query("UPDATE jobs SET hold = ? WHERE id = ?", kHoldIncomplete, to_int(job.id)).run();
        tx_.set_reasons(job.id, {settlement.reason});
        if (settlement.needs_person)
            request_notice(tx_, job, NoticeCause::ImagesRemoved, {settlement.reason});
        ++done.held;
    }

    struct Expired {
        JobId job{};
        bool of_former_boot = false;
    };

    std::vector<Expired> expired_leases() {
        std::vector<Expired> expired;
        Query query = tx_.query(
            "SELECT id, lease_boot, lease_until_steady_ms FROM jobs WHERE state = 'running'");
        while (query.next()) {
            const std::int64_t left_ms = query.integer(2) - tx_.steady_ms();
            const bool former = query.text(1) != store_.boot_id;
            if (former || left_ms <= 0)
                expired.push_back({JobId{query.integer(0)}, former});
            else
                wake_in(left_ms);
        }
        return expired;
    }

    void wake_in(std::int64_t more_ms) {
        const std::int64_t at = tx_.utc_ms() + more_ms;
        done.next_utc_ms = std::min(done.next_utc_ms.value_or(at), at);
    }

    StoreState& store_;
    Transaction& tx_;
};

}  // namespace

Result<JobStore::Tick> SqliteStore::tick() {
    return guarded([&]() -> Result<Tick> {
        Transaction tx = state_->write();
        Clockwork clockwork(*state_, tx);
        clockwork.settle_series();
        clockwork.end_expired_leases();
        clockwork.retry_failed();
        const Tick& done = clockwork.done;
        if (done.settled + done.held + done.returned + done.retried > 0) {
            tx.commit();
            state_->notify();
        }
        return done;
    });
}

Result<int> SqliteStore::forget(int jobs_max) {
    if (state_->options.delivered_keep_ms <= 0) return 0;
    return guarded([&]() -> Result<int> { return remove_delivered(*state_, jobs_max); });
}

}  // namespace iqt::queue
