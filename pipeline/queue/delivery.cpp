// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>
#include <map>

#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/queue/store_state.hpp"

namespace iqt::queue {
namespace {

struct Delivery {
    std::int64_t id = 0;
    JobId job{};
    std::string destination, kind, state;
    int attempts = 0;
    bool of_notice = false;  ///< about a held or dead job
};

std::optional<Delivery> delivery(Transaction& tx, std::int64_t id) {
    Query row = tx.query(
        "SELECT id, job_id, destination, kind, state, attempts, notice_id IS NOT NULL "
        "FROM deliveries WHERE id = ?",
        id);
    if (!row.next()) return std::nullopt;
    return Delivery{row.integer(0), JobId{row.integer(1)}, row.text(2),      row.text(3),
                    row.text(4),    row.small(5),          row.small(6) != 0};
}

bool is_warning(const Delivery& row) {
    return row.kind == to_string(OutputKind::Warning);
}

std::string hex_status(int status) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04X", static_cast<unsigned int>(status) & 0xffffU);
    return text.data();
}

void store_state(Transaction& tx, const Delivery& row, const char* state,
                 const SendOutcome& outcome, const std::string& message) {
    tx.query(
          "UPDATE deliveries SET state = ?, attempts = ?, dimse_status = ?, message = ?, "
          "updated_utc_ms = ?, next_at_utc_ms = NULL WHERE id = ?",
          state, row.attempts + 1, static_cast<int>(outcome.dimse_status), message, tx.utc_ms(),
          row.id)
        .run();
}

// What a notice says was true when it left; it is wrong only under a corrected identity.
bool is_to_be_retracted(Transaction& tx, const Delivery& row) {
    if (!row.of_notice) return true;
    return tx
        .query(
            "SELECT 1 FROM jobs j JOIN series s ON s.id = j.series_id "
            "WHERE j.id = ? AND s.superseded_by IS NOT NULL",
            to_int(row.job))
        .next();
}

void accept_delivery(Transaction& tx, const Delivery& row, const SendOutcome& outcome) {
    const bool late = row.state == "withdrawn";
    store_state(tx, row, "accepted", outcome,
                late ? "sent before it was withdrawn" : outcome.message);
    if (late && is_to_be_retracted(tx, row))
        tx.note(row.job, "retraction_due", "an object was on its way when it was withdrawn");
    if (!is_warning(row)) return;
    const bool more = tx.query(
                            "SELECT 1 FROM deliveries WHERE job_id = ? AND destination = ? "
                            "AND kind = 'warning' AND state <> 'accepted' LIMIT 1",
                            to_int(row.job), row.destination)
                          .next();
    if (!more) arm_deliveries(tx, row.job);
}

void refuse_delivery(Transaction& tx, const Delivery& row, const SendOutcome& outcome,
                     const std::string& message) {
    store_state(tx, row, "refused", outcome, message);
    tx.note(row.job, "refused",
            row.destination + ", " + row.kind + ", status " + hex_status(outcome.dimse_status) +
                ": " + message);
    if (!is_warning(row)) return;
    const int withheld =
        tx.query(
              "UPDATE deliveries SET state = 'withheld', next_at_utc_ms = NULL, message = ?, "
              "updated_utc_ms = ? WHERE job_id = ? AND destination = ? AND kind <> 'warning' "
              "AND state = 'pending'",
              "its warning images were refused", tx.utc_ms(), to_int(row.job), row.destination)
            .run();
    if (withheld > 0)
        tx.note(row.job, "withheld",
                row.destination + ": " + std::to_string(withheld) +
                    " objects, because a warning image was refused");
}

void postpone_delivery(StoreState& state, Transaction& tx, const Delivery& row,
                       const SendOutcome& outcome) {
    const Backoff& schedule = state.delivery_retry(row.destination);
    const int failures = row.attempts + 1;
    if (failures >= schedule.attempts_max) {
        refuse_delivery(tx, row, outcome,
                        "given up after " + std::to_string(failures) + " attempts" +
                            (outcome.message.empty() ? "" : ": " + outcome.message));
        return;
    }
    store_state(tx, row, "pending", outcome, outcome.message);
    tx.query("UPDATE deliveries SET next_at_utc_ms = ? WHERE id = ?",
             tx.utc_ms() + backoff_ms(schedule, failures, state.jitter()), row.id)
        .run();
}

/// The job whose turn it is at a destination. What only adds to an enhanced series (often the
/// largest objects) waits until nothing else is due, of later jobs too.
std::optional<std::int64_t> next_job(Database::Reader& reader, const std::string& destination,
                                     std::int64_t now, std::int64_t beyond) {
    for (const char* sql : {"SELECT job_id FROM sendable WHERE destination = ? "
                            "AND (next_at_utc_ms <= ? OR next_at_utc_ms > ?) "
                            "AND kind NOT IN ('uncertainty', 'flags', 'report') "
                            "ORDER BY priority, job_id LIMIT 1",
                            "SELECT job_id FROM sendable WHERE destination = ? "
                            "AND (next_at_utc_ms <= ? OR next_at_utc_ms > ?) "
                            "ORDER BY priority, job_id LIMIT 1"}) {
        Query first = reader.query(sql, destination, now, beyond);
        if (first.next()) return first.integer(0);
    }
    return std::nullopt;
}

}  // namespace

void arm_deliveries(Transaction& tx, JobId job) {
    tx.query(
          "UPDATE deliveries AS d SET next_at_utc_ms = ? WHERE job_id = ? AND state = 'pending' "
          "AND next_at_utc_ms IS NULL AND (kind = 'warning' OR NOT EXISTS (SELECT 1 FROM "
          "deliveries w WHERE w.job_id = d.job_id AND w.destination = d.destination AND "
          "w.kind = 'warning' AND w.state <> 'accepted'))",
          tx.utc_ms(), to_int(job))
        .run();
}

void close_delivery(Transaction& tx, JobHead& job) {
    if (job.state != JobState::Derived && job.state != JobState::Delivering) return;
    if (tx.query("SELECT 1 FROM deliveries WHERE job_id = ? AND state = 'pending' "
                 "AND notice_id IS NULL LIMIT 1",
                 to_int(job.id))
            .next())
        return;
    std::vector<std::string> reasons;
    {
        Query refused = tx.query(
            "SELECT destination, count(*), max(dimse_status), max(message) FROM deliveries "
            "WHERE job_id = ? AND state = 'refused' AND notice_id IS NULL GROUP BY destination",
            to_int(job.id));
        while (refused.next())
            reasons.push_back(refused.text(0) + " did not take " + refused.text(1) +
                              " of the objects (status " + hex_status(refused.small(2)) +
                              "): " + refused.text(3));
    }
    if (reasons.empty()) {
        tx.move(job, JobState::Delivered, "all destinations have everything");
        return;
    }
    tx.move(job, JobState::Dead, reasons.front());
    tx.set_reasons(job.id, reasons);
}

Result<std::optional<DeliveryStore::Batch>> SqliteStore::due(std::string_view destination) {
    return guarded([&]() -> Result<std::optional<Batch>> {
        const std::string to(destination);
        const std::int64_t now = state_->clock.utc_ms();
        // Later than any wait can be: the clock was set back since.
        const std::int64_t beyond = now + longest_ms(state_->delivery_retry(to));
        Database::Reader reader = state_->read();
        const auto next = next_job(reader, to, now, beyond);
        if (!next) return std::optional<Batch>();
        const std::int64_t job = *next;
        // What failed together is tried again together, although each row has a wait of its own:
        // once one row of a kind is due, all waiting rows of that kind share its association.
        Query rows = reader.query(
            "SELECT s.id, s.kind, r.sop_class_uid, r.sop_instance_uid, r.path, "
            "(s.next_at_utc_ms <= ? OR s.next_at_utc_ms > ?), r.sha256 FROM sendable s "
            "JOIN results r ON r.id = s.result_id WHERE s.destination = ? AND s.job_id = ? "
            "ORDER BY r.number, s.id",
            now, beyond, to, job);
        std::map<OutputKind, Batch> by_kind;
        std::optional<OutputKind> first_due;
        while (rows.next()) {
            const auto kind = output_kind_from(rows.text(1));
            if (!kind) continue;
            if (rows.integer(5) != 0 && (!first_due || *kind < *first_due)) first_due = kind;
            by_kind[*kind].instances.push_back({rows.integer(0), rows.text(2), rows.text(3),
                                                state_->options.data_dir / rows.text(4),
                                                rows.text(6)});
        }
        if (!first_due) return std::optional<Batch>();
        Batch batch = std::move(by_kind[*first_due]);
        batch.job = JobId{job};
        return std::optional<Batch>(std::move(batch));
    });
}

Status SqliteStore::record(const SendOutcome& outcome) {
    return guarded([&]() -> Status {
        Transaction tx = state_->write();
        const auto row = delivery(tx, outcome.delivery_id);
        if (!row)
            return fail(ErrorKind::NotFound, "there is no such delivery",
                        "delivery " + std::to_string(outcome.delivery_id));
        if (row->state == "accepted") return {};
        if (outcome.result == SendResult::Accepted)
            accept_delivery(tx, *row, outcome);
        else if (row->state != "pending")
            return {};  // withdrawn or withheld meanwhile: it did not go out, nothing to note
        else if (outcome.result == SendResult::Permanent)
            refuse_delivery(tx, *row, outcome, outcome.message);
        else
            postpone_delivery(*state_, tx, *row, outcome);
        // What became of a notice says nothing of how the results of its job are delivered.
        auto job = row->of_notice ? std::nullopt : tx.job(row->job);
        if (job && job->state == JobState::Derived)
            tx.move(*job, JobState::Delivering, "first outcome from " + row->destination);
        if (job) close_delivery(tx, *job);
        tx.commit();
        state_->notify();
        return {};
    });
}

Result<std::optional<std::int64_t>> SqliteStore::next_due_utc_ms(std::string_view destination) {
    return guarded([&]() -> Result<std::optional<std::int64_t>> {
        const std::string to(destination);
        Database::Reader reader = state_->read();
        Query next =
            reader.query("SELECT min(next_at_utc_ms) FROM sendable WHERE destination = ?", to);
        if (!next.next() || next.is_null(0)) return std::optional<std::int64_t>();
        const std::int64_t now = state_->clock.utc_ms();
        const bool clock_set_back = next.integer(0) > now + longest_ms(state_->delivery_retry(to));
        return std::optional<std::int64_t>(clock_set_back ? now : next.integer(0));
    });
}

Result<bool> SqliteStore::may_send(std::int64_t delivery_id) {
    return guarded([&]() -> Result<bool> {
        Database::Reader reader = state_->read();
        return reader.query("SELECT 1 FROM sendable WHERE id = ?", delivery_id).next();
    });
}

}  // namespace iqt::queue
