// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/audit.hpp"

#include <algorithm>

namespace iqt::faults {
namespace {

using integration::CountingPacs;
using integration::Node;
using integration::Stores;

constexpr std::size_t kFindingsMax = 12;
constexpr const char* kMrImage = "1.2.840.10008.5.1.4.1.1.4";
constexpr const char* kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

void find(Audit& audit, std::int64_t Audit::*count, std::int64_t many, const std::string& what) {
    audit.*count += many;
    if (audit.findings.size() < kFindingsMax) audit.findings.push_back(what);
}

bool is_of(const Stores& result, const integration::MadeSeries& source) {
    return result.study_uid == integration::study_uid_of(source.number) &&
           result.patient_id == source.patient_id;
}

void check_acknowledged(Audit& audit, const std::map<int, Ledger::Entry>& entries,
                        const Node& node) {
    const auto uids = integration::column(
        node,
        "select distinct sop_instance_uid from instances where data is not null or file is not "
        "null");
    const std::set<std::string> stored(uids.begin(), uids.end());
    for (const auto& [number, entry] : entries)
        for (const std::string& uid : entry.acknowledged) {
            ++audit.acknowledged;
            if (!stored.contains(uid))
                find(audit, &Audit::lost, 1,
                     "series " + std::to_string(number) + ": acknowledged and not stored: " + uid);
        }
}

void check_series(Audit& audit, const Ledger::Entry& entry,
                  const std::map<std::string, Stores>& stores,
                  const std::vector<std::size_t>& wanted) {
    const auto sent = enhanced_series(stores, entry.series);
    if (std::find(sent.begin(), sent.end(), wanted) == sent.end())
        find(audit, &Audit::lost, 1,
             "series " + std::to_string(entry.series.number) +
                 ": its enhanced images did not arrive as the undisturbed run makes them (" +
                 std::to_string(sent.size()) + " series arrived)");
    const auto warnings = std::count_if(stores.begin(), stores.end(), [&](const auto& one) {
        return is_of(one.second, entry.series) && one.second.accepted > 0 &&
               one.second.sop_class_uid == kSecondaryCapture;
    });
    if (warnings < static_cast<std::int64_t>(wanted.size()))
        find(audit, &Audit::lost, static_cast<std::int64_t>(wanted.size()) - warnings,
             "series " + std::to_string(entry.series.number) + ": only " +
                 std::to_string(warnings) + " warning images arrived");
}

void check_destination(Audit& audit, const Ledger& ledger, const Reference& reference,
                       const std::map<std::string, Stores>& stores) {
    for (const auto& [uid, one] : stores) {
        audit.delivered += one.accepted > 0 ? 1 : 0;
        if (one.pixels.size() > 1)
            find(audit, &Audit::differing, 1, "two kinds of pixels under one UID: " + uid);
    }
    for (const auto& [number, entry] : ledger.entries())
        if (entry.owed && entry.complete())
            check_series(audit, entry, stores, reference.at(entry.series.head));
    // One object may be on its way when the correction is committed.
    constexpr std::int64_t kOnItsWay = 1;
    for (const Ledger::Correction& correction : ledger.corrections()) {
        const auto late = std::count_if(stores.begin(), stores.end(), [&](const auto& one) {
            return one.second.study_uid == correction.study_uid &&
                   one.second.patient_id == correction.old_patient_id &&
                   one.second.last > correction.at;
        });
        if (late > kOnItsWay)
            find(audit, &Audit::old_identity, late - kOnItsWay,
                 std::to_string(late) + " objects came under an identity that had been corrected");
    }
}

void check_jobs(Audit& audit, const Node& node) {
    for (const std::string& state : integration::column(
             node,
             "select state || ' ' || id || ' ' || reasons from jobs where state not in "
             "('delivered', 'declined', 'cancelled')"))
        find(audit, &Audit::stuck, 1, "a job is at no good end: " + state);
}

}  // namespace

void Ledger::expect(const integration::MadeSeries& series, std::size_t instances) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[series.number];
    entry.series = series;
    entry.instances = instances;
}

void Ledger::expect_nothing_sent(int number) {
    const std::lock_guard lock(mutex_);
    entries_[number].owed = false;
}

void Ledger::acknowledge(int number, const std::string& sop_instance_uid) {
    const std::lock_guard lock(mutex_);
    entries_[number].acknowledged.insert(sop_instance_uid);
}

void Ledger::correct(int number, const std::string& old_patient_id) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    corrections_.push_back({integration::study_uid_of(number), old_patient_id, now});
}

std::map<int, Ledger::Entry> Ledger::entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
}

std::vector<Ledger::Correction> Ledger::corrections() const {
    const std::lock_guard lock(mutex_);
    return corrections_;
}

void Audit::add(const Audit& other) {
    acknowledged += other.acknowledged;
    delivered += other.delivered;
    lost += other.lost;
    differing += other.differing;
    stuck += other.stuck;
    old_identity += other.old_identity;
    findings.insert(findings.end(), other.findings.begin(), other.findings.end());
}

void Audit::expect(bool right, const std::string& otherwise) {
    if (!right) find(*this, &Audit::stuck, 1, otherwise);
}

Audit audit(const Ledger& ledger, const Node& node,
            const std::vector<const CountingPacs*>& destinations, const Reference& reference) {
    Audit audit;
    check_acknowledged(audit, ledger.entries(), node);
    for (const CountingPacs* destination : destinations)
        check_destination(audit, ledger, reference, destination->stores());
    check_jobs(audit, node);
    return audit;
}

std::vector<std::vector<std::size_t>> enhanced_series(const std::map<std::string, Stores>& stores,
                                                      const integration::MadeSeries& source) {
    std::map<std::string, std::map<int, std::size_t>> by_series;
    for (const auto& [uid, one] : stores)
        if (is_of(one, source) && one.sop_class_uid == kMrImage && one.accepted > 0)
            by_series[one.series_uid][one.number] = *one.pixels.begin();
    std::vector<std::vector<std::size_t>> series;
    for (const auto& [uid, images] : by_series) {
        series.emplace_back();
        for (const auto& [number, digest] : images) series.back().push_back(digest);
    }
    return series;
}

}  // namespace iqt::faults
