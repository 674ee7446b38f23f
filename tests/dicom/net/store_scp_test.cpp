// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/store_scp.hpp"

#include <dcmtk/dcmnet/scu.h>
#include <gtest/gtest.h>

#include "tests/dicom/net/raw_peer.hpp"
#include "tests/dicom/net/scp_fixture.hpp"

namespace iqt::dicom::net {
namespace {

constexpr const char* kUid = "1.2.826.0.1.3680043.10.511.9.3.1";

class StoreScpTest : public testing::Test {
  protected:
    /// DCMTK's client, not yet connected.
    void prepare(DcmSCU& scu, int port, const OFList<OFString>& syntaxes,
                 const char* sop_class = UID_MRImageStorage) {
        scu.setAETitle(kCallingAe);
        scu.setPeerAETitle(kCalledAe);
        scu.setPeerHostName("127.0.0.1");
        scu.setPeerPort(static_cast<Uint16>(port));
        scu.setACSETimeout(20);
        scu.setDIMSETimeout(20);
        scu.setDIMSEBlockingMode(DIMSE_NONBLOCKING);
        scu.addPresentationContext(sop_class, syntaxes);
        scu.addPresentationContext(UID_VerificationSOPClass,
                                   {UID_LittleEndianImplicitTransferSyntax});
        ASSERT_TRUE(scu.initNetwork().good());
    }

    fakes::TempFolder folder_;
    FakeSink sink_;
};

using Syntaxes = OFList<OFString>;

Syntaxes explicit_le() {
    Syntaxes list;
    list.push_back(UID_LittleEndianExplicitTransferSyntax);
    return list;
}

TEST_F(StoreScpTest, AnswersEchoAndStoreAndReportsTheRelease) {
    RunningScp scp(test_options(folder_.path()), sink_);
    DcmSCU scu;
    prepare(scu, scp.port(), explicit_le());
    ASSERT_TRUE(scu.negotiateAssociation().good());
    EXPECT_TRUE(scu.sendECHORequest(0).good());
    const auto mr = make_mr(kUid);
    Uint16 status = 0xffff;
    const auto context = scu.findPresentationContextID(UID_MRImageStorage, "");
    ASSERT_TRUE(scu.sendSTORERequest(context, "", mr->getDataset(), status).good());
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(scu.releaseAssociation().good());

    EXPECT_EQ(sink_.ends(1), std::vector{AssociationEnd::Released});
    const auto received = sink_.received();
    ASSERT_EQ(received.size(), 1u);
    const ReceivedInstance& got = received[0];
    EXPECT_EQ(got.calling_ae, kCallingAe);
    EXPECT_EQ(got.called_ae, kCalledAe);
    EXPECT_EQ(got.peer_address, "127.0.0.1");
    EXPECT_FALSE(got.association_id.empty());
    EXPECT_EQ(got.facts.sop_instance_uid, kUid);
    EXPECT_EQ(got.facts.transfer_syntax_uid, UID_LittleEndianExplicitTransferSyntax);
    EXPECT_EQ(got.object.size, got.object.data.size());
}

TEST_F(StoreScpTest, StoresTheDataSetByteForByte) {
    RunningScp scp(test_options(folder_.path()), sink_);
    const std::string data_set = encode(*make_mr(kUid));
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    EXPECT_EQ(peer.store(UID_MRImageStorage, kUid, data_set).status, 0);
    peer.release();
    const auto received = sink_.received();
    ASSERT_EQ(received.size(), 1u);
    EXPECT_TRUE(received[0].object.data.ends_with(data_set));
    EXPECT_EQ(received[0].object.data.substr(128, 4), "DICM");
}

TEST_F(StoreScpTest, GivesEachAssociationAnIdOfItsOwn) {
    RunningScp scp(test_options(folder_.path()), sink_);
    for (const char* uid : {"1.2.3.1", "1.2.3.2"}) {
        RawPeer peer(scp.port());
        ASSERT_TRUE(peer.associate());
        EXPECT_EQ(peer.store_mr(uid).status, 0);
        peer.release();
    }
    const auto received = sink_.received();
    ASSERT_EQ(received.size(), 2u);
    EXPECT_NE(received[0].association_id, received[1].association_id);
}

TEST_F(StoreScpTest, AcceptsEachLosslessTransferSyntaxAndNoOther) {
    RunningScp scp(test_options(folder_.path()), sink_);
    struct {
        const char* syntax;
        bool accepted;
    } const rows[] = {
        {UID_LittleEndianExplicitTransferSyntax, true},
        {UID_LittleEndianImplicitTransferSyntax, true},
        {UID_JPEGProcess14SV1TransferSyntax, true},
        {UID_JPEGProcess14TransferSyntax, true},
        {UID_JPEGLSLosslessTransferSyntax, true},
        {UID_RLELosslessTransferSyntax, true},
        {UID_DeflatedExplicitVRLittleEndianTransferSyntax, true},
        {UID_BigEndianExplicitTransferSyntax, false},
        {UID_JPEGProcess1TransferSyntax, false},
        {UID_JPEGProcess2_4TransferSyntax, false},
        {UID_JPEGLSLossyTransferSyntax, false},
        {UID_JPEG2000LosslessOnlyTransferSyntax, false},
        {UID_JPEG2000TransferSyntax, false},
    };
    for (const auto& row : rows) {
        DcmSCU scu;
        Syntaxes proposed;
        proposed.push_back(row.syntax);
        prepare(scu, scp.port(), proposed);
        ASSERT_TRUE(scu.negotiateAssociation().good());
        EXPECT_EQ(scu.findPresentationContextID(UID_MRImageStorage, row.syntax) != 0, row.accepted)
            << row.syntax;
        EXPECT_TRUE(scu.releaseAssociation().good());
    }
}

TEST_F(StoreScpTest, AcceptsTheMrClassesAndNoOther) {
    RunningScp scp(test_options(folder_.path()), sink_);
    struct {
        const char* sop_class;
        bool accepted;
    } const rows[] = {
        {UID_MRImageStorage, true},
        {UID_EnhancedMRImageStorage, true},
        {UID_LegacyConvertedEnhancedMRImageStorage, true},
        {UID_EnhancedMRColorImageStorage, false},
        {UID_CTImageStorage, false},
        {UID_SecondaryCaptureImageStorage, false},
        {UID_FINDStudyRootQueryRetrieveInformationModel, false},
    };
    for (const auto& row : rows) {
        DcmSCU scu;
        prepare(scu, scp.port(), explicit_le(), row.sop_class);
        ASSERT_TRUE(scu.negotiateAssociation().good());
        EXPECT_EQ(scu.findPresentationContextID(row.sop_class, "") != 0, row.accepted)
            << row.sop_class;
        scu.releaseAssociation();
    }
}

TEST_F(StoreScpTest, PrefersExplicitLittleEndianWhereAPeerProposesSeveral) {
    RunningScp scp(test_options(folder_.path()), sink_);
    DcmSCU scu;
    Syntaxes proposed;
    for (const char* syntax :
         {UID_JPEG2000LosslessOnlyTransferSyntax, UID_RLELosslessTransferSyntax,
          UID_LittleEndianImplicitTransferSyntax, UID_LittleEndianExplicitTransferSyntax})
        proposed.push_back(syntax);
    prepare(scu, scp.port(), proposed);
    ASSERT_TRUE(scu.negotiateAssociation().good());
    EXPECT_NE(
        scu.findPresentationContextID(UID_MRImageStorage, UID_LittleEndianExplicitTransferSyntax),
        0);
    scu.releaseAssociation();
}

TEST_F(StoreScpTest, RejectsStrangersWithTheReasonOfTheStandard) {
    auto options = test_options(folder_.path());
    options.policy.allowed_peers.push_back({"ELSEWHERE", {"10.0.0.0/8"}});
    RunningScp scp(options, sink_);
    struct {
        const char* called;
        const char* calling;
        const char* context;
        std::string expected;  // reserved, result, source, reason; PS3.8 9.3.4
    } const rows[] = {
        {"WRONG", kCallingAe, "1.2.840.10008.3.1.1.1", {'\0', '\1', '\1', '\7'}},
        {kCalledAe, "STRANGER", "1.2.840.10008.3.1.1.1", {'\0', '\1', '\1', '\3'}},
        {kCalledAe, "ELSEWHERE", "1.2.840.10008.3.1.1.1", {'\0', '\1', '\1', '\3'}},
        {kCalledAe, kCallingAe, "1.2.3", {'\0', '\1', '\1', '\2'}},
    };
    for (const auto& row : rows) {
        RawPeer peer(scp.port());
        peer.request_association(row.called, row.calling, row.context);
        const auto answer = peer.read_pdu();
        ASSERT_TRUE(answer) << row.called << " " << row.calling;
        EXPECT_EQ(answer->type, 3);
        EXPECT_EQ(answer->body, row.expected) << row.called << " " << row.calling;
    }
    RawPeer known(scp.port());
    EXPECT_TRUE(known.associate());
}

TEST_F(StoreScpTest, RejectsOneAssociationTooManyForTheMoment) {
    auto options = test_options(folder_.path());
    options.max_associations = 1;
    RunningScp scp(options, sink_);
    RawPeer first(scp.port());
    ASSERT_TRUE(first.associate());
    RawPeer second(scp.port());
    second.request_association(kCalledAe, kCallingAe);
    const auto answer = second.read_pdu();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->type, 3);
    EXPECT_EQ(answer->body, (std::string{'\0', '\2', '\3', '\2'}));

    first.release();
    sink_.ends(1);
    bool accepted = false;  // the place comes free a moment after the end is reported
    for (int i = 0; i < 1000 && !accepted; ++i) {
        RawPeer third(scp.port());
        accepted = third.associate();
        if (accepted) third.release();
    }
    EXPECT_TRUE(accepted);
}

TEST_F(StoreScpTest, LetsARunningAssociationFinishAfterStop) {
    auto options = test_options(folder_.path());
    options.drain_s = 30;
    RunningScp scp(options, sink_);
    RawPeer peer(scp.port());
    ASSERT_TRUE(peer.associate());
    EXPECT_EQ(peer.store_mr("1.2.3.1").status, 0);
    scp.request_stop();
    while (connect_loopback(scp.port())) continue;  // until nobody listens any more
    EXPECT_EQ(peer.store_mr("1.2.3.2").status, 0);
    peer.release();
    peer.close();
    scp.join();
    EXPECT_EQ(sink_.received().size(), 2u);
    EXPECT_EQ(sink_.ends(1), std::vector{AssociationEnd::Released});
}

TEST_F(StoreScpTest, AbortsWhatHasNotFinishedWhenTheDrainIsOver) {
    auto options = test_options(folder_.path());
    options.drain_s = 0;
    RunningScp scp(options, sink_);
    RawPeer idle(scp.port()), sending(scp.port()), silent(scp.port());
    ASSERT_TRUE(idle.associate());
    ASSERT_TRUE(sending.associate());
    sending.send_store_command(UID_MRImageStorage, kUid);
    sending.send_pdv(RawPeer::Part::Data, "half of it");
    scp.request_stop();
    scp.join();
    EXPECT_TRUE(idle.wait_for_end());
    EXPECT_TRUE(sending.wait_for_end());
    EXPECT_TRUE(silent.wait_for_end());
    EXPECT_EQ(sink_.ends(2), (std::vector{AssociationEnd::Aborted, AssociationEnd::Aborted}));
    EXPECT_TRUE(sink_.received().empty());
}

TEST_F(StoreScpTest, AnswersFromASecondAssociationWhileOneIsBusy) {
    RunningScp scp(test_options(folder_.path()), sink_);
    std::mutex gate;
    std::unique_lock closed(gate);
    sink_.on_accept([&] { const std::lock_guard pass(gate); });
    RawPeer first(scp.port()), second(scp.port());
    ASSERT_TRUE(first.associate());
    first.send_store_command(UID_MRImageStorage, kUid);
    first.send_pdv(RawPeer::Part::LastData, encode(*make_mr(kUid)));
    EXPECT_TRUE(second.associate());
    closed.unlock();
    EXPECT_EQ(first.read_response().status, 0);
}

TEST_F(StoreScpTest, RefusesSettingsThatItCannotUse) {
    const auto kind_of = [&](const std::function<void(StoreScpOptions&)>& change) {
        auto options = test_options(folder_.path());
        change(options);
        const auto listening = StoreScp(options, sink_).listen();
        return listening ? std::optional<ErrorKind>{} : listening.error().kind;
    };
    EXPECT_FALSE(kind_of([](auto&) {}));
    EXPECT_EQ(kind_of([](auto& o) { o.max_pdu_bytes = 1000; }), ErrorKind::Config);
    EXPECT_EQ(kind_of([](auto& o) { o.max_associations = 0; }), ErrorKind::Config);
    EXPECT_EQ(kind_of([](auto& o) { o.address = "not an address"; }), ErrorKind::Config);
    EXPECT_EQ(kind_of([](auto& o) { o.port = 70000; }), ErrorKind::Config);
    EXPECT_EQ(kind_of([](auto& o) { o.object.spill_dir = "/absent"; }), ErrorKind::Config);
    EXPECT_EQ(kind_of([](auto& o) { o.policy.ae_title = ""; }), ErrorKind::Config);
    const RunningScp taken(test_options(folder_.path()), sink_);
    EXPECT_EQ(kind_of([&](auto& o) { o.port = taken.port(); }), ErrorKind::Config);
}

TEST_F(StoreScpTest, ListensOnIPv6AndIPv4AtOnce) {
    auto options = test_options(folder_.path());
    options.address = "::";
    RunningScp scp(options, sink_);
    RawPeer peer(scp.port());  // comes over IPv4
    ASSERT_TRUE(peer.associate()) << "an IPv4-mapped address is known as IPv4";
    EXPECT_EQ(peer.store_mr(kUid).status, 0);
    peer.release();
    EXPECT_EQ(sink_.received().at(0).peer_address, "127.0.0.1");
}

}  // namespace
}  // namespace iqt::dicom::net
