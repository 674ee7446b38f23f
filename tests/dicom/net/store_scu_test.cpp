// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/store_scu.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "pipeline/digest/digest.hpp"
#include "tests/dicom/net/raw_peer.hpp"
#include "tests/dicom/net/scp_fixture.hpp"
#include "tests/fakes/scripted_scp.hpp"

namespace iqt::dicom::net {
namespace {

using fakes::ScpScript;
using fakes::ScriptedScp;

class StoreScuTest : public testing::Test {
  protected:
    Destination destination(int port, int timeout_s = 20) const {
        return {"PACS", "ARCHIVE", "127.0.0.1", port, "IQTNODE", timeout_s};
    }
    std::vector<OutgoingInstance> make_instances(int count) {
        std::vector<OutgoingInstance> made;
        for (int i = 1; i <= count; ++i) {
            const std::string uid = "1.2.826.0.1.3680043.10.511.9.5." + std::to_string(i);
            made.push_back({i, UID_MRImageStorage, uid, write_mr(folder_.path(), uid)});
        }
        return made;
    }
    std::vector<SendOutcome> send(const Destination& to,
                                  const std::vector<OutgoingInstance>& instances,
                                  std::stop_token stop = {}) {
        std::vector<SendOutcome> outcomes;
        StoreScu().send(to, instances, std::move(stop),
                        [&](const SendOutcome& outcome) { outcomes.push_back(outcome); });
        EXPECT_EQ(outcomes.size(), instances.size());
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            EXPECT_EQ(outcomes[i].delivery_id, instances[i].delivery_id);
        return outcomes;
    }

    fakes::TempFolder folder_;
};

TEST_F(StoreScuTest, SendsEveryInstanceOverOneAssociation) {
    const ScriptedScp scp({});
    const auto outcomes = send(destination(scp.port()), make_instances(5));
    for (const SendOutcome& outcome : outcomes) {
        EXPECT_EQ(outcome.result, SendResult::Accepted) << outcome.message;
        EXPECT_EQ(outcome.dimse_status, 0);
        EXPECT_TRUE(outcome.message.empty());
    }
    EXPECT_EQ(scp.associations(), 1);
    EXPECT_EQ(scp.contexts(), 1) << "only the SOP classes that are sent are proposed";
    const auto stored = scp.stored();
    ASSERT_EQ(stored.size(), 5u);
    EXPECT_EQ(stored[4].sop_instance_uid, "1.2.826.0.1.3680043.10.511.9.5.5");
    EXPECT_EQ(stored[4].transfer_syntax, UID_LittleEndianExplicitTransferSyntax);
    EXPECT_EQ(stored[4].pixel_bytes, 512u);
}

TEST_F(StoreScuTest, AFileThatIsNotWhatWasMadeIsNotSent) {
    const ScriptedScp scp({});
    auto instances = make_instances(3);
    for (OutgoingInstance& one : instances) {
        std::ifstream file(one.file, std::ios::binary);
        one.sha256 = digest::sha256_hex(std::string{std::istreambuf_iterator<char>(file), {}});
    }
    std::fstream damage(instances[1].file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(-1, std::ios::end);
    damage.put('\x5a');
    damage.close();
    std::filesystem::remove(instances[2].file);
    const auto outcomes = send(destination(scp.port()), instances);
    EXPECT_EQ(outcomes[0].result, SendResult::Accepted) << outcomes[0].message;
    for (std::size_t n : {1U, 2U}) {
        EXPECT_EQ(outcomes[n].result, SendResult::Permanent);
        EXPECT_NE(outcomes[n].message.find("differs from what was made"), std::string::npos);
    }
    EXPECT_EQ(scp.stored().size(), 1U);
}

TEST_F(StoreScuTest, ConvertsWhereOnlyImplicitVrIsAccepted) {
    const ScriptedScp scp({.transfer_syntax = UID_LittleEndianImplicitTransferSyntax});
    EXPECT_EQ(send(destination(scp.port()), make_instances(1))[0].result, SendResult::Accepted);
    ASSERT_EQ(scp.stored().size(), 1u);
    EXPECT_EQ(scp.stored()[0].transfer_syntax, UID_LittleEndianImplicitTransferSyntax);
    EXPECT_EQ(scp.stored()[0].pixel_bytes, 512u);
}

TEST_F(StoreScuTest, SortsEachAnswerIntoItsRetryClass) {
    const ScriptedScp scp({.statuses = {0xa700, 0xb000, 0xc000, 0xa900, 0x0122, 0xb007, 0}});
    const auto outcomes = send(destination(scp.port()), make_instances(7));
    const std::pair<SendResult, int> expected[] = {
        {SendResult::Transient, 0xa700}, {SendResult::Accepted, 0xb000},
        {SendResult::Permanent, 0xc000}, {SendResult::Permanent, 0xa900},
        {SendResult::Permanent, 0x0122}, {SendResult::Accepted, 0xb007},
        {SendResult::Accepted, 0}};
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        EXPECT_EQ(outcomes[i].result, expected[i].first) << i;
        EXPECT_EQ(outcomes[i].dimse_status, expected[i].second) << i;
        EXPECT_EQ(outcomes[i].message.empty(), expected[i].second == 0) << i;
    }
    EXPECT_NE(outcomes[0].message.find("A700 out of resources"), std::string::npos);
}

TEST_F(StoreScuTest, ClosedPortIsTransientForEveryInstance) {
    for (const SendOutcome& outcome : send(destination(free_port()), make_instances(3))) {
        EXPECT_EQ(outcome.result, SendResult::Transient);
        EXPECT_EQ(outcome.dimse_status, 0);
        EXPECT_NE(outcome.message.find("ARCHIVE at 127.0.0.1"), std::string::npos)
            << outcome.message;
    }
}

TEST_F(StoreScuTest, RejectedAssociationIsTransientAndSaysWhatToDo) {
    const ScriptedScp busy({.request = ScpScript::Request::RejectForNow});
    auto outcome = send(destination(busy.port()), make_instances(1))[0];
    EXPECT_EQ(outcome.result, SendResult::Transient);
    EXPECT_NE(outcome.message.find("too many associations"), std::string::npos) << outcome.message;

    const ScriptedScp stranger({.request = ScpScript::Request::RejectCallingAe});
    outcome = send(destination(stranger.port()), make_instances(1))[0];
    EXPECT_EQ(outcome.result, SendResult::Transient);
    EXPECT_NE(outcome.message.find("does not know our AE title"), std::string::npos)
        << outcome.message;
}

TEST_F(StoreScuTest, RefusedContextIsPermanent) {
    const ScriptedScp scp({.request = ScpScript::Request::AcceptNoContext});
    for (const SendOutcome& outcome : send(destination(scp.port()), make_instances(2))) {
        EXPECT_EQ(outcome.result, SendResult::Permanent);
        EXPECT_NE(outcome.message.find(UID_MRImageStorage), std::string::npos) << outcome.message;
    }
    EXPECT_TRUE(scp.stored().empty());
}

TEST_F(StoreScuTest, LostConnectionMakesTheRestTransient) {
    const ScriptedScp scp({.drop_after = 1});
    const auto outcomes = send(destination(scp.port()), make_instances(4));
    EXPECT_EQ(outcomes[0].result, SendResult::Accepted);
    for (std::size_t i = 1; i < 4; ++i) {
        EXPECT_EQ(outcomes[i].result, SendResult::Transient);
        EXPECT_FALSE(outcomes[i].message.empty());
    }
    EXPECT_EQ(scp.associations(), 1);
}

TEST_F(StoreScuTest, MissingAnswerHitsTheTimeLimit) {
    const ScriptedScp scp({.silent_after = 0});
    const auto outcomes = send(destination(scp.port(), 1), make_instances(2));
    EXPECT_EQ(outcomes[0].result, SendResult::Transient);
    EXPECT_NE(outcomes[0].message.find("no answer within 1 s"), std::string::npos)
        << outcomes[0].message;
    EXPECT_EQ(outcomes[1].result, SendResult::Transient);
}

TEST_F(StoreScuTest, AssociationThatIsNeverAnsweredHitsTheTimeLimit) {
    const ScriptedScp scp({.request = ScpScript::Request::Hang});
    EXPECT_EQ(send(destination(scp.port(), 1), make_instances(1))[0].result, SendResult::Transient);
    const auto echo = StoreScu().echo(destination(scp.port(), 1));
    ASSERT_FALSE(echo);
}

TEST_F(StoreScuTest, StopsBetweenTwoInstances) {
    const ScriptedScp scp({});
    const auto instances = make_instances(4);
    std::stop_source source;
    std::vector<SendOutcome> outcomes;
    StoreScu().send(destination(scp.port()), instances, source.get_token(),
                    [&](const SendOutcome& outcome) {
                        outcomes.push_back(outcome);
                        if (outcomes.size() == 2) source.request_stop();
                    });
    ASSERT_EQ(outcomes.size(), 4u);
    EXPECT_EQ(outcomes[1].result, SendResult::Accepted);
    EXPECT_EQ(outcomes[2].result, SendResult::Transient);
    EXPECT_EQ(outcomes[3].result, SendResult::Transient);
    EXPECT_EQ(scp.stored().size(), 2u);
}

TEST_F(StoreScuTest, FileThatCannotBeReadDoesNotHoldUpTheOthers) {
    const ScriptedScp scp({});
    auto instances = make_instances(3);
    instances[0].file = folder_.path() / "absent.dcm";
    std::ofstream(instances[1].file, std::ios::trunc) << "not a DICOM file";
    const auto outcomes = send(destination(scp.port()), instances);
    EXPECT_EQ(outcomes[0].result, SendResult::Permanent);
    EXPECT_EQ(outcomes[1].result, SendResult::Permanent);
    EXPECT_EQ(outcomes[2].result, SendResult::Accepted) << outcomes[2].message;
}

TEST_F(StoreScuTest, EchoSaysWhetherTheDestinationIsThere) {
    const ScriptedScp scp({});
    EXPECT_TRUE(StoreScu().echo(destination(scp.port())));
    auto echo = StoreScu().echo(destination(free_port()));
    ASSERT_FALSE(echo);
    EXPECT_EQ(echo.error().kind, ErrorKind::Unavailable);
    const ScriptedScp stranger({.request = ScpScript::Request::RejectCallingAe});
    echo = StoreScu().echo(destination(stranger.port()));
    ASSERT_FALSE(echo);
    EXPECT_EQ(echo.error().kind, ErrorKind::Refused);
    const ScriptedScp storage_only({.request = ScpScript::Request::AcceptNoContext});
    echo = StoreScu().echo(destination(storage_only.port()));
    ASSERT_FALSE(echo);
    EXPECT_EQ(echo.error().kind, ErrorKind::Refused);
}

TEST_F(StoreScuTest, AddressThatIsTooLongIsReportedNotCutShort) {
    auto to = destination(104);
    to.address = std::string(60, 'a') + ".example";
    const auto echo = StoreScu().echo(to);
    ASSERT_FALSE(echo);
    EXPECT_EQ(echo.error().kind, ErrorKind::Config);
}

TEST_F(StoreScuTest, NothingToSendOpensNoAssociation) {
    const ScriptedScp scp({});
    EXPECT_TRUE(send(destination(scp.port()), {}).empty());
    EXPECT_EQ(scp.associations(), 0);
}

// The node's sender against the node's listener: the same bytes come out, whatever the size.
TEST_F(StoreScuTest, DeliversToOurOwnListener) {
    FakeSink sink;
    auto options = test_options(folder_.path());
    options.policy.allowed_peers = {{"SENDER", {"127.0.0.0/8"}}};
    RunningScp scp(options, sink);
    Destination self{"self", "IQTNODE", "127.0.0.1", scp.port(), "SENDER", 20};
    for (const SendOutcome& outcome : send(self, make_instances(3)))
        EXPECT_EQ(outcome.result, SendResult::Accepted) << outcome.message;
    EXPECT_EQ(sink.ends(1), std::vector{AssociationEnd::Released});
    EXPECT_EQ(sink.received().size(), 3u);
    EXPECT_TRUE(StoreScu().echo(self));
    self.own_ae_title = "STRANGER";
    EXPECT_EQ(StoreScu().echo(self).error().kind, ErrorKind::Refused);
}

}  // namespace
}  // namespace iqt::dicom::net
