// SPDX-License-Identifier: Apache-2.0
// A live node with DICOM TLS against clients that others wrote: DCMTK's tools and openssl.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/head_phantom.hpp"
#include "tests/fixtures/certificates.hpp"
#include "tests/fixtures/dicom_builder.hpp"
#include "tests/integration/stack.hpp"

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
using fixtures::Identity;
namespace fs = std::filesystem;

/// A node with TLS, its hospital's authority and another one.
class LiveTls : public testing::Test {
  protected:
    /// What `dicom` holds beside the keys is merged over the configuration.
    void start(const std::string& mode, const Json& dicom = Json::object(),
               const Json& destinations = Json::object()) {
        node_ = std::make_unique<Node>(setup(mode, dicom, destinations));
        node_->start();
    }
    NodeSetup setup(const std::string& mode, const Json& dicom, const Json& destinations) const {
        NodeSetup made{.folder = folder_.path() / "node", .model = "cubic"};
        made.extra["dicom"]["tls"] = {{"mode", mode},
                                      {"port", 0},
                                      {"certificate", own_.certificate.string()},
                                      {"private_key", own_.private_key.string()},
                                      {"trusted", hospital_.certificate().string()}};
        made.extra["dicom"].merge_patch(dicom);
        made.extra["destinations"] = destinations;
        return made;
    }

    /// Arguments of DCMTK's tools.
    static std::vector<std::string> keys(const Identity& own, const fixtures::Authority& trusted) {
        return {"+tls", own.private_key.string(), own.certificate.string(), "+cf",
                trusted.certificate().string()};
    }
    std::vector<std::string> keys(const Identity& own) const { return keys(own, hospital_); }
    static Finished echoscu(const std::string& title, int port,
                            const std::vector<std::string>& more = {}) {
        std::vector<std::string> line{"echoscu", "-v",  "-to",  "20",
                                      "-aet",    title, "-aec", "IQTNODE"};
        line.insert(line.end(), more.begin(), more.end());
        line.insert(line.end(), {"127.0.0.1", std::to_string(port)});
        return run(line, 60s, {"TCP_NODELAY=1"});
    }
    bool echo(const std::vector<std::string>& more, const std::string& title = "CONSOLE") const {
        return echoscu(title, node_->dicom_tls_port(), more).status == 0;
    }
    /// openssl s_client, whose input ends at once.
    Finished s_client(const std::vector<std::string>& more) const {
        std::vector<std::string> line{"openssl",
                                      "s_client",
                                      "-brief",
                                      "-connect",
                                      "127.0.0.1:" + std::to_string(node_->dicom_tls_port()),
                                      "-CAfile",
                                      hospital_.certificate().string()};
        line.insert(line.end(), more.begin(), more.end());
        return run(line, 60s);
    }
    std::vector<std::string> console_pem() const {
        return {"-cert", console_.certificate.string(), "-key", console_.private_key.string()};
    }
    static std::vector<std::string> both(std::vector<std::string> a,
                                         const std::vector<std::string>& b) {
        a.insert(a.end(), b.begin(), b.end());
        return a;
    }
    int count(const std::string& reason) const {
        const std::string text = node_->page("/metrics");
        const std::string name = "iqt_connections_refused_total{reason=\"" + reason + "\"} ";
        const auto at = text.find(name);
        return at == std::string::npos ? -1 : std::stoi(text.substr(at + name.size()));
    }
    /// Writes one object that a node enhances.
    fs::path object() const {
        const fs::path file = folder_.path() / "object.dcm";
        std::ofstream(file, std::ios::binary)
            << fixtures::enhanced_mr(fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 20));
        return file;
    }

    fakes::TempFolder folder_;
    fixtures::Authority hospital_{folder_.path(), "hospital"},
        elsewhere_{folder_.path(), "elsewhere"};
    Identity own_ = hospital_.issue("node"), console_ = hospital_.issue("console"),
             pacs_ = hospital_.issue("pacs");
    std::unique_ptr<Node> node_;
};

TEST_F(LiveTls, ServesClientsWithTheRightCertificate) {
    start("only");
    EXPECT_EQ(node_->dicom_port(), 0) << "the port without TLS is closed";
    EXPECT_TRUE(echo(keys(console_)));
    EXPECT_TRUE(echo(both(keys(console_), {"+pz"}))) << "TLS 1.2 alone, the extended profile";
    EXPECT_EQ(
        store({object().string()}, node_->dicom_tls_port(), both(keys(console_), {"-R", "-nh"})),
        0);
    EXPECT_TRUE(node_->settled(1, 120s)) << node_->jobs().dump(1);
    const Finished modern = s_client(both(console_pem(), {"-tls1_3"}));
    EXPECT_NE((modern.out + modern.err).find("TLSv1.3"), std::string::npos) << modern.err;
    EXPECT_EQ(count("tls_handshake"), 0);
    EXPECT_EQ(node_->stop(), 0);
}

TEST_F(LiveTls, RefusesEverythingElseOnTheTlsPort) {
    start("only");
    const Identity stranger = elsewhere_.issue("stranger"),
                   expired = hospital_.issue("expired", {-86'400, -60});
    EXPECT_FALSE(echo(keys(stranger))) << "of another authority";
    EXPECT_FALSE(echo(keys(expired))) << "expired";
    EXPECT_FALSE(echo({"+tla", "+cf", hospital_.certificate().string()})) << "no certificate";
    EXPECT_FALSE(echo({})) << "no TLS";
    const Finished old =
        s_client(both(console_pem(), {"-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"}));
    EXPECT_NE(old.status, 0);
    EXPECT_NE((old.out + old.err).find("protocol version"), std::string::npos) << old.err;
    const Finished weak =
        s_client(both(console_pem(), {"-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"}));
    EXPECT_NE(weak.status, 0) << "no forward secrecy";
    EXPECT_TRUE(eventually([&] { return count("tls_handshake") == 6; }, 30s))
        << count("tls_handshake");
    EXPECT_TRUE(echo(keys(console_))) << "it goes on";
    const std::string log = node_->log();
    for (const char* reason : {"the peer does not speak TLS", "the peer shows no certificate",
                               "certificate has expired", "tls.handshake_failed"})
        EXPECT_NE(log.find(reason), std::string::npos) << reason;
    EXPECT_EQ(node_->stop(), 0);
}

TEST_F(LiveTls, AdmitsAPeerByItsOwnCertificateAndAScannerWithout) {
    const Json scanner{{"ae_title", "SCANNER"}, {"address", "127.0.0.1"}, {"without_tls", true}};
    const Json console{{"ae_title", "CONSOLE"}, {"address", "127.0.0.1"}};
    const Json pacs{{"ae_title", "PACS"}, {"certificate_sha256", pacs_.sha256_hex}};
    start("both",
          {{"accept_any_peer", false}, {"allowed_peers", Json::array({scanner, console, pacs})}});
    EXPECT_EQ(echoscu("SCANNER", node_->dicom_port()).status, 0);
    EXPECT_TRUE(echo(keys(console_), "CONSOLE"));
    EXPECT_TRUE(echo(keys(pacs_), "PACS"));
    EXPECT_NE(echoscu("CONSOLE", node_->dicom_port()).status, 0) << "without TLS";
    const Finished pinned = echoscu("PACS", node_->dicom_tls_port(), keys(console_));
    EXPECT_NE(pinned.status, 0) << "another's certificate";
    EXPECT_NE((pinned.out + pinned.err).find("Calling AE Title Not Recognized"), std::string::npos);
    EXPECT_FALSE(echo(keys(console_), "STRANGER"));
    EXPECT_TRUE(eventually([&] { return count("rejected") == 3; }, 30s)) << count("rejected");
    EXPECT_NE(node_->log().find(console_.sha256_hex), std::string::npos)
        << "the log names the certificate that was shown";
    EXPECT_EQ(node_->stop(), 0);
}

TEST_F(LiveTls, DeliversToADestinationWithTls) {
    const int port = free_port();
    const fs::path stored = folder_.path() / "stored";
    fs::create_directories(stored);
    Process storescp(
        both(both({"storescp", "-od", stored.string()}, keys(pacs_)), {std::to_string(port)}),
        folder_.path() / "scp.log", folder_.path() / "scp.log", {"TCP_NODELAY=1"});
    const Json destination{{"ae_title", "ANY-SCP"},
                           {"address", "127.0.0.1"},
                           {"port", port},
                           {"retry", {{"first_s", 1}}},
                           {"tls", {{"enabled", true}}}};
    Json untrusting = destination;
    untrusting["tls"]["trusted"] = elsewhere_.certificate().string();
    start("off", Json::object(), {{"pacs", destination}, {"other", untrusting}});
    const auto echo_to = [&](const std::string& name) {
        return run({program("iqt-node"), "echo", name, "--config", node_->config().string()}, 60s);
    };
    EXPECT_TRUE(eventually([&] { return echo_to("pacs").status == 0; }, 30s))
        << echo_to("pacs").out << read_file(folder_.path() / "scp.log");
    const Finished refused = echo_to("other");
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.out.find("certificate is not accepted"), std::string::npos) << refused.out;
    EXPECT_EQ(node_->dicom_tls_port(), 0) << "sending needs no TLS port";
    EXPECT_EQ(store({object().string()}, node_->dicom_port()), 0);
    EXPECT_TRUE(eventually([&] { return files_below(stored).size() >= 2; }, 120s))
        << node_->jobs().dump(1);
    EXPECT_EQ(node_->stop(), 0);
}

TEST_F(LiveTls, ReadsItsFilesAgainAtSighup) {
    const fs::path trusted = folder_.path() / "trusted.pem";
    fs::copy_file(hospital_.certificate(), trusted);
    start("only", {{"tls", {{"trusted", trusted.string()}}}});
    EXPECT_TRUE(echo(keys(console_)));

    // The same paths, with what another authority has issued.
    fs::copy_file(elsewhere_.certificate(), trusted, fs::copy_options::overwrite_existing);
    const Identity renewed = elsewhere_.issue("node"), moved = elsewhere_.issue("moved");
    ASSERT_EQ(renewed.certificate, own_.certificate);
    node_->reload();
    EXPECT_TRUE(eventually([&] { return echo(keys(moved, elsewhere_)); }, 30s)) << node_->log();
    EXPECT_FALSE(echo(keys(console_, elsewhere_))) << "no longer trusted";

    std::ofstream(own_.certificate, std::ios::trunc) << "no certificate";
    const auto refusals = [&] {
        const std::string log = node_->log();
        std::size_t found = 0;
        for (auto at = log.find("config.not_applied"); at != std::string::npos;
             at = log.find("config.not_applied", at + 1))
            ++found;
        return found;
    };
    EXPECT_EQ(refusals(), 0U);
    node_->reload();
    EXPECT_TRUE(eventually([&] { return refusals() == 1; }, 30s)) << node_->log();
    EXPECT_NE(node_->log().find("/dicom/tls/certificate"), std::string::npos);
    EXPECT_TRUE(echo(keys(moved, elsewhere_))) << "the old ones stay in use";
    EXPECT_EQ(node_->stop(), 0);
}

TEST_F(LiveTls, CheckConfigAndServeNameTheFileThatIsNotInOrder) {
    const Identity expired = hospital_.issue("expired", {-7200, -3600});
    own_ = expired;
    const Node written(setup("only", Json::object(), Json::object()));
    for (const char* command : {"check-config", "serve"}) {
        std::vector<std::string> line{program("iqt-node"), command};
        if (std::string(command) == "serve") line.emplace_back("--config");
        line.push_back(written.config().string());
        const Finished refused = run(line, 60s);
        EXPECT_EQ(refused.status, 78) << command;
        EXPECT_NE(refused.err.find("/dicom/tls/certificate"), std::string::npos) << refused.err;
        EXPECT_NE(refused.err.find("expired on"), std::string::npos) << refused.err;
    }
}

}  // namespace
}  // namespace iqt::integration
