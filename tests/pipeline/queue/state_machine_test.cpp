// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>
#include <tuple>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {
namespace {

using Step = std::tuple<int, int, int, int>;  // what, and three numbers to choose by

/// A store to which anything may happen, and what must hold whatever did.
class World : public StoreTest {
  public:
    World() { open(); }
    void TestBody() override {}

    void run(const Step& step) {
        const auto& [what, x, y, z] = step;
        // As often as a job needs it to get on, so that histories reach every state.
        if (what < 5)
            receive(x, y, z);
        else if (what < 6)
            end_association(x, y);
        else if (what < 10)
            pass_time(x);
        else if (what < 13)
            take_job();
        else if (what < 17)
            finish(x, y);
        else if (what < 23)
            send(x, y);
        else if (what < 25)
            operate(x, y);
        else if (what < 26)
            restart(x);
        else
            tell(x, y);
    }

    void check() {
        std::map<std::pair<std::string, std::string>, std::vector<JobRow>> series;
        auto rows = store->list({.limit = 1000});
        RC_ASSERT(rows.has_value());
        for (JobRow& row : *rows) {
            check_story(row);
            series[{row.series_uid, identity_of(row.id)}].push_back(row);
        }
        for (auto& [key, jobs] : series) {
            // Newest first: only the newest may still be going on, and it has everything.
            RC_ASSERT(jobs.front().instances == static_cast<int>(current_[key].size()));
            for (std::size_t n = 1; n < jobs.size(); ++n) {
                RC_ASSERT(jobs[n].revision < jobs[n - 1].revision);
                RC_ASSERT(is_final(jobs[n].state));
            }
        }
        check_nothing_lost();
    }

  private:
    // Deterministic in its choices, so that a failure can be shrunk.
    void receive(int x, int y, int z) {
        const Sender from{.series = "1." + std::to_string(x % 4),
                          .name = y % 50 == 0 ? "SECOND" : "FIRST",
                          .association = "a" + std::to_string(z % 3)};
        const Picture picture{.pixels = z % 43 == 0 ? "other" : "pixels",
                              .header = from.name + std::to_string(z % 17 == 0)};
        const ReceivedInstance one = slice(1 + y % 4, from, picture);
        const std::string sop = one.facts.sop_instance_uid, content = one.object.data;
        const auto receipt = store->accept(one);
        RC_ASSERT(receipt.has_value());
        acknowledged_.insert(digest::sha256_hex(content));
        current_[{from.series, one.facts.identity_digest}][sop] = content;
    }

    void end_association(int x, int y) {
        store->association_ended("a" + std::to_string(x % 3),
                                 y % 5 == 0 ? AssociationEnd::Aborted : AssociationEnd::Released);
    }

    void pass_time(int x) {
        static constexpr std::array<std::int64_t, 4> kSteps{100, 10'000, 40'000, 2'000'000};
        clock.advance(kSteps[static_cast<std::size_t>(x % 4)]);
        RC_ASSERT(store->tick().has_value());
    }

    void take_job() {
        const auto claim = store->claim("w1", 30'000);
        RC_ASSERT(claim.has_value());
        if (*claim) claims_.push_back(**claim);
    }

    void finish(int x, int y) {
        if (claims_.empty()) return;
        // Mostly the newest claim; now and then one that may have been lost long ago.
        const Claim claim =
            x % 4 != 0 ? claims_.back() : claims_[static_cast<std::size_t>(x) % claims_.size()];
        const bool mine = show(claim.job).job.state == JobState::Running && is_last_claim(claim);
        const std::string tag = "j" + std::to_string(to_int(claim.job)) + "x";
        Status done;
        switch (y % 12) {
            case 0:
                done = store->heartbeat(claim, 30'000);
                break;
            case 1:
                done = store->give_back(claim);
                break;
            case 2:
                done = store->finish_failed(claim, {ErrorKind::Io, "disk", {}, {}});
                break;
            case 3:
                done = store->finish_declined(claim, {"reason"}, {});
                break;
            case 4:
                done = store->finish_derived(claim, record_for({}, tag));
                break;
            default:
                done = store->finish_derived(claim, record_for({"A", "B"}, tag));
        }
        RC_ASSERT(done.has_value() || done.error().kind == ErrorKind::LeaseLost);
        RC_ASSERT(mine || !done.has_value());
    }

    bool is_last_claim(const Claim& claim) const {
        std::int64_t last = 0;
        for (const Claim& one : claims_)
            if (one.job == claim.job) last = std::max(last, one.token);
        return claim.token == last;
    }

    // A notice is made, fails, or is lost; its job stays what it is.
    void tell(int x, int y) {
        const auto claim = store->claim_notice("w1", 30'000);
        RC_ASSERT(claim.has_value());
        if (*claim) notices_.push_back(**claim);
        if (notices_.empty() || y % 5 == 0) return;
        const NoticeClaim& notice =
            x % 4 != 0 ? notices_.back() : notices_[static_cast<std::size_t>(x) % notices_.size()];
        const JobState before = show(notice.job).job.state;
        DerivedRecord page;
        page.files = {result(OutputKind::Notice, 1, "m" + std::to_string(notice.id))};
        page.destinations = {"A", "B"};
        const Status done = y % 7 == 0 ? store->fail_notice(notice, {ErrorKind::Io, "disk", {}, {}})
                                       : store->finish_notice(notice, page);
        RC_ASSERT(done.has_value() || done.error().kind == ErrorKind::LeaseLost);
        RC_ASSERT(!done || before == JobState::Held || before == JobState::Dead);
        RC_ASSERT(show(notice.job).job.state == before);
    }

    void send(int x, int y) {
        const std::string destination = x % 2 == 0 ? "A" : "B";
        const auto batch = store->due(destination);
        RC_ASSERT(batch.has_value());
        if (!*batch) return;
        for (const OutgoingInstance& one : (*batch)->instances) {
            RC_ASSERT(!accepted_.contains(one.delivery_id));
            const bool warning =
                one.sop_instance_uid.starts_with(series_uid_of(OutputKind::Warning) + ".");
            const bool notice =
                one.sop_instance_uid.starts_with(series_uid_of(OutputKind::Notice) + ".");
            const JobState at = show((*batch)->job).job.state;
            RC_ASSERT(notice == (at == JobState::Held || at == JobState::Dead));
            for (const DeliveryRow& row : show((*batch)->job).deliveries)
                RC_ASSERT(warning || notice || row.destination != destination ||
                          row.kind != OutputKind::Warning || row.state == "accepted");
            const auto result = y % 7 == 0   ? SendResult::Permanent
                                : y % 3 == 0 ? SendResult::Transient
                                             : SendResult::Accepted;
            RC_ASSERT(store->record({one.delivery_id, result, 0, "said"}).has_value());
            if (result == SendResult::Accepted) accepted_.insert(one.delivery_id);
        }
    }

    void operate(int x, int y) {
        const auto rows = store->list({});
        RC_ASSERT(rows.has_value());
        if (rows->empty()) return;
        const JobId job = (*rows)[static_cast<std::size_t>(x) % rows->size()].id;
        Status done;
        switch (y % 5) {
            case 0:
                done = store->retry(job);
                break;
            case 1:
                done = store->cancel(job);
                break;
            case 2:
                done = store->urgent(job);
                break;
            case 3:
                done = store->release(job, {});
                break;
            default:
                done = store->release(job, {.override_reasons = true});
        }
        RC_ASSERT(done.has_value() || done.error().kind == ErrorKind::Conflict);
    }

    void restart(int x) {
        if (x % 3 == 0) {
            clock.reboot();
            options.testing.boot_id += "+";
        }
        if (x % 5 == 0) RC_ASSERT(store->release_worker("w1", WorkerEnd::WithNode).has_value());
        open();
    }

    void check_story(const JobRow& row) {
        std::optional<JobState> at;
        for (const JobEvent& event : show(row.id).events) {
            const auto next = job_state_from(event.event);
            if (!next) continue;
            RC_ASSERT((at ? is_legal_transition(*at, *next) : *next == JobState::Receiving));
            at = next;
        }
        RC_ASSERT(at.has_value());
        RC_ASSERT(*at == row.state);
        const bool says_why = row.state != JobState::Held && row.state != JobState::Declined &&
                              row.state != JobState::Dead && row.state != JobState::Failed;
        RC_ASSERT(says_why || !row.reasons.empty());
    }

    SQLite::Database peek() const {
        return SQLite::Database((options.data_dir / "queue.sqlite").string());
    }

    std::string identity_of(JobId job) const {
        SQLite::Database database = peek();
        SQLite::Statement row(database,
                              "SELECT identity_digest FROM series JOIN jobs ON series.id = "
                              "series_id WHERE jobs.id = ?");
        row.bind(1, to_int(job));
        RC_ASSERT(row.executeStep());
        return row.getColumn(0).getString();
    }

    void check_nothing_lost() const {
        SQLite::Database database = peek();
        std::set<std::string> stored;
        SQLite::Statement rows(database, "SELECT data FROM instances");
        while (rows.executeStep()) stored.insert(digest::sha256_hex(rows.getColumn(0).getString()));
        for (const std::string& one : acknowledged_) RC_ASSERT(stored.contains(one));
    }

    std::set<std::string> acknowledged_;
    std::map<std::pair<std::string, std::string>, std::map<std::string, std::string>> current_;
    std::vector<Claim> claims_;
    std::vector<NoticeClaim> notices_;
    std::set<std::int64_t> accepted_;
};

RC_GTEST_PROP(StateMachine, NeverLosesAnInstanceAndNeverTakesAnIllegalStep, ()) {
    const auto number = rc::gen::inRange(0, 1'000);
    const auto steps = *rc::gen::scale(2.5, rc::gen::container<std::vector<Step>>(rc::gen::tuple(
                                                rc::gen::inRange(0, 29), number, number, number)));
    World world;
    for (const Step& step : steps) world.run(step);
    world.check();
}

}  // namespace
}  // namespace iqt::queue
