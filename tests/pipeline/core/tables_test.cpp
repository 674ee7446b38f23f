// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/core/error.hpp"
#include "pipeline/core/job.hpp"
#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

namespace iqt {
namespace {

using S = JobState;
constexpr int kStateCount = 11, kErrorKindCount = 16;

/// Everything that is allowed, state by state, as design and operators know it.
const std::map<S, std::set<S>> kAllowed{
    {S::Receiving, {S::Held, S::Ready, S::Cancelled}},
    {S::Held, {S::Receiving, S::Ready, S::Declined, S::Cancelled}},
    {S::Ready, {S::Receiving, S::Running, S::Cancelled}},
    {S::Running,
     {S::Ready, S::Derived, S::Delivered, S::Declined, S::Held, S::Failed, S::Dead, S::Cancelled}},
    {S::Derived, {S::Ready, S::Delivering, S::Delivered, S::Dead, S::Cancelled}},
    {S::Delivering, {S::Ready, S::Delivered, S::Dead, S::Cancelled}},
    {S::Delivered, {S::Ready, S::Delivering}},
    {S::Declined, {S::Ready, S::Delivering}},
    {S::Failed, {S::Ready, S::Dead, S::Cancelled}},
    {S::Dead, {S::Ready, S::Delivering, S::Cancelled}},
    {S::Cancelled, {S::Ready}},
};

TEST(JobState, EveryPairOfStatesIsLegalOrNotAsTheTableSays) {
    ASSERT_EQ(kAllowed.size(), static_cast<std::size_t>(kStateCount));
    for (int from = 0; from < kStateCount; ++from)
        for (int to = 0; to < kStateCount; ++to) {
            const auto a = static_cast<S>(from), b = static_cast<S>(to);
            EXPECT_EQ(is_legal_transition(a, b), kAllowed.at(a).contains(b))
                << to_string(a) << " -> " << to_string(b);
        }
}

TEST(JobState, FinalStatesAreThoseThatWaitForNobody) {
    const std::set<S> final_states{S::Delivered, S::Declined, S::Dead, S::Cancelled};
    for (int state = 0; state < kStateCount; ++state)
        EXPECT_EQ(is_final(static_cast<S>(state)), final_states.contains(static_cast<S>(state)))
            << to_string(static_cast<S>(state));
}

TEST(JobState, EveryStateIsReachedAndEveryStateThatIsNotFinalCanBeLeftByThePipeline) {
    for (int state = 0; state < kStateCount; ++state) {
        const auto here = static_cast<S>(state);
        bool reached = here == S::Receiving, left = false;
        for (int other = 0; other < kStateCount; ++other) {
            reached = reached || is_legal_transition(static_cast<S>(other), here);
            left = left || is_legal_transition(here, static_cast<S>(other));
        }
        EXPECT_TRUE(reached && left) << to_string(here);
    }
}

TEST(JobState, NamesAreUniqueAndReadBack) {
    std::set<std::string> names;
    for (int state = 0; state < kStateCount; ++state) {
        const auto here = static_cast<S>(state);
        names.emplace(to_string(here));
        EXPECT_EQ(job_state_from(to_string(here)), here);
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kStateCount));
    EXPECT_EQ(job_state_from("Ready"), std::nullopt);
    EXPECT_EQ(job_state_from(""), std::nullopt);
    EXPECT_EQ(to_string(S::Derived), "derived");
}

TEST(NoticeCause, NamesAreUniqueAndReadBack) {
    std::set<std::string> names;
    for (const NoticeCause cause :
         {NoticeCause::TwoIdentities, NoticeCause::ImagesRemoved, NoticeCause::GivenUp}) {
        names.emplace(to_string(cause));
        EXPECT_EQ(notice_cause_from(to_string(cause)), cause);
    }
    EXPECT_EQ(names.size(), 3U);
    EXPECT_EQ(notice_cause_from("declined"), std::nullopt);
}

TEST(ErrorKind, EveryKindHasANameOfItsOwn) {
    std::set<std::string> names;
    for (int kind = 0; kind < kErrorKindCount; ++kind)
        names.emplace(to_string(static_cast<ErrorKind>(kind)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kErrorKindCount));
    EXPECT_EQ(static_cast<int>(ErrorKind::Internal), kErrorKindCount - 1) << "count them again";
    EXPECT_EQ(to_string(ErrorKind::OutOfResources), "out_of_resources");
}

TEST(ErrorKind, OnlyWhatMayPassByItselfIsTriedAgain) {
    const std::set<ErrorKind> transient{ErrorKind::OutOfResources, ErrorKind::Unavailable,
                                        ErrorKind::Timeout, ErrorKind::Io, ErrorKind::Internal};
    for (int kind = 0; kind < kErrorKindCount; ++kind) {
        const auto here = static_cast<ErrorKind>(kind);
        EXPECT_EQ(is_transient(here), transient.contains(here)) << to_string(here);
    }
}

TEST(Error, LineHasWhereWhatAndHintAndLeavesOutWhatIsEmpty) {
    EXPECT_EQ(to_string(Error{ErrorKind::Io, "cannot write", "/x", "free some space"}),
              "/x: cannot write; free some space");
    EXPECT_EQ(to_string(Error{ErrorKind::Io, "cannot write", "", ""}), "cannot write");
    EXPECT_EQ(to_string(Error{ErrorKind::Io, "cannot write", "/x", ""}), "/x: cannot write");
}

TEST(Result, HoldsAValueOrTheErrorAsItWasMade) {
    const auto half = [](int n) -> Result<int> {
        if (n % 2 != 0) return fail(ErrorKind::InvalidInput, "the number is odd", "n", "use 2");
        return n / 2;
    };
    EXPECT_EQ(half(4).value(), 2);
    const Result<int> failed = half(3);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::InvalidInput);
    const auto pass_on = [&]() -> Status {
        if (const Result<int> r = half(5); !r) return fail(r.error());
        return {};
    };
    EXPECT_EQ(to_string(pass_on().error()), "n: the number is odd; use 2");
}

TEST(OutputKind, IsSentInTheOrderOfItsValuesWarningsFirst) {
    std::vector<std::string> names;
    for (int kind = 0; kind < 8; ++kind) {
        names.emplace_back(to_string(static_cast<OutputKind>(kind)));
        EXPECT_EQ(output_kind_from(names.back()), static_cast<OutputKind>(kind));
    }
    EXPECT_EQ(names, (std::vector<std::string>{"warning", "summary", "enhanced", "input_on_grid",
                                               "notice", "uncertainty", "flags", "report"}));
    EXPECT_EQ(output_kind_from("flag"), std::nullopt);
}

TEST(Contrast, NamesReadBack) {
    for (const Contrast contrast : {Contrast::T1, Contrast::T2, Contrast::Flair})
        EXPECT_EQ(contrast_from(to_string(contrast)), contrast);
    EXPECT_EQ(to_string(Contrast::Flair), "FLAIR");
    EXPECT_EQ(contrast_from("flair"), std::nullopt);
}

TEST(Priority, Names) {
    EXPECT_EQ(to_string(Priority::Urgent), "urgent");
    EXPECT_EQ(to_string(Priority::Normal), "normal");
    EXPECT_EQ(to_string(Priority::Low), "low");
}

}  // namespace
}  // namespace iqt
