// SPDX-License-Identifier: Apache-2.0
#include "server/tls_files.hpp"

#include <ctime>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/temp_folder.hpp"
#include "tests/fixtures/certificates.hpp"

namespace iqt::server {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

auto tls_problem(const std::string& pointer, const std::string& words) {
    return AllOf(Field(&config::Problem::pointer, pointer),
                 Field(&config::Problem::what, HasSubstr(words)));
}

class TlsFileProblems : public testing::Test {
  protected:
    std::vector<config::Problem> problems() const {
        return tls_file_problems(config_, std::time(nullptr));
    }
    config::DicomTls& tls() { return config_.dicom.tls; }
    void use(const fixtures::Identity& identity) {
        tls().certificate = identity.certificate;
        tls().private_key = identity.private_key;
    }
    fs::path write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_.path() / name) << text;
        return folder_.path() / name;
    }
    void SetUp() override {
        tls().mode = "only";
        tls().trusted = authority_.certificate();
        use(authority_.issue("node"));
    }

    fakes::TempFolder folder_;
    fixtures::Authority authority_{folder_.path(), "authority"};
    config::Config config_;
};

TEST_F(TlsFileProblems, NoneWhereAllIsInOrder) {
    tls().crl = authority_.revocation_list("list", {});
    EXPECT_THAT(problems(), SizeIs(0));
}

TEST_F(TlsFileProblems, NoneWhereTlsIsOff) {
    tls().certificate = "/absent.pem";
    tls().mode = "off";
    EXPECT_THAT(problems(), SizeIs(0));
    config_.destinations["pacs"].tls.enabled = true;
    EXPECT_THAT(problems(), testing::Contains(tls_problem("/dicom/tls/certificate", "absent")))
        << "a destination is shown it";
}

TEST_F(TlsFileProblems, MissingFilesAreAllNamedAtOnce) {
    const std::string absent = (folder_.path() / "absent").string();
    tls() = {"only", 0, absent, absent, absent, true, absent};
    config_.destinations["pacs"].tls = {true, absent, absent};
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/certificate", "cannot be read"),
                                        tls_problem("/dicom/tls/private_key", "cannot be read"),
                                        tls_problem("/dicom/tls/trusted", "cannot be read"),
                                        tls_problem("/dicom/tls/crl", "cannot be read"),
                                        tls_problem("/destinations/pacs/tls/trusted", absent),
                                        tls_problem("/destinations/pacs/tls/crl", absent)));
}

TEST_F(TlsFileProblems, CertificateThatIsNotInDate) {
    use(authority_.issue("old", {-7200, -3600}));
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/certificate", "expired on 2")));
    use(authority_.issue("early", {3600, 7200}));
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/certificate", "only from 2")));
}

TEST_F(TlsFileProblems, KeyThatDoesNotFitOrHasAPassphrase) {
    tls().private_key = authority_.issue("other").private_key;
    EXPECT_THAT(problems(),
                ElementsAre(tls_problem("/dicom/tls/private_key", "does not belong to")));
    const auto locked = write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    fs::permissions(locked, fs::perms::owner_read);
    tls().private_key = locked;
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/private_key", "passphrase")));
}

TEST_F(TlsFileProblems, KeyThatLiesOpenToOthers) {
    const fs::path key = tls().private_key;
    const auto mode = [&](unsigned bits) {
        fs::permissions(key, static_cast<fs::perms>(bits));
        return problems();
    };
    for (const unsigned closed : {0400U, 0600U, 0440U, 0640U})
        EXPECT_THAT(mode(closed), SizeIs(0)) << std::oct << closed;
    for (const unsigned open : {0644U, 0604U, 0602U, 0660U, 0620U})
        EXPECT_THAT(mode(open),
                    ElementsAre(tls_problem("/dicom/tls/private_key", "open to others")))
            << std::oct << open;
    EXPECT_THAT(mode(0644), ElementsAre(tls_problem("/dicom/tls/private_key", "mode 0644")));
}

TEST_F(TlsFileProblems, TrustThatTrustsNobody) {
    const auto folder = folder_.path() / "trusted";
    fs::create_directories(folder);
    tls().trusted = folder;
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/trusted", "no file *.pem")));
    std::ofstream(folder / "a.pem") << "nothing";
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/trusted", "a.pem")));
    const fixtures::Authority old(folder_.path(), "old-authority", {-7200, -3600});
    tls().trusted = old.certificate();
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/trusted", "have expired")));
}

TEST_F(TlsFileProblems, RevocationListThatIsOutOfDate) {
    tls().crl = authority_.revocation_list("old", {}, {-7200, -3600});
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/crl", "to be replaced on 2")));
    tls().crl = authority_.certificate();
    EXPECT_THAT(problems(), ElementsAre(tls_problem("/dicom/tls/crl", "no revocation list")));
}

}  // namespace
}  // namespace iqt::server
