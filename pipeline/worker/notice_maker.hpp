// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/ports.hpp"
#include "pipeline/queue/notice_store.hpp"
#include "pipeline/stages/enhance_series.hpp"
#include "pipeline/worker/worker.hpp"

namespace iqt::worker {

/// Makes the pages that say in the study why a series is held for a person or was given up, where
/// its route asks for `notice`. Touches the header of one image and nothing else of a series: it
/// may be one that ends the worker whenever its stages run. One thread.
class NoticeMaker {
  public:
    /// All references outlive the maker. `routes` is asked for a series that has a header and AE
    /// titles only; its plans need no enhancer.
    NoticeMaker(WorkerOptions options, queue::NoticeStore& notices, const SeriesReader& reader,
                const ResultEncoder& encoder, stages::Planner routes);

    /// Makes one notice if one is due; returns whether one was. What goes wrong with it is told to
    /// the store and logged. Errors: of the store, where it could not be asked.
    Result<bool> make_one();

  private:
    void make(const queue::NoticeClaim& claim);
    Result<queue::DerivedRecord> record_of(const queue::NoticeClaim& claim) const;

    WorkerOptions options_;
    queue::NoticeStore& notices_;
    const SeriesReader& reader_;
    const ResultEncoder& encoder_;
    stages::Planner routes_;
};

}  // namespace iqt::worker
