// SPDX-License-Identifier: Apache-2.0
// What a live node does with objects and peers that are not as they should be: the right status, a
// job with its reason, and it goes on.
#include <fstream>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fakes/head_phantom.hpp"
#include "tests/fixtures/dicom_builder.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct Scene {
    fakes::TempFolder folder;
    Node node{{.folder = folder.path() / "node", .model = "cubic"}};
    Scene() { node.start(); }

    // Sends raw bytes as one file; what storescu says of the response.
    std::string send(const std::string& bytes) {
        const fs::path file = folder.path() / "object.dcm";
        std::ofstream(file, std::ios::binary) << bytes;
        const Finished sent = run({"storescu", "-v", "-R", "-aet", "SCANNER", "-aec", "IQTNODE",
                                   "127.0.0.1", std::to_string(node.dicom_port()), file.string()},
                                  120s, {"TCP_NODELAY=1"});
        return sent.out + sent.err;
    }
    bool answers_echo() {
        return run({"echoscu", "-aet", "SCANNER", "-aec", "IQTNODE", "127.0.0.1",
                    std::to_string(node.dicom_port())},
                   30s)
                   .status == 0;
    }
};

std::string good_object() {
    return fixtures::enhanced_mr(fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 20));
}

TEST(BadInput, PixelDataThatEndEarlyAreRefusedAndTheNodeGoesOn) {
    Scene scene;
    fixtures::SeriesRecipe liar;
    liar.extra["Rows"] = "4000";  // far more pixels promised than are there
    const std::string said =
        scene.send(fixtures::enhanced_mr(fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 20), liar));
    EXPECT_NE(said.find("CannotUnderstand"), std::string::npos) << said;
    EXPECT_TRUE(scene.answers_echo());
    ASSERT_NE(scene.send(good_object()).find("Success"), std::string::npos);
    EXPECT_TRUE(scene.node.settled(1, 60s));
    EXPECT_EQ(scene.node.stop(), 0);
}

TEST(BadInput, UnreadableCharacterSetDoesNotStopASeries) {
    Scene scene;
    fixtures::SeriesRecipe recipe;
    recipe.charset = "ISO 2022 IR 999";
    recipe.patient_name = "\x1b$B;3ED\x1b(B^\xff\xfe";
    ASSERT_NE(
        scene.send(fixtures::enhanced_mr(fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 20), recipe))
            .find("Success"),
        std::string::npos);
    ASSERT_TRUE(scene.node.settled(1, 60s));
    EXPECT_EQ(scene.node.jobs()[0].at("state"), "delivered") << scene.node.jobs().dump(1);
    EXPECT_EQ(scene.node.stop(), 0);
}

TEST(BadInput, SeriesWithAHoleIsHeldAndThenDeclinedWithItsNumber) {
    Scene scene;
    fixtures::SeriesRecipe recipe;
    recipe.slices = {0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11};
    const fs::path in = scene.folder.path() / "in";
    fs::create_directories(in);
    fixtures::write_files(
        in, fixtures::classic_mr(fakes::head_phantom({24, 28, 12}, {2, 2, 5}, 20), recipe));
    EXPECT_EQ(store({in.string()}, scene.node.dicom_port()), 0);
    ASSERT_TRUE(scene.node.settled(1, 60s)) << scene.node.jobs().dump();
    const Json job = scene.node.jobs()[0];
    EXPECT_EQ(job.at("state"), "declined");
    EXPECT_NE(job.at("reasons")[0].get<std::string>().find("1 slice is missing"), std::string::npos)
        << job.dump();
    EXPECT_NE(scene.node.api("/api/v1/jobs/1").dump().find("held"), std::string::npos);
    EXPECT_EQ(scene.node.stop(), 0);
}

TEST(BadInput, LateSliceOpensARevisionThatIsEnhanced) {
    Scene scene;
    fixtures::SeriesRecipe recipe;
    const auto objects =
        fixtures::classic_mr(fakes::head_phantom({24, 28, 12}, {2, 2, 5}, 20), recipe);
    const fs::path first = scene.folder.path() / "first", late = scene.folder.path() / "late";
    fs::create_directories(first);
    fs::create_directories(late);
    std::vector<std::string> most = objects, last{objects[5]};
    most.erase(most.begin() + 5);
    fixtures::write_files(first, most);
    fixtures::write_files(late, last);
    EXPECT_EQ(store({first.string()}, scene.node.dicom_port()), 0);
    ASSERT_TRUE(scene.node.settled(1, 60s));
    EXPECT_EQ(scene.node.jobs()[0].at("state"), "declined");
    EXPECT_EQ(store({late.string()}, scene.node.dicom_port()), 0);
    ASSERT_TRUE(scene.node.settled(2, 60s)) << scene.node.jobs().dump(1);
    EXPECT_EQ(scene.node.jobs()[0].at("state"), "delivered") << scene.node.jobs().dump(1);
    EXPECT_EQ(scene.node.jobs()[0].at("revision"), 2);
    EXPECT_EQ(scene.node.stop(), 0);
}

TEST(BadInput, CorrectedNameOpensARevisionUnderTheNewIdentity) {
    Scene scene;
    const Volume head = fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 20);
    ASSERT_NE(scene.send(fixtures::enhanced_mr(head)).find("Success"), std::string::npos);
    ASSERT_TRUE(scene.node.settled(1, 60s));
    fixtures::SeriesRecipe corrected;
    corrected.patient_name = "CORRECTED^NAME";
    ASSERT_NE(scene.send(fixtures::enhanced_mr(head, corrected)).find("Success"),
              std::string::npos);
    ASSERT_TRUE(scene.node.settled(2, 60s)) << scene.node.jobs().dump(1);
    const Json newest = scene.node.jobs()[0];
    EXPECT_EQ(newest.at("state"), "delivered") << newest.dump();
    EXPECT_EQ(newest.at("revision"), 2);
    EXPECT_EQ(scene.node.stop(), 0);
}

TEST(BadInput, SameUidsWithOtherPixelsAndPatientAreHeldForAPerson) {
    Scene scene;
    ASSERT_NE(scene.send(good_object()).find("Success"), std::string::npos);
    ASSERT_TRUE(scene.node.settled(1, 60s));
    fixtures::SeriesRecipe stranger;
    stranger.patient_name = "SOMEBODY^ELSE";
    ASSERT_NE(
        scene.send(fixtures::enhanced_mr(fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 21), stranger))
            .find("Success"),
        std::string::npos);
    ASSERT_TRUE(eventually([&] { return scene.node.jobs()[0].at("state") == "held"; }, 30s));
    EXPECT_NE(
        scene.node.jobs()[0].at("reasons")[0].get<std::string>().find("two patient identities"),
        std::string::npos);
    EXPECT_EQ(scene.node.stop(), 0);
}

TEST(BadInput, GarbageOnThePortIsIgnored) {
    Scene scene;
    using namespace std::string_literals;
    for (const std::string& garbage :
         {"GET / HTTP/1.1\r\n\r\n"s, "\x01\x00\xff\xff\xff\xff"s, "\x04"s}) {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(scene.node.dicom_port()));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_GT(::send(fd, garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
        ::close(fd);
    }
    EXPECT_TRUE(scene.answers_echo());
    EXPECT_EQ(scene.node.stop(), 0);
}

}  // namespace
}  // namespace iqt::integration
