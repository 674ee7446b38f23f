// SPDX-License-Identifier: Apache-2.0
#include "pipeline/log/log.hpp"
#include "pipeline/queue/intake.hpp"
#include "pipeline/queue/object_file.hpp"
#include "pipeline/queue/sqlite_store.hpp"

namespace iqt::queue {
namespace {

// Each round answers one question; only racing senders of one instance make more than three.
constexpr int kRoundsMax = 16;

struct StoredVersion {
    ObjectBytes bytes;
    std::string digest;
};

Result<StoredVersion> stored_version(StoreState& state, std::int64_t instance) {
    Database::Reader reader = state.read();
    Query row =
        reader.query("SELECT data, file, size, digest FROM instances WHERE id = ?", instance);
    if (!row.next())
        return fail(ErrorKind::NotFound, "an instance to compare with is gone", "queue");
    StoredVersion stored;
    stored.bytes.size = static_cast<std::uint64_t>(row.integer(2));
    stored.digest = row.text(3);
    if (row.is_null(1))
        stored.bytes.data = row.text(0);
    else
        stored.bytes.file = state.options.data_dir / row.text(1);
    return stored;
}

// What cannot be compared is not equal: both are kept.
bool are_equal(StoreState& state, const Question& question, const StoredObject& object) {
    const auto stored = stored_version(state, question.instance);
    if (!stored) {
        log::event(log::Level::Warn, "queue.comparison_failed", stored.error());
        return false;
    }
    if (question.what != Matter::EqualPixels) {
        // The sender may throw away what is answered as a duplicate: ours has to be of use.
        const Status sound = verify_object(stored->bytes, stored->digest);
        if (!sound) log::event(log::Level::Warn, "queue.object_damaged", sound.error());
        if (!sound || question.what == Matter::Intact) return sound.has_value();
    }
    const ObjectCompare& compare = question.what == Matter::EqualContent
                                       ? state.options.content_equal
                                       : state.options.pixels_equal;
    const Result<bool> equal = compare(stored->bytes, object.bytes());
    if (!equal) log::event(log::Level::Warn, "queue.comparison_failed", equal.error());
    return equal.value_or(false);
}

}  // namespace

Result<Receipt> SqliteStore::accept(ReceivedInstance instance) {
    return guarded([&]() -> Result<Receipt> {
        const InstanceFacts& facts = instance.facts;
        if (facts.sop_instance_uid.empty() || facts.series_uid.empty() || facts.study_uid.empty())
            return fail(ErrorKind::InvalidInput, "the object lacks a SOP, Series or Study UID");
        auto object = StoredObject::take(state_->options.data_dir, state_->options.blob_bytes_max,
                                         std::move(instance.object));
        if (!object) return fail(object.error());
        Answers answers;
        for (int round = 0; round < kRoundsMax; ++round) {
            auto outcome = Intake(*state_, instance, *object, answers).run();
            if (!outcome) return fail(outcome.error());
            if (outcome->question) {
                const Question& question = *outcome->question;
                if (question.what == Matter::Urgency)
                    answers.first_priority =
                        state_->options.first_priority(instance, object->bytes());
                else
                    answers.equal[question] = are_equal(*state_, question, *object);
                continue;
            }
            const Accepted& accepted = *outcome->accepted;
            if (!accepted.receipt.duplicate) object->keep();
            if (accepted.makes_work) state_->notify();
            return accepted.receipt;
        }
        return fail(ErrorKind::Unavailable, "the instance keeps changing while it is stored",
                    "queue", "send it again");
    });
}

void SqliteStore::object_cut_off(std::string_view association_id, std::string_view series_uid) {
    const Status noted = guarded([&]() -> Status {
        const std::string association = state_->session + "/" + std::string(association_id);
        Transaction tx = state_->write();
        std::vector<std::int64_t> jobs;
        {
            Query query = tx.query(
                "SELECT jobs.id FROM series JOIN jobs ON jobs.series_id = series.id "
                "WHERE series_uid = ? AND state IN ('receiving', 'held', 'ready')",
                series_uid);
            while (query.next()) jobs.push_back(query.integer(0));
        }
        if (jobs.empty()) return {};
        for (const std::int64_t job : jobs)
            tx.query("INSERT OR IGNORE INTO touches(association, job_id, clears) VALUES (?, ?, 0)",
                     association, job)
                .run();
        tx.commit();
        const std::lock_guard lock(state_->touched_mutex);
        state_->touched[association].insert(jobs.begin(), jobs.end());
        return {};
    });
    if (!noted) log::event(log::Level::Warn, "queue.cut_off_lost", noted.error());
}

void SqliteStore::association_ended(std::string_view association_id, AssociationEnd how) {
    const Status ended = guarded([&]() -> Status {
        const std::string association = state_->session + "/" + std::string(association_id);
        {
            const std::lock_guard lock(state_->touched_mutex);
            if (state_->touched.erase(association) == 0) return {};  // it sent nothing
        }
        Transaction tx = state_->write();
        struct Row {
            JobId job{};
            bool clears = false;
        };
        std::vector<Row> rows;
        {
            Query query =
                tx.query("SELECT job_id, clears FROM touches WHERE association = ?", association);
            while (query.next()) rows.push_back({JobId{query.integer(0)}, query.small(1) != 0});
        }
        tx.query("DELETE FROM touches WHERE association = ?", association).run();
        for (const Row& row : rows) {
            auto job = tx.job(row.job);
            if (!job || !job->unclaimed()) continue;
            if (how == AssociationEnd::Aborted) {
                tx.query("UPDATE jobs SET aborted = 1 WHERE id = ?", to_int(job->id)).run();
                tx.query("UPDATE touches SET clears = 0 WHERE job_id = ?", to_int(job->id)).run();
                tx.note(job->id, "association_aborted");
            } else if (row.clears) {
                tx.query("UPDATE jobs SET aborted = 0 WHERE id = ?", to_int(job->id)).run();
                if (job->state == JobState::Held && job->hold == kHoldIncomplete) {
                    tx.move(*job, JobState::Receiving, "sent again over a connection that held");
                    tx.set_reasons(job->id, {});
                }
            }
        }
        tx.commit();
        state_->notify();
        return {};
    });
    // The series then waits for SettleTimes::open_association_ms instead.
    if (!ended) log::event(log::Level::Warn, "queue.association_end_lost", ended.error());
}

}  // namespace iqt::queue
