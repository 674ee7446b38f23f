// SPDX-License-Identifier: Apache-2.0
#include "pipeline/digest/certificate.hpp"

#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/fakes/temp_folder.hpp"
#include "tests/fixtures/certificates.hpp"

namespace iqt::digest {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class CertificateFiles : public testing::Test {
  protected:
    fs::path write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_.path() / name, std::ios::binary) << text;
        return folder_.path() / name;
    }

    fakes::TempFolder folder_;
    fixtures::Authority authority_{folder_.path(), "authority"};
};

TEST_F(CertificateFiles, TellFingerprintAndDatesOfEachCertificate) {
    const auto node = authority_.issue("node", {-3600, 7200});
    const std::int64_t now_s = std::time(nullptr);
    const auto file = write("chain.pem", "text before\n" + text_of(node.certificate) +
                                             "text between\n" + text_of(authority_.certificate()));
    const auto read = read_certificates(file);
    ASSERT_TRUE(read) << to_string(read.error());
    ASSERT_EQ(read->size(), 2u);
    EXPECT_EQ((*read)[0].sha256_hex, node.sha256_hex);
    EXPECT_NE((*read)[1].sha256_hex, node.sha256_hex);
    // Whole seconds, and the certificate is a little older than `now_s`.
    EXPECT_LE((*read)[0].not_before_utc_s, now_s - 3600);
    EXPECT_GE((*read)[0].not_before_utc_s, now_s - 3600 - 300);
    EXPECT_EQ((*read)[0].not_after_utc_s - (*read)[0].not_before_utc_s, 3600 + 7200);
}

TEST_F(CertificateFiles, KnowTheKeyThatBelongsToACertificate) {
    const auto node = authority_.issue("node"), other = authority_.issue("other");
    EXPECT_TRUE(check_private_key(node.private_key, node.certificate));
    const auto mixed = check_private_key(other.private_key, node.certificate);
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().kind, ErrorKind::Mismatch);
    EXPECT_EQ(mixed.error().where, other.private_key.string());
}

TEST_F(CertificateFiles, AskNobodyForAPassphrase) {
    const auto node = authority_.issue("node");
    for (const char* text : {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n",
                             "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"}) {
        const auto locked = check_private_key(write("locked.key", text), node.certificate);
        ASSERT_FALSE(locked);
        EXPECT_NE(locked.error().what.find("passphrase"), std::string::npos);
    }
}

TEST_F(CertificateFiles, TellWhenTheFirstRevocationListIsToBeReplaced) {
    const std::int64_t now_s = std::time(nullptr);
    const auto later = authority_.revocation_list("later", {}, {-60, 7200});
    const auto sooner = authority_.revocation_list("sooner", {authority_.issue("gone")}, {-60, 60});
    const auto both = revocation_lists_end_utc_s(write("both", text_of(later) + text_of(sooner)));
    ASSERT_TRUE(both) << to_string(both.error());
    EXPECT_GE(*both, now_s + 60);
    EXPECT_LE(*both, now_s + 60 + 300);
}

TEST_F(CertificateFiles, SayWhatCannotBeUsed) {
    const auto node = authority_.issue("node");
    const std::string pem = text_of(node.certificate), key = text_of(node.private_key);
    const auto absent = folder_.path() / "absent.pem";
    const auto empty = write("empty.pem", ""), der = write("der.pem", std::string("0\x82\1\0", 4));
    const auto damaged = write("damaged.pem", pem.substr(0, pem.size() / 2));
    const auto kind_of = [](const auto& result) {
        return result ? std::optional<ErrorKind>() : result.error().kind;
    };
    for (const auto& file : {absent, folder_.path()}) {
        EXPECT_EQ(kind_of(read_certificates(file)), ErrorKind::Io) << file;
        EXPECT_EQ(kind_of(check_private_key(file, node.certificate)), ErrorKind::Io) << file;
        EXPECT_EQ(kind_of(revocation_lists_end_utc_s(file)), ErrorKind::Io) << file;
    }
    for (const auto& file : {empty, der, damaged, node.private_key})
        EXPECT_EQ(kind_of(read_certificates(file)), ErrorKind::InvalidInput) << file;
    EXPECT_EQ(kind_of(read_certificates(write("half.pem", pem + pem.substr(0, pem.size() / 2)))),
              ErrorKind::InvalidInput)
        << "a damaged one behind a good one";
    for (const auto& file : {empty, der, node.certificate}) {
        EXPECT_EQ(kind_of(check_private_key(file, node.certificate)), ErrorKind::InvalidInput);
        EXPECT_EQ(kind_of(revocation_lists_end_utc_s(file)), ErrorKind::InvalidInput);
    }
    EXPECT_EQ(kind_of(check_private_key(node.private_key, empty)), ErrorKind::InvalidInput);
}

TEST(UtcText, IsIso8601) {
    EXPECT_EQ(utc_text(0), "1970-01-01 00:00:00 UTC");
    EXPECT_EQ(utc_text(1'709'208'000), "2024-02-29 12:00:00 UTC");
    EXPECT_EQ(utc_text(4'102'444'800), "2100-01-01 00:00:00 UTC");
}

}  // namespace
}  // namespace iqt::digest
