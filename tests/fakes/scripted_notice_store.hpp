// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/queue/notice_store.hpp"

namespace iqt::fakes {

/// A NoticeStore with a list of due notices that remembers how each ended.
class ScriptedNoticeStore final : public queue::NoticeStore {
  public:
    void due(queue::NoticeClaim claim) { due_.push_back(std::move(claim)); }

    queue::NoticeSource source;
    std::vector<queue::DerivedRecord> finished;
    std::vector<Error> failed;
    bool lost = false;
    std::optional<Error> unavailable;  ///< what claiming answers
    bool commit_fails = false;         ///< of finish_notice: nobody knows whether it was written

    Result<std::optional<queue::NoticeClaim>> claim_notice(std::string_view,
                                                           std::int64_t) override {
        if (unavailable) return fail(*unavailable);
        if (due_.empty()) return std::optional<queue::NoticeClaim>();
        const queue::NoticeClaim claim = due_.front();
        due_.pop_front();
        return std::optional(claim);
    }
    Result<queue::NoticeSource> notice_source(const queue::NoticeClaim&) override { return source; }
    Status finish_notice(const queue::NoticeClaim&, const queue::DerivedRecord& record) override {
        if (lost) return fail(ErrorKind::LeaseLost, "the job went on");
        if (commit_fails) return fail(ErrorKind::Io, "a sync failed");
        finished.push_back(record);
        return {};
    }
    Status fail_notice(const queue::NoticeClaim&, const Error& error) override {
        failed.push_back(error);
        return {};
    }

  private:
    std::deque<queue::NoticeClaim> due_;
};

}  // namespace iqt::fakes
