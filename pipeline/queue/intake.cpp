// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/intake.hpp"

#include "pipeline/core/assert.hpp"
#include "pipeline/digest/digest.hpp"
#include "pipeline/queue/sqlite_store.hpp"

namespace iqt::queue {
namespace {

constexpr std::size_t kShortDigest = 16;

template <std::size_t N>
std::optional<double> element(const std::optional<std::array<double, N>>& values, std::size_t n) {
    if (!values) return std::nullopt;
    return (*values)[n];
}

/// The two columns that say where the bytes of an instance are: one of them is set.
struct StoredBytes {
    explicit StoredBytes(const StoredObject& object) {
        if (object.in_file())
            file = object.relative_file();
        else
            data = Blob{object.bytes().data};
    }
    std::optional<std::string> file;
    std::optional<Blob> data;
};

}  // namespace

Result<Intake::Outcome> Intake::run() {
    if (!received_.association_id.empty())
        association_ = state_.session + "/" + received_.association_id;
    find_series();
    std::optional<StoredInstance> known;
    if (own_) known = current_version(own_->id);
    if (known) {
        const auto same = same_content(*known);
        if (const auto* question = std::get_if<Question>(&same)) return Outcome{{}, *question};
        if (std::get<bool>(same)) return duplicate(*known);
    }
    const auto judged = judge_identity();
    if (const auto* question = std::get_if<Question>(&judged)) return Outcome{{}, *question};
    if (!own_ && state_.options.first_priority && !answers_.first_priority)
        return Outcome{{}, Question{0, Matter::Urgency}};
    return store(known, std::get<Standing>(judged));
}

void Intake::find_series() {
    const InstanceFacts& facts = received_.facts;
    Query rows = tx_.query(
        "SELECT id, superseded_by, disputed, study_uid, issuer, patient_id, identity_digest "
        "FROM series WHERE series_uid = ?",
        facts.series_uid);
    while (rows.next()) {
        SeriesRow row{rows.integer(0), rows.maybe_integer(1), rows.small(2) != 0};
        const bool own = rows.text(3) == facts.study_uid &&
                         rows.text(4) == facts.patient_id_issuer &&
                         rows.text(5) == facts.patient_id && rows.text(6) == facts.identity_digest;
        if (own)
            own_ = row;
        else
            others_.push_back(row);
    }
}

void Intake::insert_series() {
    const InstanceFacts& facts = received_.facts;
    tx_.query(
           "INSERT INTO series(series_uid, study_uid, issuer, patient_id, identity_digest, "
           "series_digest) VALUES (?, ?, ?, ?, ?, ?)",
           facts.series_uid, facts.study_uid, Blob{facts.patient_id_issuer}, Blob{facts.patient_id},
           facts.identity_digest, digest::sha256_hex(facts.series_uid).substr(0, kShortDigest))
        .run();
    own_ = SeriesRow{tx_.last_id(), std::nullopt, false};
}

std::optional<StoredInstance> Intake::current_version(std::int64_t series) {
    Query row = tx_.query(
        "SELECT id, revision, digest, data IS NULL AND file IS NULL FROM instances "
        "WHERE series_id = ? AND sop_instance_uid = ? AND replaced_in IS NULL",
        series, received_.facts.sop_instance_uid);
    if (!row.next()) return std::nullopt;
    return StoredInstance{row.integer(0), row.small(1), row.text(2), row.small(3) != 0};
}

// To answer a duplicate with success says that its object is stored: that is looked at.
std::variant<Question, bool> Intake::same_content(StoredInstance& known) {
    const bool same_bytes = known.digest == object_.digest();
    if (known.removed) return same_bytes;
    if (!same_bytes && !state_.options.content_equal) return false;
    const Question question{known.id, same_bytes ? Matter::Intact : Matter::EqualContent};
    const auto answer = answers_.equal.find(question);
    if (answer == answers_.equal.end()) return question;
    known.damaged = same_bytes && !answer->second;
    return same_bytes || answer->second;
}

// The bytes came again after they had been removed (a later revision needs them) or were damaged.
void Intake::put_back(const StoredInstance& known) {
    const StoredBytes stored(object_);
    tx_.query("UPDATE instances SET file = ?, data = ? WHERE id = ?", stored.file, stored.data,
              known.id)
        .run();
}

Intake::Outcome Intake::duplicate(const StoredInstance& known) {
    const std::optional<JobHead> job = tx_.newest_job(own_->id);
    IQT_ASSERT(job.has_value());
    // Who sends again is still sending: what is missing may come next.
    if (job->state == JobState::Receiving || job->state == JobState::Held) {
        restart_quiet_time(*job);
        restarted_ = true;
    }
    if (known.damaged || (known.removed && job->unclaimed())) {
        put_back(known);
        if (known.damaged)
            tx_.note(job->id, "object_restored",
                     "its stored bytes were missing or damaged; it was sent again");
        touch(*job);
        return commit(*job, Receipt{job->id, false}, true);
    }
    // A scanner that lost its connection sends all again: its new association counts.
    const bool news = touch(*job);
    return commit(*job, Receipt{job->id, true}, news);
}

Result<Intake::Outcome> Intake::store(const std::optional<StoredInstance>& known,
                                      Standing standing) {
    if (!own_) insert_series();
    if (auto within = check_limits(known); !within) return fail(within.error());
    if (standing == Standing::Corrects)
        for (SeriesRow& other : others_)
            if (!other.superseded_by) take_back(other);
    Result<JobHead> job = place(known);
    if (!job) return fail(job.error());
    if (known) {
        recount_ = true;
        tx_.query("UPDATE instances SET replaced_in = ? WHERE id = ?", job->revision, known->id)
            .run();
        tx_.note(job->id, "replaced", "another object came under the UID of a stored instance");
    }
    insert_instance(*job);
    update_job(*job);
    touch(*job);
    apply_standing(standing, *job);
    return commit(*job, Receipt{job->id, false}, true);
}

Status Intake::check_limits(const std::optional<StoredInstance>& known) {
    if (known) return {};
    Query count = tx_.query("SELECT count(*) FROM instances WHERE series_id = ?", own_->id);
    count.next();
    if (count.small(0) >= state_.options.instances_per_series_max)
        return fail(ErrorKind::OutOfResources, "the series has more instances than the limit",
                    "queue", "is it one series? see the limit on instances per series");
    return {};
}

Result<JobHead> Intake::place(const std::optional<StoredInstance>& known) {
    std::optional<JobHead> before = tx_.newest_job(own_->id);
    // A second version within the revision that is still open must not slip in unseen either.
    const bool replaces_own = known && before && known->revision == before->revision;
    if (!before || !before->unclaimed() || replaces_own) {
        return open_job(before);
    }
    const bool waits_for_person = before->hold == kHoldIdentity;
    if (before->state != JobState::Receiving && !waits_for_person) {
        tx_.move(*before, JobState::Receiving, "another instance came");
        tx_.set_reasons(before->id, {});
    }
    return *before;
}

Result<JobHead> Intake::open_job(const std::optional<JobHead>& before) {
    JobHead job;
    job.series = own_->id;
    job.revision = std::max(before ? before->revision : 0, revision_before_correction()) + 1;
    job.priority = answers_.first_priority.value_or(Priority::Normal);
    if (before) {
        job.priority = before->priority;
        supersede(tx_, *before, "superseded by revision " + std::to_string(job.revision));
        recount_ = true;
    }
    {
        Query open = tx_.query(
            "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE state IN ('receiving', 'held', "
            "'ready', "
            "'running', 'derived', 'delivering', 'failed') LIMIT ?)",
            state_.options.queue_jobs_max);
        open.next();
        if (open.small(0) >= state_.options.queue_jobs_max)
            return fail(ErrorKind::OutOfResources, "the queue is full", "queue",
                        "see why jobs are not finished: queue list");
    }
    const std::int64_t now = tx_.utc_ms();
    tx_.query(
           "INSERT INTO jobs(series_id, revision, state, priority, activity_boot, "
           "activity_steady_ms, activity_utc_ms, calling_ae, called_ae, peer_address, "
           "created_utc_ms, updated_utc_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
           job.series, job.revision, to_string(job.state), static_cast<int>(job.priority),
           state_.boot_id, tx_.steady_ms(), now, received_.calling_ae, received_.called_ae,
           received_.peer_address, now, now)
        .run();
    job.id = JobId{tx_.last_id()};
    tx_.note(job.id, to_string(job.state), "revision " + std::to_string(job.revision));
    if (before) {
        // What is known of connections concerns the series, not one revision of it.
        tx_.query(
               "INSERT INTO touches(association, job_id, clears) "
               "SELECT association, ?, clears FROM touches WHERE job_id = ?",
               to_int(job.id), to_int(before->id))
            .run();
        tx_.query("UPDATE jobs SET aborted = (SELECT aborted FROM jobs WHERE id = ?) WHERE id = ?",
                  to_int(before->id), to_int(job.id))
            .run();
    }
    return job;
}

void Intake::insert_instance(const JobHead& job) {
    const InstanceFacts& facts = received_.facts;
    const auto& position = facts.position_lps_mm;
    const auto& axes = facts.orientation;
    const StoredBytes stored(object_);
    tx_.query(
           "INSERT INTO instances(series_id, sop_instance_uid, revision, digest, size, "
           "sop_class_uid, transfer_syntax_uid, multi_frame, frames, px, py, pz, rx, ry, rz, cx, "
           "cy, cz, received_utc_ms, association, file, data) "
           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
           job.series, facts.sop_instance_uid, job.revision, object_.digest(),
           static_cast<std::int64_t>(object_.size()), facts.sop_class_uid,
           facts.transfer_syntax_uid, facts.multi_frame ? 1 : 0, facts.frames, element(position, 0),
           element(position, 1), element(position, 2), element(axes, 0), element(axes, 1),
           element(axes, 2), element(axes, 3), element(axes, 4), element(axes, 5), tx_.utc_ms(),
           association_, stored.file, stored.data)
        .run();
}

void Intake::update_job(const JobHead& job) {
    tx_.query(
           "UPDATE jobs SET instances = instances + 1, multi_frames = multi_frames + ? "
           "WHERE id = ?",
           received_.facts.multi_frame ? 1 : 0, to_int(job.id))
        .run();
    restart_quiet_time(job);
    if (!recount_) return;
    tx_.query(
           "UPDATE jobs SET (instances, multi_frames) = (SELECT count(*), "
           "coalesce(sum(multi_frame), 0) FROM instances WHERE series_id = ? AND replaced_in IS "
           "NULL) WHERE id = ?",
           job.series, to_int(job.id))
        .run();
}

void Intake::restart_quiet_time(const JobHead& job) {
    tx_.query(
           "UPDATE jobs SET activity_boot = ?, activity_steady_ms = ?, activity_utc_ms = ? "
           "WHERE id = ?",
           state_.boot_id, tx_.steady_ms(), tx_.utc_ms(), to_int(job.id))
        .run();
}

bool Intake::touch(const JobHead& job) {
    if (association_.empty() || !job.unclaimed()) return false;
    {
        const std::lock_guard lock(state_.touched_mutex);
        const auto found = state_.touched.find(association_);
        if (found != state_.touched.end() && found->second.contains(to_int(job.id))) return false;
    }
    tx_.query(
           "INSERT OR IGNORE INTO touches(association, job_id, clears) "
           "SELECT ?, id, aborted FROM jobs WHERE id = ?",
           association_, to_int(job.id))
        .run();
    touched_ = true;
    return true;
}

Intake::Outcome Intake::commit(const JobHead& job, Receipt receipt, bool makes_work) {
    if (!receipt.duplicate || touched_ || restarted_) tx_.commit();
    if (touched_) {
        const std::lock_guard lock(state_.touched_mutex);
        state_.touched[association_].insert(to_int(job.id));
    }
    return Outcome{Accepted{receipt, makes_work}, {}};
}

}  // namespace iqt::queue
