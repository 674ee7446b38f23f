// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/pipeline/queue/store_fixture.hpp"

namespace iqt::queue {

/// A failure that no retry cures, and one that may pass.
inline const Error kHopeless{ErrorKind::InvalidInput, "no pixels", {}, {}};
inline const Error kPassing{ErrorKind::Io, "disk", {}, {}};

class NoticeTest : public StoreTest {
  protected:
    std::optional<NoticeClaim> next_notice(const std::string& worker = "w1") {
        auto claimed = store->claim_notice(worker, 30'000);
        EXPECT_TRUE(claimed) << to_string(claimed.error());
        return claimed.value_or(std::nullopt);
    }
    NoticeClaim notice() {
        const auto claimed = next_notice();
        EXPECT_TRUE(claimed);
        return claimed.value_or(NoticeClaim{});
    }
    /// One page for one destination.
    DerivedRecord page(const std::string& tag = "n") {
        DerivedRecord record;
        record.files = {result(OutputKind::Notice, 1, tag)};
        record.destinations = {"PACS"};
        record.route = "all";
        return record;
    }
    void make(const std::string& tag = "n") {
        const Status made = store->finish_notice(notice(), page(tag));
        EXPECT_TRUE(made) << to_string(made.error());
    }
    JobId dead_job(const Error& why = kHopeless) {
        const JobId job = ready_job();
        EXPECT_TRUE(store->finish_failed(claim(), why));
        EXPECT_EQ(state(job), JobState::Dead);
        return job;
    }
    std::string notice_state(JobId job) {
        for (const DeliveryRow& row : show(job).deliveries)
            if (row.kind == OutputKind::Notice) return row.state;
        return "none";
    }
    bool noted(JobId job, const std::string& event) {
        const auto events = show(job).events;
        return std::any_of(events.begin(), events.end(),
                           [&](const JobEvent& one) { return one.event == event; });
    }
};

}  // namespace iqt::queue
