// SPDX-License-Identifier: Apache-2.0
#include "models/train/block_feed.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "models/train/augment.hpp"

namespace iqt::models::train {
namespace {

constexpr std::int64_t kRing = 40;  // blocks that a batch is drawn from
constexpr std::int64_t kStart = 8;  // blocks before the first step
constexpr std::int64_t kStepsPerBlock = 5;
constexpr std::int64_t kAhead = 4;
constexpr int kBlockEdgeMm = 110;
constexpr double kSynthetic = 0.2, kTurned = 0.25;  // shares of the blocks of a contrast

}  // namespace

std::uint64_t mix(std::uint64_t seed, std::uint64_t counter) {
    std::uint64_t z = seed * 0xD1342543DE82EF95ULL + (counter + 1) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

BlockFeed::BlockFeed(const std::vector<Subject>& subjects, std::uint64_t seed,
                     std::int64_t first_step, int small_lesions)
    : subjects_(subjects),
      seed_(seed),
      small_lesions_(small_lesions),
      wanted_(span(first_step)),
      thread_([this] { produce(); }) {}

BlockFeed::~BlockFeed() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

BlockFeed::Span BlockFeed::span(std::int64_t step) {
    const std::int64_t to = kStart + step / kStepsPerBlock;
    return {std::max<std::int64_t>(0, to - kRing), to};
}

Block BlockFeed::make(std::int64_t number) const {
    const std::uint64_t seed = mix(seed_, static_cast<std::uint64_t>(number));
    std::mt19937_64 random(seed);
    // Contrasts take turns, so that the rarest is seen as often as the others; so do kinds of
    // sources, as far as there are any: real volumes of the contrast, label maps, turned T1
    // volumes.
    for (std::int64_t turn = number;; ++turn) {
        const auto contrast = static_cast<Contrast>(turn % 3);
        const double kind = uniform(random, 0, 1);
        std::array<std::vector<const Subject*>, 3> choice;  // real, synthetic, turned
        for (const Subject& s : subjects_) {
            if (s.contrast == contrast) choice[s.synthetic ? 1 : 0].push_back(&s);
            if (s.contrast == Contrast::T1 && contrast != Contrast::T1 && !s.synthetic)
                choice[2].push_back(&s);
        }
        const auto& wanted = choice[kind < kSynthetic ? 1 : kind < kSynthetic + kTurned ? 2 : 0];
        const auto& from = !wanted.empty() ? wanted : !choice[0].empty() ? choice[0] : choice[1];
        if (from.empty()) continue;
        const auto n =
            static_cast<std::size_t>(uniform(random, 0, static_cast<double>(from.size())));
        return make_block(*from[std::min(n, from.size() - 1)], kBlockEdgeMm, Augment::Full,
                          random(), contrast, small_lesions_);
    }
}

void BlockFeed::produce() {
    at::set_num_threads(1);  // of this thread: the others belong to the network
    std::unique_lock lock(mutex_);
    while (!stop_) {
        made_.erase(made_.begin(), made_.lower_bound(wanted_.from));
        std::int64_t next = wanted_.from;
        while (made_.contains(next)) ++next;
        if (next >= wanted_.to + kAhead) {
            changed_.wait(lock);
            continue;
        }
        lock.unlock();
        auto block = std::make_shared<const Block>(make(next));
        lock.lock();
        made_[next] = std::move(block);
        changed_.notify_all();
    }
}

std::vector<std::shared_ptr<const Block>> BlockFeed::blocks(std::int64_t step) {
    std::unique_lock lock(mutex_);
    wanted_ = span(step);
    changed_.notify_all();
    changed_.wait(lock, [&] {
        for (std::int64_t n = wanted_.from; n < wanted_.to; ++n) {
            if (!made_.contains(n)) return false;
        }
        return true;
    });
    std::vector<std::shared_ptr<const Block>> out;
    for (std::int64_t n = wanted_.from; n < wanted_.to; ++n) out.push_back(made_[n]);
    return out;
}

}  // namespace iqt::models::train
