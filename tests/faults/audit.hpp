// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/counting_pacs.hpp"
#include "tests/integration/scanner.hpp"
#include "tests/integration/stack.hpp"

/// What was promised and what was sent, kept outside the node and compared with what it holds.
namespace iqt::faults {

/// Digests of the enhanced images of a head in order of InstanceNumber, from an undisturbed run.
using Reference = std::map<unsigned, std::vector<std::size_t>>;

/// Every object that a scanner was told to be safe. Safe from any thread.
class Ledger {
  public:
    /// The series is complete once all of its instances were acknowledged; from then on its results
    /// are owed to every destination.
    void expect(const integration::MadeSeries& series, std::size_t instances);
    /// Acknowledged, but nothing is owed: it is declined, or its identity is corrected later.
    void expect_nothing_sent(int number);
    void acknowledge(int number, const std::string& sop_instance_uid);
    /// The patient's identity was corrected, and the node has said that it has the new one.
    void correct(int number, const std::string& old_patient_id);

    struct Entry {
        integration::MadeSeries series;
        std::size_t instances = 0;
        std::set<std::string> acknowledged;
        bool owed = true;
        bool complete() const { return acknowledged.size() >= instances; }
    };
    struct Correction {
        std::string study_uid, old_patient_id;
        std::chrono::steady_clock::time_point at;
    };
    std::map<int, Entry> entries() const;
    std::vector<Correction> corrections() const;

  private:
    mutable std::mutex mutex_;
    std::map<int, Entry> entries_;
    std::vector<Correction> corrections_;
};

/// What an audit found; all but the first two numbers have to be 0.
struct Audit {
    std::int64_t acknowledged = 0;  ///< distinct instances that were answered with success
    std::int64_t delivered = 0;     ///< distinct results that a destination answered with success
    std::int64_t lost = 0;          ///< acknowledged and not in the node, or owed and not delivered
    std::int64_t differing = 0;     ///< UIDs under which pixels of two kinds were sent
    std::int64_t stuck = 0;         ///< jobs that are not at their end, or dead
    std::int64_t old_identity = 0;  ///< sent under an identity after its correction was known
    std::vector<std::string> findings;  ///< one sentence each, the first few

    bool passed() const { return lost + differing + stuck + old_identity == 0; }
    void add(const Audit& other);
    /// Counts as stuck, with this sentence, where it is not as it should be.
    void expect(bool right, const std::string& otherwise);
};

/// Compares when the node has come to rest. `reference` holds every head that is owed.
Audit audit(const Ledger& ledger, const integration::Node& node,
            const std::vector<const integration::CountingPacs*>& destinations,
            const Reference& reference);

/// Digests of the enhanced images that were made of a series under its patient's identity, one list
/// for each series of them.
std::vector<std::vector<std::size_t>> enhanced_series(
    const std::map<std::string, integration::Stores>& stores,
    const integration::MadeSeries& source);

}  // namespace iqt::faults
