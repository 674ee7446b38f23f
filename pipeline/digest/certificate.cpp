// SPDX-License-Identifier: Apache-2.0
#include "pipeline/digest/certificate.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace iqt::digest {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPemBytesMax =
    4'194'304;  // all public authorities together need a tenth of it

template <auto Free>
struct FreeBy {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using BioPtr = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, FreeBy<X509_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, FreeBy<X509_CRL_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

// In place of the library's own, which would ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Result<std::string> read_pem(const fs::path& file) {
    std::error_code code;
    if (fs::is_directory(file, code))
        return fail(ErrorKind::Io, "is a folder, not a file", file.string());
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return fail(ErrorKind::Io, "cannot be read: " + std::generic_category().message(errno),
                    file.string(), "check the path and the rights of the node's user");
    std::string text;
    text.resize(kPemBytesMax + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad()) return fail(ErrorKind::Io, "cannot be read", file.string());
    if (text.size() > kPemBytesMax)
        return fail(ErrorKind::InvalidInput, "is too large to be a PEM file", file.string());
    return text;
}

BioPtr open_text(const std::string& text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Calls `next` until the file has no more of its kind; false where one is damaged.
template <class Next>
bool read_all(Next next) {
    ERR_clear_error();
    while (next()) continue;
    const unsigned long last = ERR_peek_last_error();
    ERR_clear_error();
    return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

std::optional<std::int64_t> utc_s_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return static_cast<std::int64_t>(::timegm(&parts));
}

std::optional<Certificate> facts_of(X509* certificate) {
    const auto from = utc_s_of(X509_get0_notBefore(certificate));
    const auto to = utc_s_of(X509_get0_notAfter(certificate));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!from || !to || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1)
        return std::nullopt;
    constexpr std::string_view kHex = "0123456789abcdef";
    Certificate facts{{}, *from, *to};
    for (unsigned int i = 0; i < size; ++i) {
        facts.sha256_hex.push_back(kHex[digest[i] >> 4]);
        facts.sha256_hex.push_back(kHex[digest[i] & 15]);
    }
    return facts;
}

}  // namespace

Result<std::vector<Certificate>> read_certificates(const fs::path& file) {
    const auto text = read_pem(file);
    if (!text) return fail(text.error());
    const BioPtr bio = open_text(*text);
    std::vector<Certificate> found;
    bool good = true;
    const bool ended = read_all([&] {
        const X509Ptr one(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
        if (!one) return false;
        auto facts = facts_of(one.get());
        good = good && facts.has_value();
        if (facts) found.push_back(*std::move(facts));
        return true;
    });
    if (!good || !ended)
        return fail(ErrorKind::InvalidInput, "holds a damaged certificate", file.string(),
                    "fetch the file again");
    if (found.empty())
        return fail(ErrorKind::InvalidInput, "holds no certificate in PEM form", file.string(),
                    "convert it, for example with `openssl x509 -inform der`");
    return found;
}

Status check_private_key(const fs::path& key, const fs::path& certificate) {
    const auto key_text = read_pem(key);
    if (!key_text) return fail(key_text.error());
    const auto certificate_text = read_pem(certificate);
    if (!certificate_text) return fail(certificate_text.error());
    if (key_text->find("ENCRYPTED") != std::string::npos)
        return fail(ErrorKind::InvalidInput, "has a passphrase, which nobody is there to give",
                    key.string(), "take it off with `openssl pkey` and protect the file instead");
    const BioPtr key_bio = open_text(*key_text);
    const BioPtr certificate_bio = open_text(*certificate_text);
    const KeyPtr private_key(
        PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_passphrase, nullptr));
    const X509Ptr first(PEM_read_bio_X509(certificate_bio.get(), nullptr, no_passphrase, nullptr));
    const bool belongs =
        private_key && first && X509_check_private_key(first.get(), private_key.get()) == 1;
    ERR_clear_error();
    if (!private_key)
        return fail(ErrorKind::InvalidInput, "holds no private key in PEM form", key.string(),
                    "use the key that the certificate was requested with");
    if (!first)
        return fail(ErrorKind::InvalidInput, "holds no certificate in PEM form",
                    certificate.string());
    if (!belongs)
        return fail(ErrorKind::Mismatch,
                    "does not belong to the certificate " + certificate.string(), key.string(),
                    "use the key that the certificate was requested with");
    return {};
}

Result<std::int64_t> revocation_lists_end_utc_s(const fs::path& file) {
    const auto text = read_pem(file);
    if (!text) return fail(text.error());
    const BioPtr bio = open_text(*text);
    std::int64_t ends = std::numeric_limits<std::int64_t>::max();
    bool good = true, any = false;
    const bool ended = read_all([&] {
        const CrlPtr one(PEM_read_bio_X509_CRL(bio.get(), nullptr, no_passphrase, nullptr));
        if (!one) return false;
        any = true;
        const auto next = utc_s_of(X509_CRL_get0_nextUpdate(one.get()));
        good = good && next.has_value();
        if (next) ends = std::min(ends, *next);
        return true;
    });
    if (!good || !ended)
        return fail(ErrorKind::InvalidInput,
                    "holds a revocation list that is damaged or names no next update",
                    file.string(), "fetch the file again");
    if (!any)
        return fail(ErrorKind::InvalidInput, "holds no revocation list in PEM form", file.string(),
                    "convert it, for example with `openssl crl -inform der`");
    return ends;
}

std::string utc_text(std::int64_t utc_s) {
    const std::time_t time = static_cast<std::time_t>(utc_s);
    std::tm parts{};
    std::array<char, 40> text{};
    ::gmtime_r(&time, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
    return text.data();
}

}  // namespace iqt::digest
