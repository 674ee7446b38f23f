// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/queue/intake.hpp"

/// One series under more than one patient identity (design: identity before everything else).
namespace iqt::queue {
namespace {

constexpr const char* kDisputed =
    "the series arrived under two patient identities; find out which one is right, then release or "
    "cancel";
constexpr const char* kOutdated =
    "the images arrived under a patient identity that has been corrected since; nothing is sent "
    "under it";
constexpr const char* kCorrected =
    "the patient identity of this series was corrected; it goes on under the new one";

}  // namespace

std::variant<Question, Standing> Intake::judge_identity() {
    if (own_ && own_->superseded_by) return Standing::Outdated;
    if (own_ && own_->disputed) return Standing::Disputed;
    bool corrects = false;
    for (const SeriesRow& other : others_) {
        if (other.superseded_by) continue;
        const std::optional<StoredInstance> known = current_version(other.id);
        if (!known || known->removed || !state_.options.pixels_equal) return Standing::Disputed;
        const Question question{known->id, Matter::EqualPixels};
        const auto answer = answers_.equal.find(question);
        if (answer == answers_.equal.end()) return question;
        if (!answer->second) return Standing::Disputed;
        corrects = true;
    }
    return corrects ? Standing::Corrects : Standing::Clear;
}

void Intake::apply_standing(Standing standing, JobHead& job) {
    // Nothing leaves under an identity that was corrected: no notice either.
    if (standing == Standing::Outdated) hold_for_person(tx_, job, kOutdated, std::nullopt);
    if (standing != Standing::Disputed) return;
    hold_for_person(tx_, job, kDisputed, NoticeCause::TwoIdentities);
    // The other side is stopped once: what a person released since stays released.
    for (const SeriesRow& other : others_) {
        if (other.superseded_by || other.disputed) continue;
        tx_.query("UPDATE series SET disputed = 1 WHERE id = ?", other.id).run();
        if (const auto theirs = tx_.newest_job(other.id))
            hold_for_person(tx_, *theirs, kDisputed, NoticeCause::TwoIdentities);
    }
    tx_.query("UPDATE series SET disputed = 1 WHERE id = ?", own_->id).run();
}

int Intake::revision_before_correction() {
    int highest = 0;
    for (const SeriesRow& other : others_) {
        if (other.superseded_by != own_->id) continue;
        if (const auto theirs = tx_.newest_job(other.id))
            highest = std::max(highest, theirs->revision);
    }
    return highest;
}

void Intake::take_back(SeriesRow& old) {
    tx_.query("UPDATE series SET superseded_by = ? WHERE id = ?", own_->id, old.id).run();
    old.superseded_by = own_->id;
    const auto theirs = tx_.newest_job(old.id);
    if (theirs) supersede(tx_, *theirs, kCorrected);
    std::int64_t sent = 0;
    {
        Query count = tx_.query(
            "SELECT count(*) FROM deliveries WHERE state = 'accepted' AND job_id IN "
            "(SELECT id FROM jobs WHERE series_id = ?)",
            old.id);
        count.next();
        sent = count.integer(0);
    }
    if (theirs && sent > 0)
        tx_.note(theirs->id, "retraction_due",
                 std::to_string(sent) + " objects were sent under the identity that was corrected");
}

}  // namespace iqt::queue
