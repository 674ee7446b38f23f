// SPDX-License-Identifier: Apache-2.0
// The listener and the sender against programs that others wrote.
#include <chrono>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "dicom/net/store_scp.hpp"
#include "dicom/net/store_scu.hpp"
#include "tests/dicom/net/scp_fixture.hpp"
#include "tests/integration/process.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::dicom::net {
namespace {

using integration::eventually;
using integration::Finished;
using integration::Process;
using namespace std::chrono_literals;

class NetTools : public testing::Test {
  protected:
    NetTools() { std::filesystem::create_directories(spill()); }
    std::filesystem::path spill() const { return folder_.path() / "spill"; }
    /// Writes images and returns their folder.
    std::filesystem::path images(int count, int side = 128) const {
        const auto folder = folder_.path() / "images";
        std::filesystem::create_directories(folder);
        for (int i = 1; i <= count; ++i)
            write_mr(folder, "1.2.826.0.1.3680043.10.511.9.6." + std::to_string(i), side);
        return folder;
    }
    static Finished call(std::vector<std::string> arguments) {
        return integration::run(std::move(arguments), 60s, {"TCP_NODELAY=1"});
    }
    static std::vector<std::string> client(const std::string& program, int port) {
        return {program, "-aet", kCallingAe, "-aec", kCalledAe, "127.0.0.1", std::to_string(port)};
    }
    static std::vector<std::string> with(std::vector<std::string> arguments,
                                         const std::vector<std::string>& more) {
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    static std::vector<OutgoingInstance> outgoing(const std::filesystem::path& folder) {
        std::vector<OutgoingInstance> instances;
        for (const auto& file : files_in(folder))
            instances.push_back({static_cast<std::int64_t>(instances.size()), UID_MRImageStorage,
                                 file.stem().string(), file});
        return instances;
    }
    static int accepted(const Destination& to, const std::vector<OutgoingInstance>& instances) {
        int count = 0;
        StoreScu().send(to, instances, {}, [&](const SendOutcome& outcome) {
            if (outcome.result == SendResult::Accepted) ++count;
            EXPECT_EQ(outcome.message, "");
        });
        return count;
    }

    fakes::TempFolder folder_;
    FakeSink sink_;
};

std::string pixels_of(DcmFileFormat& file) {
    const Uint16* values = nullptr;
    unsigned long count = 0;
    if (file.getDataset()->findAndGetUint16Array(DCM_PixelData, values, &count).bad()) return {};
    return {reinterpret_cast<const char*>(values), count * 2};
}

TEST_F(NetTools, EchoscuIsAnsweredAndToldWhyItIsRejected) {
    RunningScp scp(test_options(spill()), sink_);
    EXPECT_EQ(call(client("echoscu", scp.port())).status, 0);
    const std::string port = std::to_string(scp.port());
    auto refused = call({"echoscu", "-aet", kCallingAe, "-aec", "WRONG", "127.0.0.1", port});
    EXPECT_NE(refused.status, 0);
    EXPECT_NE(refused.err.find("Called AE Title Not Recognized"), std::string::npos) << refused.err;
    refused = call({"echoscu", "-aet", "STRANGER", "-aec", kCalledAe, "127.0.0.1", port});
    EXPECT_NE(refused.status, 0);
    EXPECT_NE(refused.err.find("Calling AE Title Not Recognized"), std::string::npos)
        << refused.err;
}

TEST_F(NetTools, StorescuAndDcmsendStoreEveryInstance) {
    RunningScp scp(test_options(spill()), sink_);
    const std::string folder = images(40).string();
    EXPECT_EQ(call(with(client("storescu", scp.port()), {"+sd", folder})).status, 0);
    EXPECT_EQ(sink_.received().size(), 40u);
    EXPECT_EQ(call(with(client("dcmsend", scp.port()), {"+sd", folder})).status, 0);
    EXPECT_EQ(sink_.received().size(), 80u);
    for (const AssociationEnd end : sink_.ends(2)) EXPECT_EQ(end, AssociationEnd::Released);
}

TEST_F(NetTools, StorescuSeesTheStatusOfARefusal) {
    RunningScp scp(test_options(spill()), sink_);
    const std::string file = files_in(images(1)).at(0).string();
    sink_.refuse_admission(Error{ErrorKind::OutOfResources, "the disk is full", {}, {}});
    EXPECT_EQ(call(with(client("storescu", scp.port()), {file})).status, 0xa7);
    sink_.refuse_admission({});
    sink_.refuse_accept(Error{ErrorKind::InvalidInput, "not an image", {}, {}});
    EXPECT_EQ(call(with(client("storescu", scp.port()), {file})).status, 0xc0);
}

TEST_F(NetTools, EveryLosslessTransferSyntaxArrivesAsItIs) {
    const auto data = integration::shared_data();
    if (!data) GTEST_SKIP() << "needs the shared data (IQT_SHARED_DATA)";
    RunningScp scp(test_options(spill()), sink_);
    std::set<std::string> expected;
    std::size_t count = 0;
    for (const auto& file : files_in(*data / "dicom" / "transfer_syntaxes")) {
        if (file.extension() != ".dcm") continue;
        DcmFileFormat object;
        ASSERT_TRUE(object.loadFile(file.c_str()).good()) << file;
        const DcmXfer syntax(object.getDataset()->getOriginalXfer());
        call(with(client("dcmsend", scp.port()), {"-dn", file.string()}));
        if (std::string(syntax.getXferID()) == UID_JPEG2000LosslessOnlyTransferSyntax) continue;
        ++count;
        // dcmsend turns uncompressed objects into what we prefer.
        expected.insert(syntax.isEncapsulated() ? syntax.getXferID()
                                                : UID_LittleEndianExplicitTransferSyntax);
    }
    std::set<std::string> received;
    for (const auto& instance : sink_.received())
        received.insert(instance.facts.transfer_syntax_uid);
    EXPECT_EQ(received, expected) << "JPEG 2000 was refused, all else arrived as it is";
    EXPECT_EQ(sink_.received().size(), count);
    EXPECT_GE(received.size(), 4u);
}

TEST_F(NetTools, StoresIntoStorescp) {
    const auto instances = outgoing(images(20));
    const auto store = folder_.path() / "stored";
    std::filesystem::create_directories(store);
    const int port = integration::free_port();
    Process storescp({"storescp", "-od", store.string(), std::to_string(port)},
                     folder_.path() / "log", folder_.path() / "log", {"TCP_NODELAY=1"});
    const Destination to{"storescp", "ANY-SCP", "127.0.0.1", port, "IQTNODE", 20};
    ASSERT_TRUE(eventually([&] { return StoreScu().echo(to).has_value(); }, 30s));
    EXPECT_EQ(accepted(to, instances), 20);
    EXPECT_EQ(files_in(store).size(), 20u);
    for (const auto& file : files_in(store)) {
        DcmFileFormat stored;
        ASSERT_TRUE(stored.loadFile(file.c_str()).good());
        EXPECT_EQ(pixels_of(stored), pixels_of(*make_mr("1.2.3", 128)));
    }
}

TEST_F(NetTools, StoresIntoOrthancWhichGivesTheSameObjectsBack) {
    const auto instances = outgoing(images(12));
    const auto folder = folder_.path() / "pacs";
    std::filesystem::create_directories(folder);
    const integration::Pacs pacs(folder, integration::free_port());
    const Destination to{"pacs", "TESTPACS", "127.0.0.1", pacs.dicom_port(), "IQTNODE", 20};
    const auto echo = StoreScu().echo(to);
    ASSERT_TRUE(echo) << to_string(echo.error());
    EXPECT_EQ(accepted(to, instances), 12);
    EXPECT_EQ(pacs.count_instances(), 12);
    const std::string id = pacs.get("/instances").at(0).get<std::string>();
    const auto back = folder_.path() / "back.dcm";
    std::ofstream(back, std::ios::binary) << pacs.bytes("/instances/" + id + "/file");
    DcmFileFormat object;
    ASSERT_TRUE(object.loadFile(back.c_str()).good());
    EXPECT_EQ(pixels_of(object), pixels_of(*make_mr("1.2.3", 128)));
    // What it holds already it takes again.
    EXPECT_EQ(accepted(to, instances), 12);
    EXPECT_EQ(pacs.count_instances(), 12);
}

}  // namespace
}  // namespace iqt::dicom::net
