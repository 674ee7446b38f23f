// SPDX-License-Identifier: Apache-2.0
// The short form of the campaign (tests/faults/run.sh is the whole): a few of each fault, and the
// same audit. The audit itself is shown to fail where something is missing.
#include "tests/faults/campaign.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "tests/faults/scene.hpp"

namespace iqt::faults {
namespace {

using namespace std::chrono_literals;

const Reference& reference() {
    static const Reference kReference = make_reference();
    return kReference;
}

Amounts few() {
    Amounts amounts;
    amounts.random_kills = 8;
    amounts.stride = 17;
    amounts.torn_stride = 150;
    amounts.faults_of_a_kind = 2;
    amounts.large_objects = 1;
    amounts.clock_jumps = 4;
    amounts.corrections = 3;
    amounts.dropped_associations = 3;
    amounts.full_disks = 1;
    return amounts;
}

void expect_passed(const Row& row) {
    std::string findings;
    for (const std::string& finding : row.audit.findings) findings += "\n  " + finding;
    EXPECT_TRUE(row.audit.passed()) << row.fault << findings;
    EXPECT_GT(row.audit.acknowledged, 0) << row.fault;
}

TEST(FaultCampaign, KillsAtDurableBoundariesLoseNothing) {
    for (const auto& [program, fault] :
         {std::pair{Program::Node, Fault::KillBefore}, std::pair{Program::Node, Fault::KillWriting},
          std::pair{Program::Worker, Fault::KillAfter}}) {
        const Row row = boundary_kills(reference(), few(), program, fault);
        expect_passed(row);
        EXPECT_GT(row.kills, 0) << row.fault;
    }
}

TEST(FaultCampaign, KillsAtRandomInstantsLoseNothing) {
    const Row row = random_kills(reference(), few());
    expect_passed(row);
    EXPECT_GT(row.kills, 0);
}

TEST(FaultCampaign, AFaultyStoreLosesNothing) {
    for (const Program program : {Program::Node, Program::Worker})
        for (const Fault fault : {Fault::TornWrite, Fault::SyncEio}) {
            const Row row = injections(reference(), few(), program, fault);
            expect_passed(row);
            EXPECT_EQ(row.injected, few().faults_of_a_kind) << row.fault;
        }
}

TEST(FaultCampaign, ARenameThatFailsLosesNothing) {
    const Row row = failed_renames(reference(), few());
    expect_passed(row);
    EXPECT_EQ(row.injected, 1);
}

TEST(FaultCampaign, AFullDiskIsAnsweredAndTheNodeGoesOnAlone) {
    const Row row = full_disk(reference(), few());
    if (!row.skipped.empty()) GTEST_SKIP() << row.skipped;
    expect_passed(row);
}

TEST(FaultCampaign, ADamagedDatabaseIsNotStartedOn) {
    const Row row = damaged_database(reference());
    expect_passed(row);
    EXPECT_EQ(row.others, 11);
}

TEST(FaultCampaign, APacsThatWasDownForADayGetsEverything) {
    expect_passed(pacs_down_for_a_day(reference()));
}

TEST(FaultCampaign, APacsThatAcceptsAndFailsGetsEverything) {
    const Row row = pacs_that_accepts_and_fails(reference());
    expect_passed(row);
    EXPECT_GT(row.others, 0);
}

TEST(FaultCampaign, PeersThatDoNotGetOnKeepNobodyOut) {
    expect_passed(slow_and_silent_peers(reference()));
}

TEST(FaultCampaign, ASeriesThatComesAgainAfterADropIsWhole) {
    expect_passed(dropped_associations(reference(), few()));
}

TEST(FaultCampaign, ClockJumpsLoseNothing) {
    expect_passed(clock_jumps(reference(), few()));
}

TEST(FaultCampaign, NothingLeavesUnderAnIdentityThatWasCorrected) {
    expect_passed(identity_corrections(reference(), few()));
}

TEST(FaultAudit, SeesALostObjectALostResultAndAStuckJob) {
    Scene scene;
    scene.start();
    const Scene::Made made = scene.make();
    ASSERT_TRUE(scene.send(made));
    ASSERT_TRUE(scene.rest());
    EXPECT_TRUE(audit(scene.ledger(), scene.node(), {&scene.pacs()}, reference()).passed());
    scene.ledger().acknowledge(made.series.number, "1.2.3");  // as if it had been
    EXPECT_EQ(audit(scene.ledger(), scene.node(), {&scene.pacs()}, reference()).lost, 1);
    Reference other = reference();
    other.at(made.series.head).back() ^= 1U;
    EXPECT_EQ(audit(scene.ledger(), scene.node(), {&scene.pacs()}, other).lost, 2);
    integration::column(scene.node(), "update jobs set state = 'dead'");
    EXPECT_EQ(audit(scene.ledger(), scene.node(), {&scene.pacs()}, reference()).stuck, 1);
    integration::column(scene.node(), "update jobs set state = 'delivered'");
    EXPECT_EQ(scene.node().stop(), 0);
}

TEST(FaultAudit, SeesWhatWasSentUnderAnOldIdentity) {
    Scene scene;
    scene.start();
    const Scene::Made made = scene.make();
    scene.ledger().correct(made.series.number, made.series.patient_id);  // before any result
    ASSERT_TRUE(scene.send(made));
    ASSERT_TRUE(scene.rest());
    EXPECT_GT(audit(scene.ledger(), scene.node(), {&scene.pacs()}, reference()).old_identity, 0);
    EXPECT_EQ(scene.node().stop(), 0);
}

}  // namespace
}  // namespace iqt::faults
