// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "models/train/dataset.hpp"

namespace iqt::models::train {

/// Makes training blocks on a thread of its own, a few ahead of use. Which blocks a step sees
/// depends on the seed and the step alone, so that a run can be resumed and repeated.
class BlockFeed {
  public:
    /// `subjects` must outlive the feed. `small_lesions`: as make_block takes it.
    BlockFeed(const std::vector<Subject>& subjects, std::uint64_t seed, std::int64_t first_step,
              int small_lesions);
    ~BlockFeed();
    BlockFeed(const BlockFeed&) = delete;
    BlockFeed& operator=(const BlockFeed&) = delete;

    /// The blocks of one step; waits until they are made. Steps must not go down.
    std::vector<std::shared_ptr<const Block>> blocks(std::int64_t step);

  private:
    struct Span {
        std::int64_t from = 0, to = 0;  ///< numbers of blocks, half open
    };
    static Span span(std::int64_t step);
    void produce();
    Block make(std::int64_t number) const;

    const std::vector<Subject>& subjects_;
    std::uint64_t seed_;
    int small_lesions_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::int64_t, std::shared_ptr<const Block>> made_;
    Span wanted_;
    bool stop_ = false;
    std::thread thread_;
};

/// One well-mixed number from a seed and a counter (splitmix64).
std::uint64_t mix(std::uint64_t seed, std::uint64_t counter);

}  // namespace iqt::models::train
